#include "dslite/resample.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "simd/dispatch.hpp"
#include "src/sound/kaiser_sinc.hpp"

namespace dslite {
namespace {

// Phases are tabulated at least this densely, per sample of the lower rate. Cubic interpolation
// between them is then wrong by less than 3/128·π⁴/5·128⁻⁴ of the peak, -175 dB: less than what
// float32 rounds a coefficient by.
constexpr std::size_t kDensity = 128;
// All phases of the conversion are interpolated beforehand when they are no more coefficients than
// this (1 MB: they stay in a second-level cache), otherwise each as it comes.
constexpr std::size_t kExpandedCoefficients = std::size_t{1} << 18;
// A row is read up to two places early and one late when it is interpolated across a whole sample, and by
// dot16_columns where the windows of the other rows are; multiples of eight keep rows aligned to each other.
constexpr std::size_t kMargin = 8;
constexpr std::size_t kBlock = 4096;  // input samples taken in at once, at least
constexpr std::size_t kRun = 2048;    // taps summed in float at once, a multiple of 16
constexpr std::size_t kLargestBlock = std::size_t{1}
                                      << 16;  // inputs of the periods computed at once

std::size_t round_up(std::size_t n, std::size_t step) { return (n + step - 1) / step * step; }

int checked_rate(int rate_hz, const char* parameter) {
    if (rate_hz < kMinRateHz || rate_hz > kMaxRateHz) {
        throw std::invalid_argument(std::string(parameter) + " is " + std::to_string(rate_hz) +
                                    ", expected " + std::to_string(kMinRateHz) + " to " +
                                    std::to_string(kMaxRateHz));
    }
    return rate_hz;
}

// Σ a[i]·b[i]. The runs of a long row (a steep decimation) are added in double: in float alone,
// the roundings of a million additions would pile up to -105 dB.
float dot(const Kernels& k, const float* a, const float* b, std::size_t n) {
    if (n <= kRun) return k.dot16(a, b, n);
    double sum = 0.0;
    for (std::size_t i = 0; i < n; i += kRun) {
        sum += static_cast<double>(k.dot16(a + i, b + i, std::min(kRun, n - i)));
    }
    return static_cast<float>(sum);
}

}  // namespace

ResamplePlan::ResamplePlan(int from_hz, int to_hz)
    : from_hz_(checked_rate(from_hz, "from_hz")), to_hz_(checked_rate(to_hz, "to_hz")) {
    const int divisor = std::gcd(from_hz, to_hz);
    up_ = static_cast<std::size_t>(to_hz / divisor);
    down_ = static_cast<std::size_t>(from_hz / divisor);
    if (passes_through()) return;

    const ExactScope exact;
    const std::size_t longer = std::max(up_, down_);
    taps_ = round_up(2 * ((kFilterHalfWidth * longer + up_ - 1) / up_), 16);
    rows_ = std::min(up_, (kDensity * up_ + longer - 1) / longer);
    margin_ = round_up(std::max<std::size_t>(kMargin, (kDotRows - 1) * (down_ / up_ + 1)), kMargin);
    stride_ = taps_ + 2 * margin_;
    fill_table();
    if (rows_ < up_ && up_ * taps_ <= kExpandedCoefficients) expand_table();
}

// Row q holds the filter for an output q/rows of a sample after the input that its window's middle
// follows: coefficient j is h(q/rows + taps/2 − 1 − j), with h in input samples.
void ResamplePlan::fill_table() {
    table_.assign(rows_ * stride_, 0.0F);
    const double lower_per_input =
        static_cast<double>(std::min(up_, down_)) / static_cast<double>(down_);
    const double half = 0.5 * static_cast<double>(taps_);
    const KaiserSinc filter(half * lower_per_input);
    for (std::size_t q = 0; q < rows_; ++q) {
        const double phase = static_cast<double>(q) / static_cast<double>(rows_);
        const double first = phase + (half - 1.0);
        float* row = table_.data() + q * stride_ + margin_;
        for (std::size_t j = 0; j < taps_; j += KaiserSinc::kAtOnce) {
            std::array<double, KaiserSinc::kAtOnce> u{};
            for (std::size_t i = 0; i < u.size(); ++i) {
                u[i] = (first - static_cast<double>(j + i)) * lower_per_input;
            }
            const auto h = filter(u);
            for (std::size_t i = 0; i < u.size(); ++i) {
                row[j + i] = static_cast<float>(lower_per_input * h[i]);
            }
        }
    }
}

void ResamplePlan::expand_table() {
    std::vector<float> every_phase(up_ * stride_);
    for (std::size_t phase = 0; phase < up_; ++phase) {
        row(phase, every_phase.data() + phase * stride_ + margin_);
    }
    table_ = std::move(every_phase);
    rows_ = up_;
}

std::size_t ResamplePlan::output_samples(std::size_t samples) const {
    // In two parts, so that months of samples times a rate do not overflow.
    const std::uint64_t rest = static_cast<std::uint64_t>(samples % down_) * up_;
    return samples / down_ * up_ + static_cast<std::size_t>((rest + down_ - 1) / down_);
}

// How many periods make a longer one of at least kDotRows outputs, and few more than a multiple of that.
std::size_t ResamplePlan::merged_periods() const {
    return up_ >= 4 * kDotRows ? 1 : kDotRows / std::gcd(kDotRows, up_);
}

// How many of these are computed at once: about kBlock inputs, a multiple of 16; 0 where that is too many.
std::size_t ResamplePlan::block_periods() const {
    const std::size_t inputs = down_ * merged_periods();
    const std::size_t periods = round_up((kBlock + inputs - 1) / inputs, 16);
    return taps_ <= kRun && periods * inputs <= kLargestBlock ? periods : 0;
}

const float* ResamplePlan::row(std::size_t phase, float* scratch) const noexcept {
    if (rows_ == up_) return table_.data() + phase * stride_ + margin_;

    const std::size_t position = phase * rows_;
    const std::size_t q = position / up_;
    const double t = static_cast<double>(position % up_) / static_cast<double>(up_);
    // Rows q − 1 … q + 2 of the endless table: a row one sample on is the same row one place on.
    const float* rows[4];
    for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t one_sample_late = q + i + rows_ - 1;
        const std::size_t shift = one_sample_late / rows_;
        rows[i] = table_.data() + one_sample_late % rows_ * stride_ + margin_ + 1 - shift;
    }
    // Lagrange's cubic through four equidistant points.
    const float weights[4] = {static_cast<float>(-t * (t - 1.0) * (t - 2.0) / 6.0),
                              static_cast<float>((t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0),
                              static_cast<float>(-(t + 1.0) * t * (t - 2.0) / 2.0),
                              static_cast<float>((t + 1.0) * t * (t - 1.0) / 6.0)};
    for (std::size_t j = 0; j < taps_; ++j) {
        scratch[j] = (rows[0][j] * weights[0] + rows[1][j] * weights[1]) +
                     (rows[2][j] * weights[2] + rows[3][j] * weights[3]);
    }
    return scratch;
}

Resampler::Resampler(const ResamplePlan& plan) : plan_(&plan) {
    if (plan.passes_through()) return;
    if (plan.rows_ != plan.up_) scratch_.resize(kDotRows * plan.stride_);
    periods_ = plan.block_periods();
    if (periods_ > 0) {
        up_ = plan.up_ * plan.merged_periods();
        down_ = plan.down_ * plan.merged_periods();
        pitch_ = periods_ + (down_ + plan.taps_) / down_ + 1;
        columns_.resize(pitch_ * down_);
        phases_.resize(periods_ * up_);
        for (std::size_t i = 0; i <= down_ + plan.taps_; ++i) {
            places_.push_back(static_cast<std::uint32_t>(i % down_ * pitch_ + i / down_));
        }
    }
    buffer_.resize(plan.taps_ + std::max({plan.taps_, kBlock, 2 * columns_.size()}));
    reset();
}

void Resampler::push(const float* samples, std::size_t count, std::vector<float>& out) {
    const ExactScope exact;
    if (plan_->passes_through()) {
        out.insert(out.end(), samples, samples + count);
        return;
    }
    while (count > 0) {
        const std::size_t taken = std::min(count, make_room());
        std::copy_n(samples, taken, buffer_.data() + end_);
        end_ += taken;
        emit_blocks(out);
        samples += taken;
        count -= taken;
    }
    emit_rest(out);
}

void Resampler::flush(std::vector<float>& out) {
    const ExactScope exact;
    if (plan_->passes_through()) return;
    // Output m needs inputs to taps/2 beyond m·from/to, so this much silence yields just those
    // outputs that lie before the end of the signal.
    std::size_t silence = plan_->taps_ / 2;
    while (silence > 0) {
        const std::size_t taken = std::min(silence, make_room());
        std::fill_n(buffer_.data() + end_, taken, 0.0F);
        end_ += taken;
        emit_blocks(out);
        silence -= taken;
    }
    emit_rest(out);
    reset();
}

void Resampler::reset() {
    start_ = 0;
    end_ = plan_->taps_ / 2 - 1;  // the silence before the signal
    phase_ = 0;
    std::fill_n(buffer_.begin(), end_, 0.0F);
}

std::size_t Resampler::make_room() {
    if (end_ == buffer_.size()) {
        std::copy(buffer_.data() + start_, buffer_.data() + end_, buffer_.data());
        end_ -= start_;
        start_ = 0;
    }
    return buffer_.size() - end_;
}

// How many outputs the inputs determine: output i from here starts its window at start + (phase + i·down)/up.
std::size_t Resampler::ready() const {
    if (end_ - start_ < plan_->taps_) return 0;
    const std::uint64_t starts = end_ - start_ - plan_->taps_ + 1;
    return static_cast<std::size_t>((starts * plan_->up_ - phase_ + plan_->down_ - 1) /
                                    plan_->down_);
}

void Resampler::emit_blocks(std::vector<float>& out) {
    if (periods_ == 0) return emit_rest(out);
    const std::size_t block = periods_ * up_;
    const std::size_t count = ready() / block;
    const std::size_t before = out.size();
    out.resize(before + count * block);
    for (std::size_t i = 0; i < count; ++i) emit_block(out.data() + before + i * block);
}

void Resampler::emit_rest(std::vector<float>& out) {
    const Kernels& k = kernels();
    const std::size_t before = out.size();
    out.resize(before + ready());
    for (std::size_t i = before; i < out.size(); ++i) {
        out[i] = dot(k, buffer_.data() + start_, plan_->row(phase_, room(0)), plan_->taps_);
        advance();
    }
}

// periods_ · up_ outputs. A lane is an output: those a whole period apart have the same coefficients, and
// inputs that lie side by side once the input is written as (down_, periods). Each sum has dot16's order,
// so that the bits do not depend on how the input was cut into pushes.
void Resampler::emit_block(float* out) {
    const Kernels& k = kernels();
    k.transpose(buffer_.data() + start_, pitch_, down_, down_, columns_.data(), pitch_);
    // The last rows once more where they are no multiple of kDotRows.
    for (std::size_t i = 0; i < up_; i += kDotRows) emit_rows(std::min(i, up_ - kDotRows));
    k.transpose(phases_.data(), up_, periods_, periods_, out, up_);
    start_ += periods_ * down_;
}

// Outputs first … first + kDotRows − 1 of every period. Their windows begin one after the other; the sum of
// each goes over all of these inputs, with zeros for coefficients where its own window is not.
void Resampler::emit_rows(std::size_t first) {
    const ResamplePlan& plan = *plan_;
    const auto position = [&](std::size_t i) { return phase_ + (first + i) * plan.down_; };
    const std::size_t begin = position(0) / plan.up_;
    const float* rows[kDotRows];
    std::uint32_t shifts[kDotRows];
    for (std::size_t i = 0; i < kDotRows; ++i) {
        const std::size_t shift = position(i) / plan.up_ - begin;
        rows[i] = plan.row(position(i) % plan.up_, room(i)) - shift;
        shifts[i] = static_cast<std::uint32_t>(shift);
    }
    kernels().dot16_columns(columns_.data(), places_.data() + begin, rows, shifts,
                            plan.taps_ + shifts[kDotRows - 1], periods_,
                            phases_.data() + first * periods_);
}

// For the i-th of the rows that are interpolated, between zeros.
float* Resampler::room(std::size_t i) {
    return scratch_.empty() ? nullptr : scratch_.data() + i * plan_->stride_ + plan_->margin_;
}

// To the window and the phase of the next output.
void Resampler::advance() {
    start_ += plan_->down_ / plan_->up_;
    phase_ += plan_->down_ % plan_->up_;
    if (phase_ >= plan_->up_) {
        phase_ -= plan_->up_;
        ++start_;
    }
}

}  // namespace dslite
