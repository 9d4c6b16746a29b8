#include "src/sound/wav_format.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

#include "dslite/error.hpp"
#include "dslite/resample.hpp"
#include "src/sound/little_endian.hpp"

namespace dslite {
namespace {

constexpr unsigned kPcm = 1;
constexpr unsigned kExtensible = 0xFFFE;
constexpr std::uint64_t kUnknownSize = 0xFFFFFFFF;
constexpr std::uint64_t kNoSize = 0x7FFFF000;  // and above: no recorder knew better
constexpr std::size_t kRiffHeader = 12;
// Behind the sound no chunk of an unknown name is longer: what looks like one is sound.
constexpr std::uint64_t kLongestChunk = std::uint64_t{1} << 24;

// What follows the first two bytes, the format tag, in the GUID of an extensible format.
constexpr std::uint8_t kGuidTail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                        0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};

struct Chunk {
    std::uint8_t id[4];  // not necessarily printable
    std::uint64_t says;  // its size, as the file has it
    std::size_t offset;  // of its data, from the start of the file
    std::size_t held;    // bytes of it that the file holds

    bool is(const char* name) const { return std::memcmp(id, name, 4) == 0; }
};

// The chunk with these eight bytes of header at `offset` of a file of `size` bytes.
Chunk parse_chunk(const std::uint8_t* header, std::size_t size, std::size_t offset) {
    Chunk chunk;
    std::memcpy(chunk.id, header, 4);
    chunk.says = u32(header + 4);
    chunk.offset = offset + kWavChunkHeader;
    chunk.held = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.says, size - chunk.offset));
    return chunk;
}

Chunk chunk_at(const ReadAt& read, std::size_t size, std::size_t offset) {
    std::uint8_t header[kWavChunkHeader];
    read(offset, kWavChunkHeader, header);
    return parse_chunk(header, size, offset);
}

// Where the next one begins: at even places, but for the end of the file.
std::size_t after(const Chunk& chunk, std::size_t size) {
    const std::size_t end = chunk.offset + chunk.held;
    return end + (chunk.says % 2 == 1 && end < size ? 1 : 0);
}

constexpr std::size_t kPlainFormat = 16;
constexpr std::size_t kExtensibleFormat = 40;

