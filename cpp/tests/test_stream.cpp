// Streams below Python: what they keep, and threads. That any split of any sound
// gives the answers of the whole is tested in tests/core/model/test_stream.py.
#include <random>
#include <thread>

#include "check.hpp"
#include "dslite/stream.hpp"
#include "model_fixture.hpp"

namespace {

using dslite::Answer;
using dslite::Model;
using dslite::Stream;
using model_fixture::fitting_parts;
using model_fixture::kHops;
using model_fixture::open;
using model_fixture::with_chunks;
using runtime_fixture::libraries;

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

}  // namespace

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
    CHECK_EQ(stream.dropped(), 6U);
    Answer answer;
    for (std::size_t i = 6; i < 9; ++i) {
        CHECK(stream.next(answer));
        CHECK(same({answer}, {expected[i]}));
    }
    CHECK(!stream.next(answer));
    stream.push(samples.data(), 8000);
    CHECK(stream.next(answer));
    CHECK(!stream.next(answer));
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
