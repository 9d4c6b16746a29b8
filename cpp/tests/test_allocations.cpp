// What promises to allocate nothing once it runs: answers, streams, resamplers. Not built with sanitizers, which have an
// operator new of their own.
#include <cstdlib>
#include <new>
#include <random>
#include <utility>

#include "check.hpp"
#include "dslite/decision.hpp"
#include "dslite/resample.hpp"
#include "dslite/stream.hpp"
#include "model_fixture.hpp"

namespace {

using dslite::Answer;
using dslite::Model;
using dslite::Stream;

thread_local long allocations = 0;

std::vector<float> noise(std::size_t count) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal(0.0F, 0.1F);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = normal(random);
    return samples;
}

// Pushes of every length up to `longest` frames, answers and events taken.
void live(Stream& stream, dslite::Decision& decision, const std::vector<float>& samples,
          std::size_t longest, Answer& answer, std::vector<dslite::Event>& events) {
    const auto channels = static_cast<std::size_t>(stream.channels());
    std::size_t at = 0;
    for (std::size_t frames = 0; (at + frames) * channels <= samples.size();
         frames = (frames * 7 + 13) % longest) {
        stream.push(samples.data() + at * channels, frames);
        at += frames;
        while (stream.next(answer)) {
            events.clear();
            decision.push(answer, events);
        }
    }
}

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST(an_answer) {
    for (const std::string& library : runtime_fixture::libraries()) {
        Model model = model_fixture::open(library, model_fixture::fitting_parts(library));
        const std::vector<float> chunk(model.recipe().chunk_samples(), 0.1F);
        std::vector<float> scores(model.labels().size());
        model.scores(chunk.data(), chunk.size(), scores.data());
        const long before = allocations;
        for (int i = 0; i < 10; ++i) model.scores(chunk.data(), chunk.size(), scores.data());
        CHECK_EQ(allocations, before);
    }
}

TEST(a_stream_that_runs) {
    const std::string smoothing = "[decision]\nsmoothing = \"mean\"\nrefractory_seconds = 1.0\n";
    for (const std::string& library : runtime_fixture::libraries()) {
        for (const char* const chunk : model_fixture::kHops) {
            for (const int rate_hz : {16000, 44100}) {
                Model model = model_fixture::with_chunks(library, chunk, smoothing);
                Stream stream(model, rate_hz, 2);
                dslite::Decision decision(model.decision());
                const std::vector<float> samples = noise(2 * 5 * 44100);
                Answer answer;
                std::vector<dslite::Event> events(model.labels().size());
                live(stream, decision, samples, 9001, answer, events);
                const long before = allocations;
                const double answered_s = answer.end_s;
                live(stream, decision, samples, 9001, answer, events);
                CHECK_EQ(allocations, before);
                CHECK(answer.end_s > answered_s + 4.0);
            }
        }
    }
}

TEST(a_resampler_that_runs) {
    constexpr std::pair<int, int> kRates[] = {{44100, 16000}, {44101, 16000}, {16000, 16000}};
    for (const auto& [from_hz, to_hz] : kRates) {
        const std::vector<float> samples = noise(441);
        const dslite::ResamplePlan plan(from_hz, to_hz);
        dslite::Resampler resampler(plan);
        std::vector<float> out;
        out.reserve(500);
        const long before = allocations;
        for (int i = 0; i < 100; ++i) {
            out.clear();
            resampler.push(samples.data(), samples.size(), out);
        }
        CHECK_EQ(allocations, before);
    }
}
