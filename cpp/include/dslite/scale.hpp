// Stage 8: mel bands of a chunk → dB, natural logarithm or PCEN, and MFCCs from them.
//
//   db    10·log10(max(amin, S)) − 10·log10(max(amin, reference)), then at least max − top_db
//   log   ln(S + amin)
//   none  S
//   pcen  (S/(ε + M)^0.98 + 2)^½ − 2^½ with M[t] = (1 − b)·M[t−1] + b·S[t], a time constant of 0.4 s
//         (Wang et al., 2017; the constants and start of librosa.pcen)
//   mfcc  the first `count` of the DCT-II scaled by √(2/bands), coefficient n times
//         1 + (L/2)·sin(πn/L) where a lifter L is set
// "max" and top_db are over the chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dslite/recipe.hpp"

namespace dslite {

class ScalePlan {
  public:
    explicit ScalePlan(const Recipe& recipe);

    // Rows that process() leaves: MFCCs, or the bands.
    std::size_t rows() const { return mfcc_ > 0 ? mfcc_ : bands_; }
    // Floats of work memory for a chunk of `frames` frames.
    std::uint64_t work_floats(std::size_t frames) const;
    // (bands, frames), row by row, → (rows, frames) in `out`. `out` may be `bands_in` itself unless
    // MFCCs are on; `bands_in` is overwritten.
    void process(float* bands_in, std::size_t frames, float* out, float* work) const noexcept;

  private:
    void to_db(float* values, std::size_t n) const noexcept;
    void to_pcen(float* values, std::size_t frames, float* work) const noexcept;

    Recipe::Scale scale_;
    std::size_t bands_;
    std::size_t mfcc_;
    float smoothing_;         // PCEN's b
    std::vector<float> dct_;  // (mfcc, bands), lifter included
};

}  // namespace dslite
