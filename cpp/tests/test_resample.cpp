#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "check.hpp"
#include "dslite/resample.hpp"
#include "simd/dispatch.hpp"

namespace {

using Rates = std::pair<int, int>;
using Signal = std::vector<float>;
using Sizes = std::vector<std::size_t>;

// Both kinds of table (every phase, or some to interpolate between), both directions.
const std::vector<Rates> kRates = {{44100, 16000}, {48000, 16000}, {22050, 16000}, {11025, 16000},
                                   {16000, 44100}, {8000, 16000},  {44101, 16000}, {16000, 15991},
                                   {15991, 16000}, {192000, 8001}, {100, 331},     {101, 44100}};

// The same on every machine: a linear congruential generator, scaled exactly.
Signal noise(std::size_t n) {
    Signal x(n);
    std::uint32_t state = 1;
    for (float& value : x) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(static_cast<std::int32_t>(state)) / 2147483648.0F;
    }
    return x;
}

Signal whole(const Signal& x, Rates rates) {
    return dslite::resample(x.data(), x.size(), rates.first, rates.second);
}

Signal in_pushes(const Signal& x, const dslite::ResamplePlan& plan, std::size_t size) {
    dslite::Resampler resampler(plan);
    Signal out;
    for (std::size_t i = 0; i < x.size(); i += size) {
        resampler.push(x.data() + i, std::min(size, x.size() - i), out);
    }
    resampler.flush(out);
    return out;
}

