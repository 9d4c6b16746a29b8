#include "dslite/power.hpp"

#include "simd/kernels_table.hpp"

namespace dslite {

void PowerPlan::process(const BlockKernels& kernels, const FramePlan& frame, const FftPlan& fft,
                        const float* samples, std::size_t frames, float* block, double* work,
                        float* rows) const noexcept {
    kernels.power(frame.table(), fft.table(), exponent_, samples, frame.hop(), frames, block, work,
                  rows);
}

}  // namespace dslite
