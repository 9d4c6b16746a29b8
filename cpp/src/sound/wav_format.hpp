// The head of a RIFF/WAVE file: how its samples are written, and where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
};

// Throws dslite::Error about the file called `name`.
[[noreturn]] void fail(const std::string& name, const std::string& what);

// Reads the head of the file called `name`, which has `size` bytes, the first `held` of them at `bytes`.
// Nothing where the head reaches further than those. Throws dslite::Error for what is no complete WAV.
std::optional<WavHeader> read_wav_header(const std::uint8_t* bytes, std::size_t held,
                                         std::size_t size, const std::string& name);

// `values` samples of all channels → floats, full scale [-1, 1).
void decode_samples(const std::uint8_t* data, const WavFormat& format, std::size_t values,
                    float* out) noexcept;

}  // namespace dslite