bool same_bits(const Signal& a, const Signal& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

double sine(double hz, double t) {
    // The argument is reduced first: the phase is exact to double's precision for any t.
    const double turns = hz * t;
    return std::sin(6.283185307179586 * (turns - std::floor(turns)));
}

Signal tone(double hz, int rate_hz, std::size_t n) {
    Signal x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(sine(hz, double(i) / rate_hz));
    return x;
}

// A tone of hz, resampled, against `gain` times the same tone taken at the new rate: the largest
// difference away from the signal's ends, where the filter sees the silence beyond.
double tone_error(double hz, double gain, Rates rates) {
    const int lower = std::min(rates.first, rates.second);
    const auto n = static_cast<std::size_t>(600.0 * rates.first / lower);
    const Signal y = whole(tone(hz, rates.first, n), rates);
    const auto edge = static_cast<std::size_t>(100.0 * rates.second / lower);
    double worst = 0.0;
    for (std::size_t m = edge; m + edge < y.size(); ++m) {
        const double expected = gain * sine(hz, static_cast<double>(m) / rates.second);
        worst = std::max(worst, std::abs(static_cast<double>(y[m]) - expected));
    }
    return worst;
}

TEST(dot16_adds_in_its_one_order) {
    CHECK_EQ(dslite::kernels().dot16(nullptr, nullptr, 0), 0.0F);
    // 2^24 + 1 is no float: what is lost tells in which order terms were added.
    Signal a(48, 0.0F);
    const Signal ones(48, 1.0F);
    a[3] = 16777216.0F;
    a[19] = 1.0F;  // the same partial sum: lost
    a[35] = 1.0F;  // lost again
    a[4] = 1.0F;   // another one, and …
    a[12] = 1.0F;  // … its partner in the first round: 2 reaches the large one
    CHECK_EQ(dslite::kernels().dot16(a.data(), ones.data(), 48), 16777218.0F);
    std::swap(a[12], a[11]);  // partner of the large one: lost there, and 1 is lost at the end
    CHECK_EQ(dslite::kernels().dot16(a.data(), ones.data(), 48), 16777216.0F);
}

TEST(rates_outside_the_range_are_refused) {
    for (const int rate : {-1, 0, 99, 768001}) {
        CHECK_THROWS(dslite::ResamplePlan(rate, 16000), std::invalid_argument, "from_hz is ");
        CHECK_THROWS(dslite::ResamplePlan(16000, rate), std::invalid_argument,
                     "expected 100 to 768000");
    }
}

TEST(the_same_rate_copies) {
    Signal x = noise(1000);
    x[1] = -0.0F;
    x[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK(same_bits(whole(x, {44100, 44100}), x));
    CHECK(same_bits(in_pushes(x, {8000, 8000}, 7), x));
}

TEST(the_output_is_as_long_as_the_signal) {
    for (const Rates& rates : kRates) {
        const dslite::ResamplePlan plan(rates.first, rates.second);
        for (const std::size_t n : Sizes{0, 1, 2, 3, 159, 160, 161, 440, 441, 442, 5000}) {
            const double exact = static_cast<double>(n) * rates.second / rates.first;
            const auto expected = static_cast<std::size_t>(std::ceil(exact));
            CHECK_EQ(whole(noise(n), rates).size(), expected);
            CHECK_EQ(plan.output_samples(n), expected);
        }
    }
    const std::size_t hours = std::size_t{1} << 31;  // times a rate it would not fit 32 bits
    CHECK_EQ(dslite::ResamplePlan(44101, 16000).output_samples(hours), std::size_t{779114723});
}

TEST(any_split_gives_the_same_bits) {
    for (const Rates& rates : kRates) {
        const Signal x = noise(static_cast<std::size_t>(rates.first < 200 ? 300 : 6000));
        const Signal expected = whole(x, rates);
        const dslite::ResamplePlan plan(rates.first, rates.second);
        for (const std::size_t size : Sizes{1, 7, 160, 997, 4096, 5999}) {
            CHECK(same_bits(in_pushes(x, plan, size), expected));
        }
    }
}

// Long pushes are computed in blocks, short ones output by output: periods of one output and of many, whole
// multiples of the rows that are summed together and others, rows of the table and interpolated ones.
TEST(blocks_have_the_bits_of_single_outputs) {
    for (const Rates& rates :
         {Rates{44100, 16000}, Rates{48000, 16000}, Rates{8000, 16000}, Rates{16000, 48000},
          Rates{24000, 16000}, Rates{48000, 20000}, Rates{24000, 22000}, Rates{16000, 44100},
          Rates{24000, 14000}, Rates{16000, 15960}, Rates{4000, 44100}, Rates{96000, 11000}}) {
        const Signal x = noise(30000);
        const dslite::ResamplePlan plan(rates.first, rates.second);
        CHECK(same_bits(whole(x, rates), in_pushes(x, plan, 37)));
        CHECK(same_bits(whole(x, rates), in_pushes(x, plan, 20011)));
    }
}

TEST(outputs_come_as_soon_as_they_are_determined) {
    Signal x = noise(4000);
    const dslite::ResamplePlan plan(44100, 16000);
    dslite::Resampler resampler(plan);
    Signal early;
    resampler.push(x.data(), 2000, early);
    // Whatever comes after 2000 samples, however loud, changes what follows these and no more.
    const Signal a = whole(x, {44100, 16000});
    for (std::size_t i = 2000; i < x.size(); ++i) x[i] *= 1e9F;
    const Signal b = whole(x, {44100, 16000});
    const auto differ = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
    CHECK_EQ(static_cast<std::ptrdiff_t>(early.size()), differ);
}

TEST(flush_ends_a_signal_and_another_may_follow) {
    const Signal x = noise(1000);
    const dslite::ResamplePlan plan(22050, 16000);
    dslite::Resampler resampler(plan);
    for (int i = 0; i < 2; ++i) {
        Signal out;
        resampler.push(x.data(), x.size(), out);
        resampler.flush(out);
        CHECK(same_bits(out, whole(x, {22050, 16000})));
    }
}

TEST(an_impulse_stays_where_it_is) {
    for (const Rates& rates : {Rates{48000, 16000}, Rates{16000, 48000}, Rates{32000, 48000}}) {
        Signal x(3001, 0.0F);
        x[1500] = 1.0F;
        const Signal y = whole(x, rates);
        const std::size_t at = 1500 * static_cast<std::size_t>(rates.second / 1000) /
                               static_cast<std::size_t>(rates.first / 1000);
        CHECK_EQ(static_cast<std::size_t>(std::max_element(y.begin(), y.end()) - y.begin()), at);
        for (std::size_t i = 1; i < 400; ++i) CHECK_EQ(y[at - i], y[at + i]);
    }
}

TEST(tones_in_the_pass_band_stay_as_they_are) {
    for (const Rates& rates : kRates) {
        const double nyquist = 0.5 * std::min(rates.first, rates.second);
        CHECK(tone_error(0.013 * nyquist, 1.0, rates) < 2e-6);
        CHECK(tone_error(0.5 * nyquist, 1.0, rates) < 2e-6);
        CHECK(tone_error(0.85 * nyquist, 1.0, rates) < 2e-6);
        CHECK(tone_error(0.91 * nyquist, 1.0, rates) < 1e-4);  // 0.001 dB
    }
}

TEST(tones_beyond_the_lower_nyquist_are_gone) {
    for (const Rates& rates : kRates) {
        if (rates.first < rates.second * 1.01) continue;
        for (const double ratio : {1.0001, 1.1, 1.9}) {
            const double hz = std::min(ratio * rates.second / 2, 0.499 * rates.first);
            CHECK(tone_error(hz, 0.0, rates) < 1e-6);  // -120 dB
        }
    }
}

TEST(extreme_pairs_of_rates_work) {
    // Tables and windows at their largest; a steady signal keeps its level.
    for (const Rates& rates : {Rates{768000, 100}, Rates{767999, 401}, Rates{100, 767999}}) {
        const auto n = static_cast<std::size_t>(180 * std::max(1, rates.first / rates.second));
        const Signal y = whole(Signal(n, 1.0F), rates);
        CHECK_NEAR(y[y.size() / 2], 1.0F, 3e-6);
    }
}

// The bits of the output, which no compiler, C library or instruction set may change.
TEST(every_machine_computes_the_same_bits) {
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a
    for (const Rates& rates : kRates) {
        for (const float value : whole(noise(2000), rates)) {
            std::uint32_t bits = 0;
            std::memcpy(&bits, &value, sizeof bits);
            for (int i = 0; i < 32; i += 8) hash = (hash ^ ((bits >> i) & 0xFF)) * 1099511628211U;
        }
    }
    CHECK_EQ(hash, std::uint64_t{2335201344188241045U});
}

// One file after the other, of two rates in turn.
TEST(the_last_two_plans_are_kept) {
    const auto first = dslite::recent_plan(44100, 16000);
    const auto second = dslite::recent_plan(22050, 16000);
    CHECK(dslite::recent_plan(44100, 16000) == first);
    CHECK(dslite::recent_plan(22050, 16000) == second);
    const auto third = dslite::recent_plan(16000, 22050);
    CHECK_EQ(third->from_hz(), 16000);
    CHECK_EQ(third->to_hz(), 22050);
    CHECK(dslite::recent_plan(22050, 16000) == second);
    CHECK(dslite::recent_plan(44100, 16000) != first);
}

}  // namespace
