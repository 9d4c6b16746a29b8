#include "dslite/stage_bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "dslite/pipeline.hpp"
#include "dslite/resample.hpp"
#include "dslite/simd.hpp"
#include "dslite/stream.hpp"
#include "platform/process.hpp"
#include "src/small_sort.hpp"

namespace dslite {
namespace {

using Clock = std::chrono::steady_clock;

// White noise in ±0.1, by a linear congruential generator (Knuth's MMIX).
std::vector<float> noise(std::size_t count) {
    std::vector<float> samples(count);
    std::uint64_t state = 1;
    for (float& sample : samples) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto high = static_cast<std::int32_t>(static_cast<std::uint32_t>(state >> 32U));
        sample = 0.1F * static_cast<float>(high) / 2147483648.0F;
    }
    return samples;
}

// The nearest-rank percentile of sorted times.
double percentile(const std::vector<double>& sorted, double percent) {
    const double rank = std::ceil(percent / 100.0 * static_cast<double>(sorted.size()));
    return sorted[std::max<std::size_t>(static_cast<std::size_t>(rank), 1) - 1];
}

double median(const std::vector<double>& sorted) {
    const std::size_t n = sorted.size();
    return n % 2 != 0 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0;
}

// One chunk's stages on memory of their own, timed where they happen.
class Stages {
  public:
    Stages(Model& model, const StageBenchOptions& options);

    double chunk_seconds() const { return seconds(chunk_.size()); }
    double hop_seconds() const { return stream_ ? seconds(hop_) : chunk_seconds(); }

    void run();
    void forget() {
        for (Timed& timed : timed_) timed.ms.clear();
    }
    std::vector<StageTime> times();

  private:
    struct Timed {
        std::string stage;
        std::vector<double> ms;
    };

    double seconds(std::size_t samples) const {
        return static_cast<double>(samples) / model_.recipe().audio.sample_rate_hz;
    }
    template <typename Work>
    void time(const char* stage, Work work);
    void resample_hop();
    void push_hop();

