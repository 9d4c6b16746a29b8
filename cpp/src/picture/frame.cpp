#include "dslite/frame.hpp"

#include <algorithm>

#include "simd/dispatch.hpp"
#include "src/exact_math.hpp"

namespace dslite {
namespace {

constexpr float kPeakTarget = 0.7079F;  // −3 dBFS

// i-th of n coefficients; "hann" is periodic, the others symmetric.
double coefficient(Window window, std::size_t i, std::size_t n) {
    if (window == Window::rectangular || n == 1) return 1.0;
    const double last = static_cast<double>(n - 1);
    const double at = 2.0 * static_cast<double>(i);
    switch (window) {
        case Window::hann: return 0.5 - 0.5 * exact_cos_pi(at / static_cast<double>(n));
        case Window::hann_symmetric: return 0.5 - 0.5 * exact_cos_pi(at / last);
        case Window::hamming: return 0.54 - 0.46 * exact_cos_pi(at / last);
        default: {  // povey: Kaldi's, a Hann window to the power 0.85
            const double hann = 0.5 - 0.5 * exact_cos_pi(at / last);
            return hann > 0.0 ? exact_exp(0.85 * exact_log(hann)) : 0.0;
        }
    }
}

// Index into a signal of n samples continued by mirroring at both ends.
std::size_t mirrored(std::ptrdiff_t i, std::size_t n) {
    if (n == 1) return 0;
    const std::ptrdiff_t period = 2 * (static_cast<std::ptrdiff_t>(n) - 1);
    i = (i % period + period) % period;
    return static_cast<std::size_t>(std::min(i, period - i));
}

}  // namespace

FramePlan::FramePlan(const Recipe& recipe)
    : hop_(recipe.hop_samples()),
      fft_samples_(recipe.fft_samples()),
      padding_(recipe.stft.center == Center::none ? 0 : recipe.window_samples() / 2),
      reflect_(recipe.stft.center == Center::reflect),
      normalize_(recipe.audio.normalize == Normalize::peak),
      preemphasis_(static_cast<float>(recipe.stft.preemphasis)),
      remove_dc_(recipe.stft.remove_dc) {
    const std::size_t n = recipe.window_samples();
    for (std::size_t i = 0; i < n; ++i) {
        window_.push_back(static_cast<float>(coefficient(recipe.stft.window, i, n)));
    }
    if (fft_samples_ % 64 != 0) return;
    for (std::size_t j = 0; j < fft_samples_ / 16; ++j) {
        for (std::size_t q = 0; q < 16; ++q) {
            const std::size_t i = j + q * (fft_samples_ / 16);
            sixteens_.push_back(i < n ? window_[i] : 0.0F);
        }
    }
}

std::size_t FramePlan::count(std::size_t samples) const {
    const std::size_t padded = samples == 0 ? 0 : prepared_samples(samples);
    return padded < window_.size() ? 0 : 1 + (padded - window_.size()) / hop_;
}

void FramePlan::prepare(const float* samples, std::size_t count, float* out) const noexcept {
    float* const middle = out + padding_;
    const float peak = normalize_ ? kernels().peak(samples, count) : 0.0F;
    if (peak > 0.0F) {
        kernels().scale_to_peak(samples, count, kPeakTarget, peak, middle);
    } else {
        std::copy(samples, samples + count, middle);
    }
    for (std::size_t i = 1; i <= padding_; ++i) {
        const auto before = -static_cast<std::ptrdiff_t>(i);
        const auto after = static_cast<std::ptrdiff_t>(count - 1 + i);
        middle[before] = reflect_ ? middle[mirrored(before, count)] : 0.0F;
        middle[after] = reflect_ ? middle[mirrored(after, count)] : 0.0F;
    }
}

FrameTable FramePlan::table() const noexcept {
    return {window_.data(), sixteens_.data(), window_.size(),       fft_samples_,
            preemphasis_,   remove_dc_,       fft_samples_ % 2 != 0};
}

}  // namespace dslite
