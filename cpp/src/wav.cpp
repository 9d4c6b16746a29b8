#include "dslite/wav.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include "dslite/error.hpp"
#include "dslite/resample.hpp"

namespace dslite {
namespace {

constexpr unsigned kPcm = 1;
constexpr unsigned kFloat = 3;
constexpr unsigned kExtensible = 0xFFFE;
constexpr unsigned kMaxChannels = 1024;  // what libsndfile takes
constexpr std::uint32_t kUnknownSize = 0xFFFFFFFF;
constexpr std::size_t kRiffHeader = 12;
constexpr std::size_t kChunkHeader = 8;

// What follows the first two bytes, the format tag, in the GUID of an extensible format.
constexpr std::uint8_t kGuidTail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                        0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};

// Byte by byte, so that neither alignment nor the machine's byte order matters.
std::uint32_t u16(const std::uint8_t* p) { return p[0] | std::uint32_t{p[1]} << 8; }
std::uint32_t u24(const std::uint8_t* p) { return u16(p) | std::uint32_t{p[2]} << 16; }
std::uint32_t u32(const std::uint8_t* p) { return u24(p) | std::uint32_t{p[3]} << 24; }
std::uint64_t u64(const std::uint8_t* p) { return u32(p) | std::uint64_t{u32(p + 4)} << 32; }

template <typename To, typename From>
To bits_as(From value) {
    static_assert(sizeof(To) == sizeof(From));
    To out;
    std::memcpy(&out, &value, sizeof out);
    return out;
}

struct Chunk {
    const std::uint8_t* id;  // four bytes, not necessarily printable
    std::uint32_t says;      // its size, as the file has it
    const std::uint8_t* data;
    std::size_t held;  // bytes of it that the file holds

    bool is(const char* name) const { return std::memcmp(id, name, 4) == 0; }
};

bool is_wave(const std::uint8_t* bytes, std::size_t size) {
    return size >= kRiffHeader && std::memcmp(bytes, "RIFF", 4) == 0 &&
           std::memcmp(bytes + 8, "WAVE", 4) == 0;
}

// The chunk at `offset`, which moves to the next one.
std::optional<Chunk> next_chunk(const std::uint8_t* bytes, std::size_t size, std::size_t& offset) {
    if (size - offset < kChunkHeader) return std::nullopt;
    const std::size_t held = size - offset - kChunkHeader;
    const std::uint32_t says = u32(bytes + offset + 4);
    const Chunk chunk{bytes + offset, says, bytes + offset + kChunkHeader,
                      says < held ? says : held};
    offset += kChunkHeader + chunk.held;
    if (says % 2 == 1 && offset < size) ++offset;  // chunks begin at even places
    return chunk;
}

// The fmt chunk, as far as it says how samples are to be read.
struct Format {
    unsigned tag = 0;  // kPcm or kFloat, whether plain or extensible; otherwise what the file has
    unsigned channels = 0;
    std::uint32_t rate_hz = 0;
    unsigned frame_bytes = 0;
    unsigned bits = 0;

