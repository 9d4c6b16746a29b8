// What the headers call thread-safe, used from several threads at once: the same results as from one, and
// under the thread sanitizer no race.
#include <array>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bundle_writer.hpp"
#include "check.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/resample.hpp"
#include "dslite/simd.hpp"
#include "dslite/stream.hpp"
#include "dslite/wav.hpp"
#include "fingerprint_network.hpp"
#include "model_fixture.hpp"
#include "platform/threads.hpp"

namespace {

constexpr std::size_t kThreads = 4;

std::vector<float> noise(std::size_t count) {
    std::mt19937 random(11);
    std::normal_distribution<float> normal(0.0F, 0.1F);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = normal(random);
    return samples;
}

dslite::Recipe quick_recipe() {
    return dslite::Recipe::parse(
        "[chunk]\nseconds = 0.25\nhop_seconds = 0.128\n[picture]\nwidth = 32\nheight = 24\n");
}

// What `work(thread)` makes, by one thread after the other and then by all at once, must be the same.
template <typename Work>
void same_from_all(Work work) {
    using Result = decltype(work(std::size_t{0}));
    std::array<Result, kThreads> expected;
    for (std::size_t i = 0; i < kThreads; ++i) expected[i] = work(i);
    std::array<Result, kThreads> found;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] { found[i] = work(i); });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(found == expected);
}

std::vector<float> all_scores(dslite::Model& model, const std::vector<float>& samples,
                              std::size_t size) {
    dslite::Stream stream(model, 44100, 1);
    std::vector<float> scores;
    dslite::Answer answer;
    const auto take = [&] {
        while (stream.next(answer)) {
            scores.insert(scores.end(), answer.scores.begin(), answer.scores.end());
        }
    };
    for (std::size_t at = 0; at < samples.size(); at += size) {
        stream.push(samples.data() + at, std::min(size, samples.size() - at));
        take();
    }
    stream.finish();
    take();
    return scores;
}

}  // namespace

TEST(one_pipeline) {
    const dslite::Pipeline pipeline(quick_recipe());
    const std::size_t chunk = pipeline.chunk_samples();
    const std::vector<float> samples = noise(chunk * kThreads);
    same_from_all([&](std::size_t thread) {
        std::vector<float> tensor(32 * 24 * 3);
        dslite::Scratch scratch;
        for (int round = 0; round < 20; ++round) {
            pipeline.tensor(samples.data() + thread * chunk, chunk, tensor.data(), scratch);
        }
        return tensor;
    });
}

TEST(one_filter) {
    const dslite::ResamplePlan plan(44100, 16000);
    const std::vector<float> samples = noise(20000);
    same_from_all([&](std::size_t thread) {
        dslite::Resampler resampler(plan);
        std::vector<float> out;
        for (std::size_t at = 0; at < samples.size(); at += 1000) {
            resampler.push(samples.data() + at, 500 + 100 * thread, out);
        }
        resampler.flush(out);
        return out;
    });
}

TEST(one_model_and_a_stream_each) {
    dslite::Model model = fingerprint_network::model(quick_recipe());
    const std::vector<float> samples = noise(44100);
    same_from_all([&](std::size_t thread) { return all_scores(model, samples, 441 + thread); });
}

TEST(one_model_of_a_real_library) {
    for (const std::string& library : runtime_fixture::libraries()) {
        dslite::Model model = model_fixture::open(library, model_fixture::fitting_parts(library));
        const std::vector<float> samples = noise(3 * 44100);
        same_from_all([&](std::size_t thread) { return all_scores(model, samples, 441 + thread); });
    }
}

TEST(one_file) {
    bundle_writer::Bytes bytes;
    const std::size_t frames = 5000;
    bundle_writer::put(bytes, "RIFF");
    bundle_writer::put(bytes, 36 + 2 * frames, 4);
    bundle_writer::put(bytes, "WAVEfmt ");
    bundle_writer::put(bytes, 16, 4);
    for (const std::uint64_t value : {1, 1}) bundle_writer::put(bytes, value, 2);  // PCM, mono
    for (const std::uint64_t value : {16000, 32000}) bundle_writer::put(bytes, value, 4);
    for (const std::uint64_t value : {2, 16}) bundle_writer::put(bytes, value, 2);
    bundle_writer::put(bytes, "data");
    bundle_writer::put(bytes, 2 * frames, 4);
    for (std::size_t i = 0; i < frames; ++i) bundle_writer::put(bytes, 7 * i, 2);
    const runtime_fixture::TemporaryFile file(bytes);
    const dslite::WavFile wav(file.path());
    same_from_all([&](std::size_t thread) {
        std::vector<float> mono(1000);
        for (std::size_t round = 0; round < 50; ++round) {
            wav.read_mono(100 * thread + round, mono.size(), -1, mono.data());
        }
        return mono;
    });
}

TEST(the_instruction_set_is_asked_for_by_all) {
    same_from_all([](std::size_t) { return dslite::active_isa(); });
}

TEST(two_things_at_once) {
    const auto caller = std::this_thread::get_id();
    std::thread::id work;
    std::thread::id aside;
    dslite::platform::run_both([&] { work = std::this_thread::get_id(); },
                               [&] { aside = std::this_thread::get_id(); });
    CHECK(work == caller);
    CHECK(aside != caller && aside != std::thread::id());
    bool done = false;
    const auto fails = [](const char* what) { return [what] { throw std::runtime_error(what); }; };
    CHECK_THROWS(dslite::platform::run_both([&] { done = true; }, fails("aside")),
                 std::runtime_error, "aside");
    CHECK(done);
    CHECK_THROWS(dslite::platform::run_both(fails("work"), fails("aside")), std::runtime_error,
                 "work");
}
