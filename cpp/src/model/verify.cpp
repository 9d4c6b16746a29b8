#include "dslite/verify.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <variant>

#include "dslite/chunk.hpp"
#include "dslite/error.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/signal.hpp"
#include "dslite/toml.hpp"
#include "dslite/wav.hpp"
#include "src/model/bundle_text.hpp"

namespace dslite {
namespace {

std::string number(double value) {
    return std::isfinite(value) ? format_toml(value) : std::to_string(value);
}

// golden/*.f32 and their shapes.
class Golden {
  public:
    explicit Golden(const Bundle& bundle) : bundle_(bundle) {
        if (!bundle.has("golden/golden.toml")) {
            throw Error(bundle.name() + ": holds no golden clip to verify by");
        }
        shapes_ = read_text(bundle, "golden/golden.toml", parse_toml);
    }

    Audio clip() const {
        const std::string_view wav = bundle_.read("golden/clip.wav");
        return decode_wav(reinterpret_cast<const std::uint8_t*>(wav.data()), wav.size(),
                          bundle_.name() + ": golden/clip.wav");
    }

    // The expected values of one stage, which must have the shape that this machine computes.
    std::vector<float> values(const std::string& stage,
                              std::initializer_list<std::size_t> shape) const {
        const std::string entry = "golden/" + stage + ".f32";
        const std::string_view bytes = bundle_.read(entry);
        std::vector<std::size_t> stored;
        for (const TomlItem& item : shapes_) {
            if (item.table != stage) continue;
            const long long* axis = std::get_if<long long>(&item.value);
            stored.push_back(axis && *axis > 0 ? static_cast<std::size_t>(*axis) : 0);
        }
        std::size_t count = 1;
        for (const std::size_t axis : shape) count *= axis;
        if (!std::equal(stored.begin(), stored.end(), shape.begin(), shape.end()) ||
            bytes.size() != count * sizeof(float)) {
            throw Error(bundle_.name() + ": " + entry + " has another shape than its recipe and " +
                        "labels: expected " + std::to_string(count) + " values");
        }
        std::vector<float> values(count);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }

  private:
    const Bundle& bundle_;
    std::vector<TomlItem> shapes_;
};

std::uint32_t bits(float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

StageCheck compare(const char* stage, const std::vector<float>& found,
                   const std::vector<float>& expected, double tolerance) {
    StageCheck check;
    check.stage = stage;
    check.values = found.size();
    check.tolerance = tolerance;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (bits(found[i]) == bits(expected[i])) continue;
        const double a = static_cast<double>(found[i]);
        const double b = static_cast<double>(expected[i]);
        const double difference = std::fabs(a - b);
        if (!(difference <= check.largest)) check.largest = difference;
        if (tolerance > 0 && difference <= tolerance) continue;
        if (check.different++ > 0) continue;
        check.first = i;
        check.found = a;
        check.expected = b;
    }
    return check;
}

// Stages 1 to 3 of the clip: its first chunk.
std::vector<float> first_chunk(const Recipe& recipe, const Audio& clip) {
    const std::vector<float> signal =
        to_signal(clip, recipe.audio.sample_rate_hz, recipe.audio.channel);
    const ChunkPlan chunks(recipe);
    std::vector<float> chunk(chunks.length(signal.size()));
    chunks.fill(signal.data(), signal.size(), 0, chunk.data());
    return chunk;
}

Pipeline pipeline_of(const Bundle& bundle) {
    return read_text(bundle, "recipe.toml",
                     [](std::string_view text) { return Pipeline(Recipe::parse(text)); });
}

std::vector<float> expected_tensor(const Golden& golden, const Recipe& recipe) {
    return golden.values("tensor", {static_cast<std::size_t>(recipe.picture.height),
                                    static_cast<std::size_t>(recipe.picture.width),
                                    static_cast<std::size_t>(recipe.channels())});
}

// What the golden clip is compared by, stage after stage.
struct Replay {
    Replay(const Bundle& b, const Pipeline& p)
        : golden(b), pipeline(p), samples(first_chunk(p.recipe(), golden.clip())) {}

    void check(const char* stage, const std::vector<float>& found,
               std::initializer_list<std::size_t> shape, double tolerance) {
        verification.stages.push_back(
            compare(stage, found, golden.values(stage, shape), tolerance));
    }
    void check_front_end();

    Golden golden;
    const Pipeline& pipeline;
    std::vector<float> samples;
    Verification verification;
};

void Replay::check_front_end() {
    const Recipe& recipe = pipeline.recipe();
    const std::size_t count = samples.size();
    pipeline.check(samples.data(), count);
    check("samples", samples, {count}, 0);

    Scratch scratch;
    const std::size_t frames = pipeline.frames(count);
    std::vector<float> log_mel(frames * pipeline.rows());
    pipeline.log_mel(samples.data(), count, log_mel.data(), scratch);
    check("log_mel", log_mel, {frames, pipeline.rows()}, 0);

    std::vector<float> tensor(pipeline.value_count());
    pipeline.tensor(samples.data(), count, tensor.data(), scratch);
    verification.stages.push_back(compare("tensor", tensor, expected_tensor(golden, recipe), 0));
}

double score_tolerance(const TensorInfo& output) {
    if (output.type == ElementType::float32) return kScoreTolerance;
    return std::max(kScoreTolerance, kScoreSteps * double{output.scale});
}

}  // namespace

std::string StageCheck::text() const {
    const std::string all = stage + ": " + std::to_string(values) + " values, ";
    if (agrees() && tolerance > 0) {
        return all + "within " + number(tolerance) + ", largest difference " + number(largest);
    }
    if (agrees()) return all + "the same bits";
    return all + std::to_string(different) + " different, by up to " + number(largest) +
           "; the first is number " + std::to_string(first) + ": " + number(found) + ", expected " +
           number(expected);
}

const StageCheck* Verification::first_divergence() const {
    const auto found = std::find_if(stages.begin(), stages.end(),
                                    [](const StageCheck& check) { return !check.agrees(); });
    return found == stages.end() ? nullptr : &*found;
}

Verification verify_front_end(const Bundle& bundle) {
    bundle.check_network();
    const Pipeline pipeline = pipeline_of(bundle);
    Replay replay(bundle, pipeline);
    replay.check_front_end();
    return std::move(replay.verification);
}

StageCheck verify_scores(const Model& model, const std::vector<float>& scores) {
    const std::vector<float> expected =
        Golden(model.bundle()).values("scores", {model.labels().size()});
    return compare("scores", scores, expected, score_tolerance(model.output()));
}

std::vector<float> golden_tensor(const Model& model) {
    return expected_tensor(Golden(model.bundle()), model.recipe());
}

Verification verify(Model& model) {
    model.bundle().check_network();
    Replay replay(model.bundle(), model.pipeline());
    replay.check_front_end();
    std::vector<float> scores(model.labels().size());
    model.scores(replay.samples.data(), replay.samples.size(), scores.data());
    replay.verification.stages.push_back(verify_scores(model, scores));
    return std::move(replay.verification);
}

}  // namespace dslite