    bool is_decodable() const {
        if (tag == kPcm) return bits == 8 || bits == 16 || bits == 24 || bits == 32;
        return tag == kFloat && (bits == 32 || bits == 64);
    }
};

constexpr std::size_t kPlainFormat = 16;
constexpr std::size_t kExtensibleFormat = 40;

// `data` holds at least kPlainFormat of the `size` bytes.
Format parse_format(const std::uint8_t* data, std::size_t size) {
    Format format;
    format.tag = u16(data);
    format.channels = u16(data + 2);
    format.rate_hz = u32(data + 4);
    format.frame_bytes = u16(data + 12);
    format.bits = u16(data + 14);
    if (format.tag == kExtensible && size >= kExtensibleFormat &&
        std::memcmp(data + 26, kGuidTail, sizeof kGuidTail) == 0) {
        format.tag = u16(data + 24);
    }
    return format;
}

// Throws the one error this file knows, about the file called `name`.
[[noreturn]] void fail(const std::string& name, const std::string& what) {
    throw Error(name + ": " + what);
}

// A chunk's name, fit to be printed in one line.
std::string printable(const std::uint8_t* id) {
    std::string text(id, id + 4);
    for (char& c : text) {
        if (c < ' ' || c > '~') c = '?';
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

std::string between(unsigned long lowest, unsigned long highest) {
    return ", expected " + std::to_string(lowest) + " to " + std::to_string(highest);
}

void check_whole(const Chunk& chunk, const std::string& name) {
    if (chunk.says > chunk.held) {
        fail(name, printable(chunk.id) + " chunk says " + std::to_string(chunk.says) +
                       " bytes but the file ends after " + std::to_string(chunk.held) + " of them");
    }
}

Format read_format(const Chunk& chunk, const std::string& name) {
    if (chunk.held < kPlainFormat) {
        fail(name, "fmt chunk has " + std::to_string(chunk.held) + " bytes, expected at least " +
                       std::to_string(kPlainFormat));
    }
    const Format format = parse_format(chunk.data, chunk.held);
    if (!format.is_decodable()) {
        fail(name, "sample format " + std::to_string(format.tag) + " with " +
                       std::to_string(format.bits) +
                       " bits, expected PCM (1) with 8, 16, 24 or 32 or float (3) with 32 or 64");
    }
    if (format.channels < 1 || format.channels > kMaxChannels) {
        fail(name, std::to_string(format.channels) + " channels" + between(1, kMaxChannels));
    }
    if (format.rate_hz < kMinRateHz || format.rate_hz > kMaxRateHz) {
        fail(name, "sample rate is " + std::to_string(format.rate_hz) + " Hz" +
                       between(kMinRateHz, kMaxRateHz));
    }
    const unsigned expected = format.channels * format.bits / 8;
    if (format.frame_bytes != expected) {
        fail(name, "block align is " + std::to_string(format.frame_bytes) + " bytes, expected " +
                       std::to_string(expected) + " (" + std::to_string(format.channels) +
                       " channels of " + std::to_string(format.bits) + " bits)");
    }
    return format;
}

// The frames that the data chunk holds; at least one.
std::size_t count_frames(const Chunk& data, const Format& format, const std::string& name) {
    const bool open_ended = data.says == kUnknownSize;
    if (!open_ended) {
        check_whole(data, name);
        if (data.held % format.frame_bytes != 0) {
            fail(name, "data chunk has " + std::to_string(data.held) +
                           " bytes, expected whole frames of " +
                           std::to_string(format.frame_bytes));
        }
    }
    // What an unfinished recording has of its last frame is not one.
    const std::size_t frames = data.held / format.frame_bytes;
    if (frames == 0) fail(name, "the data chunk holds no frame, expected at least one");
    return frames;
}

template <typename Sample>
void decode(const std::uint8_t* data, std::size_t step, Sample sample, std::vector<float>& out) {
    for (float& value : out) {
        value = sample(data);
        data += step;
    }
}

// Integers keep their place below the sign bit of an int32 until they are a float: the division by
// a power of two is exact and only 32 bits are ever rounded, once.
float pcm32(std::uint32_t bits) {
    return static_cast<float>(bits_as<std::int32_t>(bits)) / 2147483648.0F;
}

void decode_samples(const std::uint8_t* data, const Format& format, std::vector<float>& out) {
    using Bytes = const std::uint8_t*;
    if (format.tag == kFloat && format.bits == 32) {
        decode(data, 4, [](Bytes p) { return bits_as<float>(u32(p)); }, out);
    } else if (format.tag == kFloat) {
        decode(data, 8, [](Bytes p) { return static_cast<float>(bits_as<double>(u64(p))); }, out);
    } else if (format.bits == 8) {
        decode(data, 1, [](Bytes p) { return static_cast<float>(p[0] - 128) / 128.0F; }, out);
    } else if (format.bits == 16) {
        decode(data, 2, [](Bytes p) { return pcm32(u16(p) << 16); }, out);
    } else if (format.bits == 24) {
        decode(data, 3, [](Bytes p) { return pcm32(u24(p) << 8); }, out);
    } else {
        decode(data, 4, [](Bytes p) { return pcm32(u32(p)); }, out);
    }
}

void check_finite(const Audio& audio, const std::string& name) {
    for (std::size_t i = 0; i < audio.samples.size(); ++i) {
        if (std::isfinite(audio.samples[i])) continue;
        const auto channels = static_cast<std::size_t>(audio.channels);
        fail(name, "frame " + std::to_string(i / channels) + ", channel " +
                       std::to_string(i % channels) + " is " +
                       (std::isnan(audio.samples[i]) ? "not a number" : "infinite") +
                       ", expected a finite float32");
    }
}

// The chunks up to the data chunk, which is returned; `format` is what the fmt chunk said.
Chunk find_data(const std::uint8_t* bytes, std::size_t size, const std::string& name,
                std::optional<Format>& format) {
    std::size_t offset = kRiffHeader;
    while (const auto chunk = next_chunk(bytes, size, offset)) {
        if (chunk->is("data")) {
            if (!format) fail(name, "the data chunk comes before any fmt chunk");
            return *chunk;
        }
        check_whole(*chunk, name);
        if (chunk->is("fmt ") && !format) format = read_format(*chunk, name);
    }
    fail(name, "the file ends after " + std::to_string(size) + " bytes, before any data chunk");
}

// A byte more than the file says it holds, so that one read takes it all and the next one ends it; 0
// where it does not say, as a pipe.
std::size_t size_hint(std::FILE* file) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0) return 0;
    return static_cast<std::size_t>(about.st_size) + 1;
}

}  // namespace

