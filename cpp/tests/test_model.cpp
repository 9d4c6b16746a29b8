// A model in one file: opened, refused where its parts do not fit, answering by either runtime.
#include <random>

#include "check.hpp"
#include "dslite/chunk.hpp"
#include "dslite/error.hpp"
#include "dslite/model.hpp"
#include "dslite/pipeline.hpp"
#include "model_fixture.hpp"

namespace {

using dslite::Answer;
using dslite::Model;
using model_fixture::fitting_parts;
using model_fixture::open;
using model_fixture::Parts;
using runtime_fixture::libraries;

std::vector<float> noise(std::size_t count) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0.0F, 0.1F);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = normal(random);
    return samples;
}

std::vector<Answer> answers(Model& model, const std::vector<float>& samples) {
    std::vector<Answer> all;
    model.predict(samples.data(), samples.size(), [&](const Answer& one) { all.push_back(one); });
    return all;
}

}  // namespace

TEST(an_answer_for_every_chunk) {
    for (const std::string& library : libraries()) {
        Model model = open(library, fitting_parts(library));
        CHECK(model.is_classifier());
        const std::vector<float> samples = noise(16000 * 2 + 4000);
        const std::vector<Answer> found = answers(model, samples);
        const dslite::ChunkPlan chunks(model.recipe());
        CHECK_EQ(found.size(), chunks.count(samples.size()));
        CHECK_EQ(found.size(), 4U);
        CHECK_EQ(found.at(1).start_s, 0.5);
        CHECK_EQ(found.at(1).end_s, 1.5);
        CHECK_EQ(found.at(3).end_s, 2.25);
        std::vector<float> chunk(16000);
        std::vector<float> scores(model.labels().size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            chunks.fill(samples.data(), samples.size(), i, chunk.data());
            model.scores(chunk.data(), chunk.size(), scores.data());
            CHECK(scores == found[i].scores);
            for (const float score : scores) CHECK(score <= scores[found[i].best]);
        }
    }
}

TEST(a_tensor_made_elsewhere) {
    for (const std::string& library : libraries()) {
        Model model = open(library, fitting_parts(library));
        const std::vector<float> chunk = noise(16000);
        std::vector<float> tensor(model.pipeline().value_count());
        dslite::Scratch scratch;
        model.pipeline().tensor(chunk.data(), chunk.size(), tensor.data(), scratch);
        std::vector<float> of_tensor(model.labels().size());
        std::vector<float> of_samples(model.labels().size());
        model.scores_of_tensor(tensor.data(), of_tensor.data());
        model.scores(chunk.data(), chunk.size(), of_samples.data());
        CHECK(of_tensor == of_samples);
    }
}

TEST(the_runtimes_agree) {
    const std::vector<float> samples = noise(16000);
    std::vector<Answer> expected;
    for (const std::string& library : libraries()) {
        Model model = open(library, fitting_parts(library));
        const std::vector<Answer> found = answers(model, samples);
        if (expected.empty()) expected = found;
        const double step = model.output().scale;
        for (std::size_t i = 0; i < found[0].scores.size(); ++i) {
            CHECK_NEAR(found[0].scores[i], expected[0].scores[i], 1e-6 + step);
        }
    }
}

TEST(whole_clips_and_values) {
    const std::string library = libraries().front();
    Parts parts = fitting_parts(library);
    parts.recipe.replace(parts.recipe.find("1.0"), 3, "0.0");
    parts.model = "task = \"values\"\n";
    Model model = open(library, parts);
    CHECK(!model.is_classifier());
    const std::vector<Answer> found = answers(model, noise(30000));
    CHECK_EQ(found.size(), 1U);
    CHECK_EQ(found.at(0).end_s, 30000.0 / 16000.0);
}

TEST(recordings_without_an_answer) {
    const std::string library = libraries().front();
    Parts parts = fitting_parts(library);
    Model model = open(library, parts);
    CHECK_THROWS(answers(model, {}), dslite::Error, "the recording is empty");
    std::vector<float> broken = noise(16000);
    broken[7] = std::nanf("");
    CHECK_THROWS(answers(model, broken), std::invalid_argument, "sample 7 is nan");
    parts.recipe.insert(parts.recipe.find("[picture]"), "tail = \"drop\"\n");
    Model dropping = open(library, parts);
    CHECK_THROWS(answers(dropping, noise(15999)), dslite::Error,
                 "15999 samples, fewer than a chunk's 16000");
}

TEST(parts_that_do_not_fit) {
    const std::string library = libraries().front();
    const Parts fitting = fitting_parts(library);
    const auto with = [&](std::string Parts::* part, const std::string& text) {
        Parts parts = fitting;
        parts.*part = text;
        return parts;
    };
    CHECK_THROWS(open(library, with(&Parts::recipe, "")), dslite::Error,
                 "expected (1, 224, 224, 3) of its recipe");
    CHECK_THROWS(open(library, with(&Parts::recipe, fitting.recipe + "colormap = \"none\"\n")),
                 dslite::Error, "recipe.toml: tensor.scaling = \"torch\": expected \"none\"");
    CHECK_THROWS(open(library, with(&Parts::recipe, "[stft]\nhop_seconds = 0.0\n")), dslite::Error,
                 "recipe.toml: line 2: stft.hop_seconds");
    CHECK_THROWS(open(library, with(&Parts::labels, fitting.labels + "one more\n")), dslite::Error,
                 "expected one score for each of its");
    CHECK_THROWS(open(library, with(&Parts::model, "task = \"other\"\n")), dslite::Error,
                 "model.toml: line 1: task = \"other\": expected \"classes\" or \"values\"");
    CHECK_THROWS(open(library, with(&Parts::model, "[task]\n")), dslite::Error, "no key 'task'");
    CHECK_THROWS(Model("/nowhere.tflite"), dslite::Error, "/nowhere.tflite: cannot be read");
}
