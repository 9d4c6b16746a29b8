// Stage 4: chunk → windowed frames.
//
// Frames are `stft.window_seconds` long, one every `stft.hop_seconds`:
//   count = 1 + (samples + 2·padding − window) / hop,
// padding = window/2 when `stft.center` is on, else 0. Each frame: minus its mean (`remove_dc`), then
// x[i] − c·x[i−1] with x[−1] = x[0] (`preemphasis`), then the window, then zeros on the right up to
// the FFT length.
#pragma once

#include <cstddef>
#include <vector>

#include "dslite/recipe.hpp"

namespace dslite {

struct FrameTable;

class FramePlan {
  public:
    explicit FramePlan(const Recipe& recipe);

    std::size_t hop() const { return hop_; }
    std::size_t window_samples() const { return window_.size(); }
    const std::vector<float>& window() const { return window_; }
    // Frames of a chunk; 0 when it is shorter than a window.
    std::size_t count(std::size_t samples) const;

    // Whether a chunk must pass through prepare() before frames are cut from it.
    bool prepares() const { return padding_ > 0 || normalize_; }
    std::size_t prepared_samples(std::size_t samples) const { return samples + 2 * padding_; }
    // Peak normalisation (x·0.7079/max|x|, −3 dBFS; silence stays silent) and centre padding: samples
    // → prepared_samples(samples) values. Reflection repeats where the chunk is short.
    void prepare(const float* samples, std::size_t count, float* out) const noexcept;

    // What the kernels of stages 4 to 6 read; it lives as long as the plan.
    FrameTable table() const noexcept;

  private:
    std::vector<float> window_;
    std::vector<float> sixteens_;
    std::size_t hop_;
    std::size_t fft_samples_;
    std::size_t padding_;
    bool reflect_;
    bool normalize_;
    float preemphasis_;
    bool remove_dc_;
};

}  // namespace dslite