    Model& model_;
    const Pipeline& pipeline_;
    std::size_t hop_;
    std::vector<float> chunk_;
    std::vector<float> mel_;
    std::vector<float> tensor_;
    std::vector<float> scores_;
    Scratch scratch_;
    std::vector<float> sound_;  // that arrives in a hop
    std::optional<ResamplePlan> plan_;
    std::optional<Resampler> resampler_;
    std::vector<float> resampled_;
    std::optional<Stream> stream_;
    Answer answer_;
    std::vector<Timed> timed_;
};

std::size_t chunk_samples(const Recipe& recipe, double clip_seconds) {
    if (recipe.chunk_samples() > 0) return recipe.chunk_samples();
    return recipe.samples(std::clamp(clip_seconds, 0.0, 86400.0));
}

Stages::Stages(Model& model, const StageBenchOptions& options)
    : model_(model),
      pipeline_(model.pipeline()),
      hop_(model.recipe().chunk_hop_samples()),
      chunk_(noise(chunk_samples(model.recipe(), options.clip_seconds))),
      mel_(pipeline_.bands() * pipeline_.frames(chunk_.size())),
      tensor_(pipeline_.value_count()),
      scores_(model.labels().size()) {
    pipeline_.check(chunk_.data(), chunk_.size());
    if (pipeline_.chunk_samples() == 0) return;
    stream_.emplace(model, options.rate_hz, 1);
    if (options.rate_hz != model.recipe().audio.sample_rate_hz) {
        plan_.emplace(options.rate_hz, model.recipe().audio.sample_rate_hz);
        resampler_.emplace(*plan_);
    }
    sound_ = noise(static_cast<std::size_t>(std::ceil(seconds(hop_) * options.rate_hz)));
    // Until chunks overlap as they always will.
    while (!stream_->next(answer_)) stream_->push(sound_.data(), sound_.size());
}

template <typename Work>
void Stages::time(const char* stage, Work work) {
    auto timed = std::find_if(timed_.begin(), timed_.end(),
                              [&](const Timed& one) { return one.stage == stage; });
    if (timed == timed_.end()) timed = timed_.insert(timed, {stage, {}});
    const Clock::time_point start = Clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = Clock::now() - start;
    timed->ms.push_back(took.count());
}

void Stages::resample_hop() {
    resampled_.clear();
    resampler_->push(sound_.data(), sound_.size(), resampled_);
}

void Stages::push_hop() {
    stream_->push(sound_.data(), sound_.size());
    while (stream_->next(answer_)) continue;
}

void Stages::run() {
    const std::size_t n = chunk_.size();
    const MelRing mel = {mel_.data(), pipeline_.frames(n), 0};
    if (resampler_) time("resample", [&] { resample_hop(); });
    time("mel", [&] { pipeline_.mel(chunk_.data(), n, mel_.data(), scratch_); });
    time("tensor", [&] { pipeline_.tensor(mel, tensor_.data(), scratch_); });
    time("network", [&] { model_.scores_of_tensor(tensor_.data(), scores_.data()); });
    time("answer", [&] { model_.scores(chunk_.data(), n, scores_.data()); });
    if (stream_) time("stream", [&] { push_hop(); });
}

bool is_less(const double& a, const double& b) { return a < b; }

std::vector<StageTime> Stages::times() {
    std::vector<StageTime> times;
    for (Timed& timed : timed_) {
        small_sort<double, is_less>(timed.ms);
        times.push_back({timed.stage, median(timed.ms), percentile(timed.ms, 99)});
    }
    return times;
}

void check_repeats(const StageBenchOptions& options) {
    if (options.repeats == 0) throw std::invalid_argument("repeats = 0: expected 1 or more");
}

// By insertion: there are few kinds.
void sort_longest_first(std::vector<OperatorTime>& times) {
    for (std::size_t i = 1; i < times.size(); ++i) {
        for (std::size_t j = i; j > 0 && times[j].ms > times[j - 1].ms; --j) {
            times[j].kind.swap(times[j - 1].kind);
            std::swap(times[j].count, times[j - 1].count);
            std::swap(times[j].ms, times[j - 1].ms);
        }
    }
}

}  // namespace

StageBench bench_stages(Model& model, const StageBenchOptions& options) {
    check_repeats(options);
    Stages stages(model, options);
    for (std::size_t i = 0; i < options.warmup; ++i) stages.run();
    stages.forget();
    for (std::size_t i = 0; i < options.repeats; ++i) stages.run();
    StageBench bench;
    bench.stages = stages.times();
    bench.repeats = options.repeats;
    bench.chunk_seconds = stages.chunk_seconds();
    bench.hop_seconds = stages.hop_seconds();
    bench.real_time_factor = bench.stages.back().median_ms / 1000.0 / bench.hop_seconds;
    bench.peak_memory_bytes = platform::peak_memory_bytes();
    bench.isa = active_isa();
    bench.runtime = model.runtime();
    return bench;
}

std::vector<OperatorTime> bench_operators(Model& model, const StageBenchOptions& options) {
    check_repeats(options);
    const Pipeline& pipeline = model.pipeline();
    const std::vector<float> chunk = noise(chunk_samples(model.recipe(), options.clip_seconds));
    pipeline.check(chunk.data(), chunk.size());
    std::vector<float> tensor(pipeline.value_count());
    Scratch scratch;
    pipeline.tensor(chunk.data(), chunk.size(), tensor.data(), scratch);
    std::vector<OperatorTime> times;
    for (std::size_t i = 0; i < options.warmup; ++i) model.time_operators(tensor.data(), times);
    times.clear();
    for (std::size_t i = 0; i < options.repeats; ++i) model.time_operators(tensor.data(), times);
    for (OperatorTime& time : times) {
        time.count /= options.repeats;
        time.ms /= static_cast<double>(options.repeats);
    }
    sort_longest_first(times);
    return times;
}

}  // namespace dslite
