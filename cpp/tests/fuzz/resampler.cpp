// Any rates, any sound, any split into pushes, every instruction set: the same bits, as many as promised.
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "any.hpp"
#include "dslite/resample.hpp"
#include "dslite/simd.hpp"

namespace {

struct Rates {
    int from_hz;
    int to_hz;
};

// Mostly ratios of small numbers, whose tables are quick to make; others are interpolated.
Rates any_rates(FuzzedDataProvider& data) {
    constexpr int kUsual[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000};
    const int kind = data.ConsumeIntegralInRange(0, 15);
    if (kind < 2) return {data.PickValueInArray(kUsual), data.PickValueInArray(kUsual)};
    if (kind == 2) {
        return {data.ConsumeIntegralInRange(6000, 60000), data.ConsumeIntegralInRange(6000, 60000)};
    }
    const int unit = data.ConsumeIntegralInRange(dslite::kMinRateHz, dslite::kMaxRateHz / 12);
    return {unit * data.ConsumeIntegralInRange(1, 12), unit * data.ConsumeIntegralInRange(1, 12)};
}

// Kept, as most inputs come from one with the same rates, and a table takes longer than the sound.
const dslite::ResamplePlan& plan_of(int from_hz, int to_hz) {
    static std::map<std::pair<int, int>, dslite::ResamplePlan> plans;
    const std::pair rates(from_hz, to_hz);
    if (plans.size() > 500 && plans.count(rates) == 0) plans.clear();
    return plans.try_emplace(rates, from_hz, to_hz).first->second;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() &&
           (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

std::vector<float> in_pushes(const dslite::ResamplePlan& plan, const fuzz::Exact& samples,
                             const std::vector<std::size_t>& sizes) {
    dslite::Resampler resampler(plan);
    std::vector<float> out;
    std::size_t at = 0;
    for (const std::size_t wanted : sizes) {
        const std::size_t size = std::min(wanted, samples.size() - at);
        fuzz::Exact part(size);
        std::copy_n(samples.data() + at, size, part.data());
        resampler.push(part.data(), size, out);
        at += size;
    }
    resampler.push(samples.data() + at, samples.size() - at, out);
    resampler.flush(out);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    FuzzedDataProvider data(bytes, size);
    const auto [from_hz, to_hz] = any_rates(data);
    // At most 10 000 values come out.
    const std::size_t most =
        std::min<std::size_t>(1500, static_cast<std::size_t>(10000.0 * from_hz / to_hz));
    std::vector<std::size_t> sizes(data.ConsumeIntegralInRange<std::size_t>(0, 8));
    for (std::size_t& one : sizes) one = data.ConsumeIntegralInRange<std::size_t>(0, 700);
    fuzz::Exact samples(data.ConsumeIntegralInRange<std::size_t>(0, most));
    fuzz::fill(data, samples.data(), samples.size());

    dslite::force_isa("scalar");
    const dslite::ResamplePlan& plan = plan_of(from_hz, to_hz);
    const std::vector<float> whole = in_pushes(plan, samples, {});
    if (whole.size() != plan.output_samples(samples.size())) std::abort();
    for (const std::string& isa : dslite::supported_isas()) {
        dslite::force_isa(isa);
        if (!same(in_pushes(plan, samples, sizes), whole)) std::abort();
    }
    return 0;
}
