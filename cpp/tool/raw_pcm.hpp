// Bytes of raw PCM, in pieces of any length → float32 samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dslite::tool {

enum class SampleFormat { s16, s32, f32 };  // little-endian

std::size_t sample_bytes(SampleFormat format);
const char* name_of(SampleFormat format);
// `count` samples → their values; integers become [-1, 1), as the WAV reader has it.
void decode(SampleFormat format, const std::uint8_t* bytes, std::size_t count, float* samples);

// Pieces may end anywhere: the bytes of a frame not complete yet wait for the next piece.
class RawPcm {
  public:
    RawPcm(SampleFormat format, int channels);

    std::size_t frame_bytes() const { return frame_bytes_; }
    // Every frame now complete, interleaved; valid until the next call.
    const std::vector<float>& take(const std::uint8_t* bytes, std::size_t count);
    // Bytes of the frame that is not.
    std::size_t left_over() const { return bytes_.size(); }

  private:
    SampleFormat format_;
    std::size_t frame_bytes_;
    std::vector<std::uint8_t> bytes_;
    std::vector<float> samples_;
};

}  // namespace dslite::tool
