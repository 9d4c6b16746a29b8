#include "dslite/mel.hpp"

#include <algorithm>

#include "simd/kernels.hpp"
#include "src/exact_math.hpp"

namespace dslite {
namespace {

constexpr double kSlaneyBreakHz = 1000.0;
constexpr double kSlaneyBreakMel = 15.0;

double slaney_step() { return exact_log(6.4) / 27.0; }

double to_mel(double hz, MelScale scale) {
    if (scale == MelScale::htk) return 1127.0 * exact_log(1.0 + hz / 700.0);
    if (hz < kSlaneyBreakHz) return hz * 3.0 / 200.0;
    return kSlaneyBreakMel + exact_log(hz / kSlaneyBreakHz) / slaney_step();
}

double to_hz(double mel, MelScale scale) {
    if (scale == MelScale::htk) return 700.0 * (exact_exp(mel / 1127.0) - 1.0);
    if (mel < kSlaneyBreakMel) return mel * 200.0 / 3.0;
    return kSlaneyBreakHz * exact_exp((mel - kSlaneyBreakMel) * slaney_step());
}

}  // namespace

MelPlan::MelPlan(const Recipe& recipe) : bins_(recipe.bins()) {
    const Recipe::Mel& mel = recipe.mel;
    if (mel.bands == 0) {
        for (std::size_t k = 0; k < bins_; ++k) {
            first_.push_back(static_cast<std::uint32_t>(k));
            count_.push_back(1);
            weights_.push_back(1.0F);
        }
        return;
    }
    const auto bands = static_cast<std::size_t>(mel.bands);
    const bool in_mel = mel.triangles == Triangles::mel;
    const double low = to_mel(mel.low_hz, mel.scale);
    const double high = to_mel(mel.high_hz, mel.scale);
    std::vector<double> edge_hz;
    std::vector<double> edge;  // in the unit the triangles are linear in
    for (std::size_t i = 0; i < bands + 2; ++i) {
        const double at =
            low + (high - low) * static_cast<double>(i) / static_cast<double>(bands + 1);
        edge_hz.push_back(to_hz(at, mel.scale));
        edge.push_back(in_mel ? at : edge_hz.back());
    }
    const double nyquist = recipe.audio.sample_rate_hz / 2.0;
    std::vector<double> bin;
    for (std::size_t k = 0; k < bins_; ++k) {
        const double last = static_cast<double>(std::max<std::size_t>(bins_ - 1, 1));
        const double hz = static_cast<double>(k) * nyquist / last;
        bin.push_back(in_mel ? to_mel(hz, mel.scale) : hz);
    }
    std::vector<double> weights;
    for (std::size_t b = 0; b < bands; ++b) {
        const double gain = mel.norm == MelNorm::slaney ? 2.0 / (edge_hz[b + 2] - edge_hz[b]) : 1.0;
        // The bins between the edges; no weight belongs to the others, nor to bin 0.
        std::size_t first = 1;
        while (first < bins_ && bin[first] <= edge[b]) ++first;
        std::size_t last = first;
        weights.clear();
        for (; last < bins_ && bin[last] < edge[b + 2]; ++last) {
            const double rising = (bin[last] - edge[b]) / (edge[b + 1] - edge[b]);
            const double falling = (edge[b + 2] - bin[last]) / (edge[b + 2] - edge[b + 1]);
            weights.push_back(gain * std::max(0.0, std::min(rising, falling)));
        }
        add_band(first, last, weights.data());
    }
}

// Adds the band of the weights of bins first … last − 1, of which those at both ends may be zero. Further
// zeros complete a band to the fours that the kernel sums side by side, as far as there are bins: the kernel
// adds what is left one by one.
void MelPlan::add_band(std::size_t first, std::size_t last, const double* weights) {
    const std::size_t given = first;
    while (last > first && weights[last - 1 - given] <= 0.0) --last;
    while (first < last && weights[first - given] <= 0.0) ++first;
    std::size_t begin = first;
    std::size_t end = last;
    while (begin < end && (end - begin) % 4 != 0 && end - begin < bins_) {
        if (end < bins_) {
            ++end;
        } else {
            --begin;
        }
    }
    first_.push_back(begin < end ? static_cast<std::uint32_t>(begin) : 0U);
    count_.push_back(static_cast<std::uint32_t>(end - begin));
    for (std::size_t k = begin; k < end; ++k) {
        const bool inside = k >= first && k < last;
        weights_.push_back(inside ? static_cast<float>(weights[k - given]) : 0.0F);
    }
}

std::vector<float> MelPlan::matrix() const {
    std::vector<float> dense(bands() * bins_, 0.0F);
    std::size_t next = 0;
    for (std::size_t b = 0; b < bands(); ++b) {
        for (std::uint32_t i = 0; i < count_[b]; ++i) {
            dense[b * bins_ + first_[b] + i] = weights_[next++];
        }
    }
    return dense;
}

void MelPlan::process(const BlockKernels& kernels, const float* power, std::size_t frames,
                      float* out, std::size_t stride) const noexcept {
    const MelTable table = {bands(), first_.data(), count_.data(), weights_.data()};
    kernels.mel(table, power, frames, out, stride);
}

double picture_hz(const Recipe& recipe, double height) {
    if (recipe.mfcc.count > 0) return -1;
    const Recipe::Mel& mel = recipe.mel;
    if (mel.bands == 0) return height * recipe.audio.sample_rate_hz / 2.0;
    const double low = to_mel(mel.low_hz, mel.scale);
    const double high = to_mel(mel.high_hz, mel.scale);
    return to_hz(low + height * (high - low), mel.scale);
}

}  // namespace dslite