bool wav_is_readable(const std::uint8_t* bytes, std::size_t size) noexcept {
    if (!is_wave(bytes, size)) return false;
    std::size_t offset = kRiffHeader;
    while (const auto chunk = next_chunk(bytes, size, offset)) {
        if (chunk->is("fmt ")) {
            return chunk->held >= kPlainFormat &&
                   parse_format(chunk->data, chunk->held).is_decodable();
        }
    }
    return false;
}

Audio decode_wav(const std::uint8_t* bytes, std::size_t size, const std::string& name) {
    if (size == 0) fail(name, "the file is empty, expected RIFF/WAVE");
    if (!is_wave(bytes, size)) fail(name, "this is no RIFF/WAVE file");
    std::optional<Format> format;
    const Chunk data = find_data(bytes, size, name, format);

    Audio audio;
    audio.rate_hz = static_cast<int>(format->rate_hz);
    audio.channels = static_cast<int>(format->channels);
    audio.samples.resize(count_frames(data, *format, name) * format->channels);
    decode_samples(data.data, *format, audio.samples);
    if (format->tag == kFloat) check_finite(audio, name);
    return audio;
}

Audio read_wav(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) fail(path, "cannot be opened: " + std::generic_category().message(errno));
    // Its length is a hint and no more: a pipe has none, and a file may be growing.
    std::vector<std::uint8_t> bytes(size_hint(file.get()));
    std::size_t used = 0;
    std::size_t got = 0;
    do {
        if (used == bytes.size()) bytes.resize(used == 0 ? std::size_t{1} << 16 : 2 * used);
        got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
        used += got;
    } while (got > 0);
    if (std::ferror(file.get()) != 0) {
        fail(path, "cannot be read: " + std::generic_category().message(errno));
    }
    return decode_wav(bytes.data(), used, path);
}

std::vector<float> to_mono(const Audio& audio, int channel) {
    if (channel < -1 || channel >= audio.channels) {
        throw Error("channel is " + std::to_string(channel) + ", but the audio has channels 0 to " +
                    std::to_string(audio.channels - 1) + " (or -1: the mean of all)");
    }
    std::vector<float> mono(audio.frames());
    mix(audio.samples.data(), mono.size(), audio.channels, channel, mono.data());
    return mono;
}

void mix(const float* samples, std::size_t frames, int channels, int channel,
         float* mono) noexcept {
    for (std::size_t i = 0; i < frames; ++i, samples += channels) {
        if (channel >= 0) {
            mono[i] = samples[channel];
            continue;
        }
        // In double, so that loud float channels do not overflow before they are divided.
        double sum = 0.0;
        for (int c = 0; c < channels; ++c) sum += static_cast<double>(samples[c]);
        mono[i] = static_cast<float>(sum / channels);
    }
}

}  // namespace dslite
