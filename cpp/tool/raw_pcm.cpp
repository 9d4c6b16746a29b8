#include "raw_pcm.hpp"

#include <cstring>

namespace dslite::tool {
namespace {

template <typename Value, typename Convert>
void decode_as(const std::uint8_t* bytes, std::size_t count, float* samples, Convert convert) {
    for (std::size_t i = 0; i < count; ++i) {
        Value value;
        std::memcpy(&value, bytes + i * sizeof value, sizeof value);
        samples[i] = convert(value);
    }
}

}  // namespace

std::size_t sample_bytes(SampleFormat format) { return format == SampleFormat::s16 ? 2 : 4; }

const char* name_of(SampleFormat format) {
    return format == SampleFormat::s16 ? "s16" : format == SampleFormat::s32 ? "s32" : "f32";
}

void decode(SampleFormat format, const std::uint8_t* bytes, std::size_t count, float* samples) {
    switch (format) {
        case SampleFormat::s16:
            decode_as<std::int16_t>(bytes, count, samples, [](std::int16_t x) {
                return static_cast<float>(x) * 0x1p-15F;
            });
            break;
        case SampleFormat::s32:
            decode_as<std::int32_t>(bytes, count, samples, [](std::int32_t x) {
                return static_cast<float>(x) * 0x1p-31F;
            });
            break;
        case SampleFormat::f32:
            decode_as<float>(bytes, count, samples, [](float x) { return x; });
            break;
    }
}

RawPcm::RawPcm(SampleFormat format, int channels)
    : format_(format), frame_bytes_(sample_bytes(format) * static_cast<std::size_t>(channels)) {}

const std::vector<float>& RawPcm::take(const std::uint8_t* bytes, std::size_t count) {
    bytes_.insert(bytes_.end(), bytes, bytes + count);
    const std::size_t whole = bytes_.size() - bytes_.size() % frame_bytes_;
    samples_.resize(whole / sample_bytes(format_));
    decode(format_, bytes_.data(), samples_.size(), samples_.data());
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole));
    return samples_;
}

}  // namespace dslite::tool
