// Stage 6: spectra → |X|^p. Joined with stages 4 and 5 in one pass over a block of frames, so that
// neither the frames nor their spectra are ever written as such.
#pragma once

#include "dslite/fft.hpp"
#include "dslite/frame.hpp"
#include "dslite/recipe.hpp"

namespace dslite {

struct BlockKernels;

class SpectrumPlan {
  public:
    explicit SpectrumPlan(const Recipe& recipe)
        : exponent_(static_cast<float>(recipe.stft.power)) {}

    // Up to `kernels.lanes` frames, the first at `samples` → fft.bins() rows of |X|^p, row k holding
    // bin k of every frame. `block` and `work` are fft.block_floats and fft.work_bytes large, `rows`
    // bins × lanes floats; all aligned to 64 bytes.
    void process(const BlockKernels& kernels, const FramePlan& frame, const FftPlan& fft,
                 const float* samples, std::size_t frames, float* block, double* work,
                 float* rows) const noexcept;

  private:
    float exponent_;
};

}  // namespace dslite
