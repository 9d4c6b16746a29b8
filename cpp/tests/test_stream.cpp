// Streams below Python: what they allocate, what they keep, and threads. That any split of any sound
// gives the answers of the whole is tested in tests/core/test_stream.py.
#include <cstdlib>
#include <new>
#include <random>
#include <thread>

#include "check.hpp"
#include "dslite/decision.hpp"
#include "dslite/stream.hpp"
#include "model_fixture.hpp"

namespace {

using dslite::Answer;
using dslite::Model;
using dslite::Stream;
using model_fixture::fitting_parts;
using model_fixture::open;
using model_fixture::Parts;
using runtime_fixture::libraries;

thread_local long allocations = 0;

std::vector<float> noise(std::size_t count) {
    std::mt19937 random(5);
    std::normal_distribution<float> normal(0.0F, 0.1F);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = normal(random);
    return samples;
}

std::vector<Answer> at_once(Model& model, const std::vector<float>& samples) {
    std::vector<Answer> all;
    model.predict(samples.data(), samples.size(), [&](const Answer& one) { all.push_back(one); });
    return all;
}

std::vector<Answer> in_pushes(Model& model, const std::vector<float>& samples, std::size_t size) {
    Stream stream(model, 16000, 1);
    std::vector<Answer> all;
    Answer answer;
    for (std::size_t at = 0; at < samples.size(); at += size) {
        stream.push(samples.data() + at, std::min(size, samples.size() - at));
        while (stream.next(answer)) all.push_back(answer);
    }
    stream.finish();
    while (stream.next(answer)) all.push_back(answer);
    return all;
}

bool same(const std::vector<Answer>& a, const std::vector<Answer>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Answer& x, const Answer& y) {
        return x.start_s == y.start_s && x.end_s == y.end_s && x.best == y.best &&
               x.scores == y.scores;
    });
}

// Chunks of a second; the frame hop of 64 ms divides the first's hop and not the second's. The third's
// frames depend on their chunk.
const char* const kHops[] = {"seconds = 1.0\nhop_seconds = 0.512\n",
                             "seconds = 1.0\nhop_seconds = 0.5\n",
                             "seconds = 1.0\nhop_seconds = 0.512\n[audio]\nnormalize = \"peak\"\n"};

Model with_chunks(const std::string& library, const std::string& chunk,
                  const std::string& more = "") {
    Parts parts = fitting_parts(library);
    parts.recipe = "[chunk]\n" + chunk + parts.recipe.substr(parts.recipe.find("[picture]")) + more;
    return open(library, parts);
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

TEST(nothing_is_allocated_once_it_runs) {
#ifndef DSLITE_COUNTS_OWN_ALLOCATIONS
    SKIP("with sanitizers, a runtime's allocations would be counted too");
#endif
    const std::string smoothing = "[decision]\nsmoothing = \"mean\"\nrefractory_seconds = 1.0\n";
    for (const std::string& library : libraries()) {
        for (const char* const chunk : kHops) {
            for (const int rate_hz : {16000, 44100}) {
                Model model = with_chunks(library, chunk, smoothing);
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

TEST(splits_are_the_whole) {
    const std::vector<float> samples = noise(16000 * 4 + 321);
    for (const std::string& library : libraries()) {
        for (const char* const chunk : kHops) {
            Model model = with_chunks(library, chunk);
            const std::vector<Answer> expected = at_once(model, samples);
            CHECK(expected.size() >= 7);
            for (const std::size_t size : {std::size_t{1}, std::size_t{1021}, samples.size()}) {
                CHECK(same(in_pushes(model, samples, size), expected));
            }
        }
    }
}

TEST(late_consumers_get_the_newest_and_a_count) {
    const std::string library = libraries().front();
    Model model = open(library, fitting_parts(library));
    const std::vector<float> samples = noise(16000 * 5);
    const std::vector<Answer> expected = at_once(model, samples);
    CHECK_EQ(expected.size(), 9U);
    Stream stream(model, 16000, 1, {3});
    stream.push(samples.data(), samples.size());
    CHECK_EQ(stream.ready(), 3U);
    CHECK_EQ(stream.dropped(), 6U);
    Answer answer;
    for (std::size_t i = 6; i < 9; ++i) {
        CHECK(stream.next(answer));
        CHECK(same({answer}, {expected[i]}));
    }
    CHECK(!stream.next(answer));
    stream.push(samples.data(), 8000);
    CHECK_EQ(stream.ready(), 1U);
    CHECK_EQ(stream.dropped(), 6U);
    CHECK_THROWS(Stream(model, 16000, 1, {0}), std::invalid_argument, "max_answers = 0");
}

TEST(streams_on_two_threads_share_a_model) {
    const std::string library = libraries().front();
    Model model = with_chunks(library, kHops[0]);
    const std::vector<float> samples = noise(16000 * 20);
    const std::vector<Answer> expected = at_once(model, samples);
    std::vector<Answer> found[2];
    std::thread other([&] { found[1] = in_pushes(model, samples, 1600); });
    found[0] = in_pushes(model, samples, 1601);
    other.join();
    CHECK(same(found[0], expected));
    CHECK(same(found[1], expected));
}

TEST(moved_streams_go_on) {
    const std::string library = libraries().front();
    Model model = with_chunks(library, kHops[0]);
    const std::vector<float> samples = noise(16000);
    Stream first(model, 16000, 1);
    first.push(samples.data(), 9000);
    Stream second = std::move(first);
    second.push(samples.data() + 9000, 7000);
    Answer answer;
    CHECK(second.next(answer));
    CHECK(same({answer}, {at_once(model, samples).front()}));
}
