#include "dslite/spectrum.hpp"

#include "simd/kernels.hpp"

namespace dslite {

void SpectrumPlan::process(const BlockKernels& kernels, const FramePlan& frame, const FftPlan& fft,
                           const float* samples, std::size_t frames, float* block, double* work,
                           float* rows) const noexcept {
    kernels.power(frame.table(), fft.table(), exponent_, samples, frame.hop(), frames, block, work,
                  rows);
}

}  // namespace dslite
