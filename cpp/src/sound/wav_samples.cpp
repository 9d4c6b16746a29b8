#include <algorithm>
#include <cstdint>
#include <cstring>

#include "dslite/wav.hpp"
#include "src/sound/little_endian.hpp"
#include "src/sound/wav_format.hpp"

namespace dslite {
namespace {

template <typename To, typename From>
To bits_as(From value) {
    static_assert(sizeof(To) == sizeof(From));
    To out;
    std::memcpy(&out, &value, sizeof out);
    return out;
}

template <typename Sample>
void decode(const std::uint8_t* data, std::size_t step, Sample sample, std::size_t values,
            float* out) {
    for (std::size_t i = 0; i < values; ++i, data += step) out[i] = sample(data);
}

// Integers keep their place below the sign bit of an int32 until they are a float: the division by
// a power of two is exact and only 32 bits are ever rounded, once.
float pcm32(std::uint32_t bits) {
    return static_cast<float>(bits_as<std::int32_t>(bits)) / 2147483648.0F;
}

}  // namespace

void decode_samples(const std::uint8_t* data, const WavFormat& format, std::size_t values,
                    float* out) noexcept {
    using Bytes = const std::uint8_t*;
    if (format.is_float() && format.bits == 32) {
        decode(data, 4, [](Bytes p) { return bits_as<float>(u32(p)); }, values, out);
    } else if (format.is_float()) {
        const auto sample = [](Bytes p) { return static_cast<float>(bits_as<double>(u64(p))); };
        decode(data, 8, sample, values, out);
    } else if (format.bits == 8) {
        const auto sample = [](Bytes p) { return static_cast<float>(p[0] - 128) / 128.0F; };
        decode(data, 1, sample, values, out);
    } else if (format.bits == 16) {
        decode(data, 2, [](Bytes p) { return pcm32(u16(p) << 16); }, values, out);
    } else if (format.bits == 24) {
        decode(data, 3, [](Bytes p) { return pcm32(u24(p) << 8); }, values, out);
    } else {
        decode(data, 4, [](Bytes p) { return pcm32(u32(p)); }, values, out);
    }
}

void decode_mono(const std::uint8_t* data, const WavFormat& format, std::size_t frames, int channel,
                 float* mono) {
    if (format.channels == 1) return decode_samples(data, format, frames, mono);
    float values[kDecodedAtOnce];
    const std::size_t at_once = kDecodedAtOnce / format.channels;
    for (std::size_t done = 0; done < frames; done += at_once) {
        const std::size_t here = std::min(frames - done, at_once);
        decode_samples(data + done * format.frame_bytes, format, here * format.channels, values);
        mix(values, here, static_cast<int>(format.channels), channel, mono + done);
    }
}

}  // namespace dslite
