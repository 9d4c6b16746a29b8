// The resampler's prototype: a low-pass filter in continuous time, to be sampled at any phase.
#pragma once

#include <array>
#include <cstddef>

namespace dslite {

// Sinc zero crossings on each side, near enough: the shortest half-width, in samples of the lower
// rate, that fits the transition from 0.91 to 1 between its ripple and its attenuation.
constexpr int kFilterHalfWidth = 88;

// A sinc under a Kaiser window (Kaiser & Schafer, 1980). The time unit is a sample of the lower of
// the two rates; frequencies are in units of that rate's Nyquist frequency. Cutoff and shape were
// chosen by evaluating the spectrum over a grid: from 0 to 0.91 it lies within 0.001 dB of 1, from
// 1 on below -124 dB.
class KaiserSinc {
  public:
    static constexpr std::size_t kAtOnce = 8;

    // The window reaches zero at ±half_width.
    explicit KaiserSinc(double half_width);

    // h(u), with ∫h = 1; 0 where |u| >= half_width. The same bits on every machine.
    std::array<double, kAtOnce> operator()(const std::array<double, kAtOnce>& u) const;

  private:
    double half_width_;
    double scale_;  // cutoff / I0(beta)
};

}  // namespace dslite
