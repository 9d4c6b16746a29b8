// Stage 2: any sample rate → the recipe's, by a windowed-sinc polyphase filter.
//
// The filter is a Kaiser-windowed sinc, flat to 0.91 of the lower rate's Nyquist frequency and
// stopping by more than 120 dB from that frequency on. The output is aligned with the input (no
// delay): y[m] = Σ_k x[k]·h(m·from/to − k), with silence assumed outside the signal.
// Samples are finite. An output comes as soon as the inputs that it is made of have: half the filter, 88 samples
// of the lower rate, after its time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dslite/limits.hpp"

namespace dslite {

// The immutable filter for one pair of rates, shared by any number of Resamplers.
class ResamplePlan {
  public:
    // Throws std::invalid_argument unless both rates are within [kMinRateHz, kMaxRateHz].
    ResamplePlan(int from_hz, int to_hz);

    int from_hz() const { return from_hz_; }
    int to_hz() const { return to_hz_; }
    // ceil(samples · to / from), what the whole of `samples` inputs yields.
    std::size_t output_samples(std::size_t samples) const;

  private:
    friend class Resampler;

    bool passes_through() const { return up_ == down_; }
    void fill_table();
    void expand_table();
    std::size_t merged_periods() const;
    std::size_t block_periods() const;
    // The coefficients of one phase, out of `up_`: a row of the table, or computed into `scratch`.
    const float* row(std::size_t phase, float* scratch) const noexcept;

    int from_hz_;
    int to_hz_;
    std::size_t up_;  // to : from in lowest terms; one output is down/up input samples
    std::size_t down_;
    std::size_t taps_ = 0;    // of each phase, a multiple of 16
    std::size_t rows_ = 0;    // phases in the table: all of them, or some to interpolate between
    std::size_t margin_ = 0;  // zeros before and after a row
    std::size_t stride_ = 0;  // floats from row to row
    std::vector<float> table_;
};

// The plan for this pair of rates, made once for one file after the other: its table takes longer to make than a
// second of sound to resample. Of the last two pairs that this thread asked for.
std::shared_ptr<const ResamplePlan> recent_plan(int from_hz, int to_hz);

// Signal at one rate → signal at another, incrementally. Any split of the input into pushes gives
// the same bits.
class Resampler {
  public:
    explicit Resampler(const ResamplePlan& plan);  // keeps a reference: the plan must outlive it

    // Appends every output sample that the input so far determines to `out`. No allocation once
    // `out` has the capacity and pushes stay within the largest seen.
    void push(const float* samples, std::size_t count, std::vector<float>& out);
    // The signal ends here: appends the rest, output_samples(all that was pushed) in total. What is
    // pushed next is a new signal.
    void flush(std::vector<float>& out);

  private:
    void reset();
    std::size_t make_room();
    std::size_t ready() const;
    void emit_blocks(std::vector<float>& out);
    void emit_rest(std::vector<float>& out);
    void emit_block(float* out);
    void emit_rows(std::size_t first);
    float* room(std::size_t i);
    void advance();

    const ResamplePlan* plan_;
    std::vector<float> buffer_;   // input not yet used up, in [start_, end_)
    std::vector<float> scratch_;  // interpolated rows
    // Of whole periods at once (up_ outputs, down_ inputs each): every down_-th input side by side, where in
    // it each input of the first period's windows lies, and the outputs, those of one phase side by side.
    std::size_t up_ = 0;
    std::size_t down_ = 0;
    std::size_t periods_ = 0;
    std::size_t pitch_ = 0;
    std::vector<float> columns_;
    std::vector<std::uint32_t> places_;
    std::vector<float> phases_;
    std::size_t start_ = 0;  // where the window of the next output begins
    std::size_t end_ = 0;
    std::size_t phase_ = 0;  // of the next output, in 1/up of an input sample
};

// The whole signal at once.
std::vector<float> resample(const float* samples, std::size_t count, int from_hz, int to_hz);

}  // namespace dslite
