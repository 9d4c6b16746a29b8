#include "dslite/scale.hpp"

#include <algorithm>
#include <cmath>

#include "simd/dispatch.hpp"
#include "src/exact_math.hpp"

namespace dslite {
namespace {

constexpr double kLn10 = 2.30258509299404568402;
constexpr double kPcenSeconds = 0.4;

// The coefficient of a one-pole low-pass with the time constant of t frames.
double pcen_smoothing(const Recipe& recipe) {
    const double t =
        kPcenSeconds * recipe.audio.sample_rate_hz / static_cast<double>(recipe.hop_samples());
    return (std::sqrt(1.0 + 4.0 * t * t) - 1.0) / (2.0 * t * t);
}

}  // namespace

ScalePlan::ScalePlan(const Recipe& recipe)
    : scale_(recipe.scale),
      bands_(recipe.mel.bands > 0 ? static_cast<std::size_t>(recipe.mel.bands) : recipe.bins()),
      mfcc_(static_cast<std::size_t>(recipe.mfcc.count)),
      smoothing_(static_cast<float>(pcen_smoothing(recipe))) {
    const double lifter = recipe.mfcc.lifter;
    const double bands = static_cast<double>(bands_);
    for (std::size_t n = 0; n < mfcc_; ++n) {
        const double order = static_cast<double>(n);
        const double lift = lifter > 0 ? 1.0 + lifter / 2.0 * exact_sin_pi(order / lifter) : 1.0;
        for (std::size_t b = 0; b < bands_; ++b) {
            const double angle = order * (static_cast<double>(b) + 0.5) / bands;
            const double basis = exact_cos_pi(angle) * std::sqrt(2.0 / bands);
            dct_.push_back(static_cast<float>(lift * basis));
        }
    }
}

std::uint64_t ScalePlan::work_floats(std::size_t frames) const {
    return scale_.kind == ScaleKind::pcen ? std::uint64_t{bands_} * frames : 0;
}

void ScalePlan::process(float* bands_in, std::size_t frames, float* out,
                        float* work) const noexcept {
    const std::size_t n = bands_ * frames;
    switch (scale_.kind) {
        case ScaleKind::db: to_db(bands_in, n); break;
        case ScaleKind::log:
            kernels().log_added(bands_in, n, static_cast<float>(scale_.amin), bands_in);
            break;
        case ScaleKind::pcen: to_pcen(bands_in, frames, work); break;
        case ScaleKind::none: break;
    }
    if (mfcc_ > 0) {
        kernels().multiply(dct_.data(), mfcc_, bands_, bands_in, frames, out);
    } else if (out != bands_in) {
        std::copy(bands_in, bands_in + n, out);
    }
}

void ScalePlan::to_db(float* values, std::size_t n) const noexcept {
    const Kernels& k = kernels();
    double reference = scale_.reference;
    if (reference == Recipe::kReferenceMax) {
        float low = 0;
        float high = 0;
        k.min_max(values, n, &low, &high);
        reference = static_cast<double>(high);
    }
    const double offset = -10.0 / kLn10 * exact_log(std::max(scale_.amin, reference));
    k.log_clamped(values, n, static_cast<float>(scale_.amin), static_cast<float>(10.0 / kLn10),
                  static_cast<float>(offset), values);
    if (scale_.top_db > 0) {
        float low = 0;
        float high = 0;
        k.min_max(values, n, &low, &high);
        k.clamp_low(values, n, high - static_cast<float>(scale_.top_db));
    }
}

void ScalePlan::to_pcen(float* values, std::size_t frames, float* work) const noexcept {
    for (std::size_t band = 0; band < bands_; ++band) {
        const float* const row = values + band * frames;
        float* const smooth = work + band * frames;
        // The filter starts as if its input had been 1 forever, as scipy.signal.lfilter_zi has it.
        float state = 1.0F - smoothing_;
        for (std::size_t t = 0; t < frames; ++t) {
            smooth[t] = state + smoothing_ * row[t];
            state = (1.0F - smoothing_) * smooth[t];
        }
    }
    kernels().pcen(values, work, bands_ * frames, values);
}

}  // namespace dslite
