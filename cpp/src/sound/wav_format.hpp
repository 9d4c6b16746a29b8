// The head of a RIFF/WAVE file: how its samples are written, and where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace dslite {

// The fmt chunk, as far as it says how samples are to be read.
struct WavFormat {
    unsigned tag = 0;  // 1: PCM, 3: float, whether plain or extensible; otherwise what the file has
    unsigned channels = 0;
    std::uint32_t rate_hz = 0;
    unsigned frame_bytes = 0;
    unsigned bits = 0;

    bool is_float() const { return tag == 3; }
    bool is_decodable() const;
};

struct WavHeader {
    WavFormat format;
    std::size_t offset = 0;  // of the first frame, in bytes from the start of the file
    std::size_t frames = 0;  // at least one
    std::string warning;     // where the file does not hold what its header says; usually empty
};

// Whether so many first bytes of a file, 12 or more, are those of a RIFF/WAVE.
bool begins_like_wav(const std::uint8_t* bytes, std::size_t size);

// Throws dslite::Error about the file called `name`.
[[noreturn]] void fail(const std::string& name, const std::string& what);

// Reads `count` bytes at `offset`, which the file has.
using ReadAt = std::function<void(std::size_t offset, std::size_t count, std::uint8_t* bytes)>;

// Reads the head of the file called `name`, which has `size` bytes. Throws dslite::Error for what is no WAV
// or holds no frame.
WavHeader read_wav_header(const ReadAt& read, std::size_t size, const std::string& name);

// `values` samples of all channels → floats, full scale [-1, 1).
void decode_samples(const std::uint8_t* data, const WavFormat& format, std::size_t values,
                    float* out) noexcept;

}  // namespace dslite
