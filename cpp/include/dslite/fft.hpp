// Stage 5: frames → spectra. The discrete Fourier transform of real frames,
//   X[k] = Σ_i x[i]·e^(−2πi·ik/n),  k = 0 … n/2, unscaled.
//
// Lengths of the form 2^a·3^b·5^c are done in float: multiples of 64 by real butterflies of 16 and complex
// transforms of a sixteenth, others as complex transforms (of half of them when even), in passes of
// radix 16, 8, 5, 4, 3 and 2. Every other length is Bluestein's convolution, in double.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>

#include "dslite/scratch.hpp"

namespace dslite {

struct FftTable;

class FftPlan {
  public:
    // Throws std::invalid_argument unless 1 ≤ length ≤ 2^22.
    explicit FftPlan(std::size_t length);
    ~FftPlan();
    FftPlan(FftPlan&&) noexcept;

    std::size_t length() const { return length_; }
    std::size_t bins() const { return length_ / 2 + 1; }
    const FftTable& table() const;

    // Floats of a block with `lanes` frames' points, and bytes of the work memory beside it.
    std::size_t block_floats(std::size_t lanes) const;
    std::size_t work_bytes(std::size_t lanes) const;

    // (count, length) frames, row by row → (count, bins) spectra.
    void transform(const float* frames, std::size_t count, std::complex<float>* spectra,
                   Scratch& scratch) const;

  private:
    struct Tables;
    std::size_t length_;
    std::unique_ptr<const Tables> tables_;
};

}  // namespace dslite
