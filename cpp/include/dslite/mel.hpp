// Stage 7: power → mel bands, by a sparse filterbank of triangles.
//
// Edges are bands + 2 points equally spaced in mel from `low_hz` to `high_hz`; band b rises from edge
// b to b + 1 and falls to b + 2, linearly in mel or in Hz. The weight of bin 0 (DC) is zero.
//   HTK:    mel(f) = 1127·ln(1 + f/700)
//   Slaney: mel(f) = 3f/200 below 1 kHz, 15 + 27·ln(f/1000)/ln 6.4 above (Auditory Toolbox, 1998)
// Slaney's normalisation multiplies band b by 2/(edge[b+2] − edge[b]), in Hz.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dslite/recipe.hpp"

namespace dslite {

struct BlockKernels;

class MelPlan {
  public:
    explicit MelPlan(const Recipe& recipe);

    // Mel bands, or FFT bins where the recipe has none.
    std::size_t bands() const { return first_.size(); }
    // (bands, bins), row by row: the dense filterbank.
    std::vector<float> matrix() const;

    // Rows of power (bins × lanes) → out[band·stride + l] for l < frames. Bin i of a band is
    // added to partial sum i mod 4, bins upwards; the four are then added in pairs.
    void process(const BlockKernels& kernels, const float* power, std::size_t frames, float* out,
                 std::size_t stride) const noexcept;

  private:
    void add_band(std::size_t first, std::size_t last, const double* weights);

    std::size_t bins_;
    std::vector<std::uint32_t> first_;
    std::vector<std::uint32_t> count_;
    std::vector<float> weights_;
};

// The frequency at a height of the picture, from 0 (the lower edge of its lowest row) to 1; −1 where rows
// are no frequencies but coefficients (MFCC).
double picture_hz(const Recipe& recipe, double height);

}  // namespace dslite