// `data` holds at least kPlainFormat of the `size` bytes.
WavFormat parse_format(const std::uint8_t* data, std::size_t size) {
    WavFormat format;
    format.tag = u16(data);
    format.channels = u16(data + 2);
    format.rate_hz = u32(data + 4);
    format.frame_bytes = u16(data + 12);
    format.bits = u16(data + 14);
    if (format.tag == kExtensible && size >= kExtensibleFormat &&
        std::memcmp(data + 26, kGuidTail, sizeof kGuidTail) == 0) {
        format.tag = u16(data + 24);
    }
    // Samples of fewer bits lie at the high end of the bytes that a frame has for them: 24 bits in 32, 20 in 24.
    const unsigned container = format.channels > 0 ? format.frame_bytes / format.channels : 0;
    const bool is_whole = container * format.channels == format.frame_bytes;
    if (format.tag == kPcm && is_whole && container > 1 && 8 * container > format.bits &&
        format.bits > 8) {
        format.bits = 8 * container;
    }
    if (format.frame_bytes == 0) format.frame_bytes = format.channels * format.bits / 8;
    return format;
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

WavFormat read_format(const ReadAt& read, const Chunk& chunk, const std::string& name) {
    if (chunk.held < kPlainFormat) {
        fail(name, "fmt chunk has " + std::to_string(chunk.held) + " bytes, expected at least " +
                       std::to_string(kPlainFormat));
    }
    std::uint8_t bytes[kExtensibleFormat];
    const std::size_t count = std::min(chunk.held, kExtensibleFormat);
    read(chunk.offset, count, bytes);
    const WavFormat format = parse_format(bytes, count);
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

// Names that recorders write behind the sound.
bool is_known(const Chunk& chunk) {
    for (const char* name : {"LIST", "id3 ", "bext", "cue ", "PEAK", "fact", "iXML"}) {
        if (chunk.is(name)) return true;
    }
    return false;
}

bool has_name(const Chunk& chunk) {
    return std::all_of(chunk.id, chunk.id + 4, [](std::uint8_t c) { return c >= ' ' && c <= '~'; });
}

std::string in_seconds(std::uint64_t bytes, const WavFormat& format) {
    const std::uint64_t whole = bytes / format.frame_bytes;
    const double frames = static_cast<double>(whole);
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", frames / format.rate_hz);
    return text;
}

// The sound that the file holds: what the data chunk says, as far as that can be true. Recorders that write
// into a pipe, are killed or run out of power leave 0, a very large number or an older size; then the sound
// reaches to the end of the file, in whole frames.
WavHeader locate_sound(const ReadAt& read, std::size_t size, const WavSound& sound,
                       const std::string& name) {
    const std::size_t rest = size - sound.offset;
    std::size_t held = static_cast<std::size_t>(std::min<std::uint64_t>(sound.says, rest));
    const std::size_t end = sound.offset + held;
    const std::size_t next = end + (sound.says % 2 == 1 && end < size ? 1 : 0);
    const bool goes_on = sound.says < rest && !is_wav_chunk(read, size, next);
    if (goes_on) held = rest;
    const std::size_t frames = held / sound.format.frame_bytes;
    if (frames == 0) fail_without_frames(name);
    return {sound.format, sound.offset, frames,
            wav_length_warning(sound.says, held, goes_on, sound.format)};
}

}  // namespace

bool begins_like_wav(const std::uint8_t* bytes, std::size_t size) {
    if (size < kRiffHeader || std::memcmp(bytes + 8, "WAVE", 4) != 0) return false;
    for (const char* name : {"RIFF", "RF64", "BW64"}) {
        if (std::memcmp(bytes, name, 4) == 0) return true;
    }
    return false;
}

void fail(const std::string& name, const std::string& what) { throw Error(name + ": " + what); }

void fail_with_errno(const std::string& name, const char* what) {
    fail(name, what + std::generic_category().message(errno));
}

void fail_without_data(const std::string& name, std::size_t size) {
    fail(name, "the file ends after " + std::to_string(size) + " bytes, before any data chunk");
}

void fail_without_frames(const std::string& name) {
    fail(name, "the data chunk holds no frame, expected at least one");
}

std::size_t bytes_that_tell_a_chunk(const std::uint8_t* header) {
    const Chunk chunk = parse_chunk(header, std::numeric_limits<std::size_t>::max(), 0);
    const bool by_length = !is_known(chunk) && has_name(chunk) && chunk.says <= kLongestChunk;
    return kWavChunkHeader + (by_length ? chunk.held : 0);
}

bool is_wav_chunk(const ReadAt& read, std::size_t size, std::size_t offset) {
    if (size - offset < kWavChunkHeader) return true;  // nothing that matters
    const Chunk chunk = chunk_at(read, size, offset);
    if (is_known(chunk)) return true;
    return has_name(chunk) && chunk.says == chunk.held && chunk.says <= kLongestChunk;
}

std::string wav_length_warning(std::uint64_t says, std::uint64_t held, bool goes_on,
                               const WavFormat& format) {
    if (says == kUnknownSize) return "";  // which a recorder into a pipe may say
    const std::string got = "read " + in_seconds(held, format) + " ";
    if (says == 0 || goes_on) {
        return got + "s to the end of the file: its header says " + in_seconds(says, format);
    }
    if (says >= kNoSize) return got + "s to the end of the file: its header gives no length";
    if (says > held) {
        return got + "of " + in_seconds(says, format) + " s: the file ends early";
    }
    return held % format.frame_bytes == 0 ? "" : got + "s: the sound ends within a frame";
}

bool WavFormat::is_decodable() const {
    if (tag == kPcm) return bits == 8 || bits == 16 || bits == 24 || bits == 32;
    return is_float() && (bits == 32 || bits == 64);
}

bool wav_is_readable(const std::uint8_t* bytes, std::size_t size) noexcept {
    if (!begins_like_wav(bytes, size)) return false;
    for (std::size_t offset = kRiffHeader; size - offset >= kWavChunkHeader;) {
        const Chunk chunk = parse_chunk(bytes + offset, size, offset);
        if (chunk.is("fmt ")) {
            return chunk.held >= kPlainFormat &&
                   parse_format(bytes + chunk.offset, chunk.held).is_decodable();
        }
        offset = after(chunk, size);
    }
    return false;
}

WavSound find_wav_sound(const ReadAt& read, std::size_t size, const std::string& name) {
    if (size == 0) fail(name, "the file is empty, expected RIFF/WAVE");
    std::uint8_t bytes[16];
    const std::size_t begin = std::min(size, kRiffHeader);
    read(0, begin, bytes);
    if (!begins_like_wav(bytes, begin)) fail(name, "this is no RIFF/WAVE file");
    std::optional<WavFormat> format;
    std::uint64_t long_size = 0;  // of the sound, where 32 bits cannot say it
    for (std::size_t offset = kRiffHeader; size - offset >= kWavChunkHeader;) {
        const Chunk chunk = chunk_at(read, size, offset);
        if (chunk.is("data")) {
            if (!format) fail(name, "the data chunk comes before any fmt chunk");
            const bool is_long = chunk.says == kUnknownSize && long_size > 0;
            return {*format, chunk.offset, is_long ? long_size : chunk.says};
        }
        check_whole(chunk, name);
        if (chunk.is("ds64") && chunk.held >= sizeof bytes) {
            read(chunk.offset, sizeof bytes, bytes);
            long_size = u64(bytes + 8);
        }
        if (chunk.is("fmt ") && !format) format = read_format(read, chunk, name);
        offset = after(chunk, size);
    }
    fail_without_data(name, size);
}

WavHeader read_wav_header(const ReadAt& read, std::size_t size, const std::string& name) {
    return locate_sound(read, size, find_wav_sound(read, size, name), name);
}

}  // namespace dslite
