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

// What the head says of the sound, which need not be true.
struct WavSound {
    WavFormat format;
    std::size_t offset = 0;  // of the first frame, in bytes from the start of the file
    std::uint64_t says = 0;  // bytes of sound
};

constexpr std::size_t kWavChunkHeader = 8;
constexpr std::size_t kDecodedAtOnce = 8192;  // values, which stay in the cache

// Whether so many first bytes of a file, 12 or more, are those of a RIFF/WAVE.
bool begins_like_wav(const std::uint8_t* bytes, std::size_t size);

// Throws dslite::Error about the file called `name`.
[[noreturn]] void fail(const std::string& name, const std::string& what);
[[noreturn]] void fail_with_errno(const std::string& name, const char* what);
[[noreturn]] void fail_without_data(const std::string& name, std::size_t size);
[[noreturn]] void fail_without_frames(const std::string& name);

// Reads `count` bytes at `offset`, which the file has.
using ReadAt = std::function<void(std::size_t offset, std::size_t count, std::uint8_t* bytes)>;

// Reads the head of the file called `name`, which has `size` bytes. Throws dslite::Error for what is no WAV
// or holds no frame.
WavHeader read_wav_header(const ReadAt& read, std::size_t size, const std::string& name);

// Reads the head as far as the first frame, asking for its bytes in their order. `size` may be more than
// there is if `read` throws beyond the end. Throws dslite::Error as read_wav_header does.
WavSound find_wav_sound(const ReadAt& read, std::size_t size, const std::string& name);

// Whether a chunk begins at `offset`, where the sound should end: it has a name of printable characters and
// fits into the file, or one of the names that recorders write there. Sound has neither.
bool is_wav_chunk(const ReadAt& read, std::size_t size, std::size_t offset);
// How many bytes from those of such a header on is_wav_chunk() must see.
std::size_t bytes_that_tell_a_chunk(const std::uint8_t* header);

// Where `held` bytes of sound are not what the header says; usually "". `goes_on`: more sound follows.
std::string wav_length_warning(std::uint64_t says, std::uint64_t held, bool goes_on,
                               const WavFormat& format);

// `values` samples of all channels → floats, full scale [-1, 1).
void decode_samples(const std::uint8_t* data, const WavFormat& format, std::size_t values,
                    float* out) noexcept;
// `frames` frames, which have the channel, → one value each, as to_mono().
void decode_mono(const std::uint8_t* data, const WavFormat& format, std::size_t frames, int channel,
                 float* mono);

}  // namespace dslite
