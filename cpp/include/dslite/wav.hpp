// Stage 1: bytes of a RIFF/WAVE, RF64 or BW64 file → float32 samples.
//
// PCM of 8, 16, 24 and 32 bits and IEEE float of 32 and 64, plain or WAVE_FORMAT_EXTENSIBLE, any
// number of channels. Integers are divided by 2^(bits-1), so full scale is [-1, 1); 8-bit is
// unsigned, centred at 128. The values equal libsndfile's bit for bit. Integers of fewer bits than their
// bytes hold (24 in 32) lie at the high end.
//
// What a file says of its size is a hint: recorders that are killed leave 0, a very large number or an older
// size. Sound is read to its end in whole frames, and a warning says where that differs from the header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dslite {

struct Audio {
    std::vector<float> samples;  // interleaved: (frames, channels)
    int rate_hz = 0;
    int channels = 0;
    std::string warning;  // "read 12 of 16 s: the file ends early"; usually empty

    std::size_t frames() const {
        return channels > 0 ? samples.size() / static_cast<std::size_t>(channels) : 0;
    }
};

// True when the bytes begin like a RIFF/WAVE file whose sample format this reader decodes.
bool wav_is_readable(const std::uint8_t* bytes, std::size_t size) noexcept;

// Decodes a whole file held in memory. `name` is what errors call it. Throws dslite::Error for what is no
// WAV, holds no frame, or a sample that is not finite.
Audio decode_wav(const std::uint8_t* bytes, std::size_t size, const std::string& name);

// decode_wav of a file. Throws dslite::Error when it cannot be opened or read.
Audio read_wav(const std::string& path);

struct WavHeader;
namespace platform {
class RandomAccessFile;
}

// An open WAV file whose frames are read from where they lie, any part at any time, by any thread.
class WavFile {
  public:
    // Throws dslite::Error when the file cannot be opened, or its head is not that of a WAV with a frame.
    explicit WavFile(const std::string& path);
    ~WavFile();
    WavFile(const WavFile&) = delete;
    WavFile& operator=(const WavFile&) = delete;

    std::size_t frames() const;
    int rate_hz() const;
    int channels() const;
    const std::string& warning() const;  // as Audio::warning
    bool is_float() const;  // whose samples need not be finite: nobody has looked at them

    // Frames first … first + count → `count` values, as to_mono() of the whole. Throws dslite::Error
    // when the file has not as many, or no such channel, or cannot be read (any longer).
    void read_mono(std::size_t first, std::size_t count, int channel, float* mono) const;

  private:
    void read(std::size_t offset, std::size_t size, std::uint8_t* bytes) const;

    std::string path_;
    std::unique_ptr<const platform::RandomAccessFile> file_;
    std::unique_ptr<const WavHeader> header_;
};

// Channels → mono. `channel` -1 averages all of them (sum in channel order, then divided), 0, 1, …
// takes that one. Throws dslite::Error when the audio has no such channel.
std::vector<float> to_mono(const Audio& audio, int channel);
// The same of `frames` interleaved frames, which must have the channel, → `frames` values.
void mix(const float* samples, std::size_t frames, int channels, int channel, float* mono) noexcept;

}  // namespace dslite
