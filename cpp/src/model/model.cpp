#include "dslite/model.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

#include "dslite/chunk_reader.hpp"
#include "dslite/chunk_stream.hpp"
#include "dslite/decision.hpp"
#include "dslite/error.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/toml.hpp"
#include "platform/threads.hpp"
#include "src/model/bundle_text.hpp"

namespace dslite {
namespace {

Pipeline read_pipeline(const Bundle& bundle) {
    return read_text(bundle, "recipe.toml",
                     [](std::string_view text) { return Pipeline(Recipe::parse(text)); });
}

// The task model.toml names: true for "classes", false for "values".
bool read_is_classifier(const Bundle& bundle) {
    return read_text(bundle, "model.toml", [](std::string_view text) {
        for (const TomlItem& item : parse_toml(text)) {
            if (!item.table.empty() || item.key != "task") continue;
            const std::string* task = std::get_if<std::string>(&item.value);
            if (task != nullptr && *task == "classes") return true;
            if (task != nullptr && *task == "values") return false;
            throw std::invalid_argument("line " + std::to_string(item.line) +
                                        ": task = " + format_toml(item.value) +
                                        ": expected \"classes\" or \"values\"");
        }
        throw std::invalid_argument("no key 'task', expected \"classes\" or \"values\"");
    });
}

DecisionPlan read_decision(const Bundle& bundle, const Recipe& recipe,
                           const std::vector<std::string>& labels, bool classes) {
    return read_text(bundle, "recipe.toml",
                     [&](std::string_view) { return DecisionPlan(recipe, labels, classes); });
}

std::string shape_text(const std::vector<int>& shape) {
    std::string text;
    for (const int dimension : shape) {
        text += (text.empty() ? "(" : ", ") + std::to_string(dimension);
    }
    return text + ")";
}

void check_fits(const Bundle& bundle, const Recipe& recipe, const Interpreter& network,
                std::size_t labels) {
    const std::vector<int> shape = {1, recipe.picture.height, recipe.picture.width,
                                    recipe.channels()};
    if (network.input().shape != shape) {
        throw Error(bundle.name() + ": the network's input is " +
                    shape_text(network.input().shape) + ", expected " + shape_text(shape) +
                    " of its recipe (1, height, width, channels)");
    }
    if (network.output().elements() != labels) {
        throw Error(bundle.name() + ": the network's output is " +
                    shape_text(network.output().shape) + ", expected one score for each of its " +
                    std::to_string(labels) + " labels");
    }
}

void check_maps(const Bundle& bundle, const TensorInfo* maps, std::size_t labels) {
    if (maps == nullptr) return;
    const std::vector<int>& shape = maps->shape;
    if (shape.size() == 4 && shape[0] == 1 && shape[3] == static_cast<int>(labels)) return;
    throw Error(bundle.name() + ": the network's class maps are " + shape_text(shape) +
                ", expected (1, rows, columns, " + std::to_string(labels) + ") of its labels");
}

std::unique_ptr<Interpreter> make_interpreter(const Bundle& bundle, const Runtime& runtime,
                                              const RuntimeOptions& options) {
    try {
        return runtime.interpreter(bundle.bytes(), options);
    } catch (const Error& error) {
        throw Error(bundle.name() + ": " + error.what());
    }
}

bool is_float(const TensorInfo& info) { return info.type == ElementType::float32; }

Quantization quantization(const TensorInfo& info) {
    return {info.scale, info.zero_point, info.type == ElementType::int8};
}

void quantize(const TensorInfo& to, const float* values, std::uint8_t* out) {
    const Quantization q = quantization(to);
    const std::size_t cells = to.elements() / 4;
    const std::size_t rest = to.elements() % 4;
    TensorPlan::quantize(q, values, cells, out);
    float last[4] = {};
    std::uint8_t bytes[4];
    std::copy_n(values + 4 * cells, rest, last);
    TensorPlan::quantize(q, last, 1, bytes);
    std::copy_n(bytes, rest, out + 4 * cells);
}

// A tensor of any type → float32.
void to_float(const TensorInfo& info, const void* from, float* out) {
    if (is_float(info)) {
        std::copy_n(static_cast<const float*>(from), info.elements(), out);
        return;
    }
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    for (std::size_t i = 0; i < info.elements(); ++i) {
        const int q = info.type == ElementType::int8 ? static_cast<std::int8_t>(bytes[i])
                                                     : static_cast<int>(bytes[i]);
        out[i] = info.scale * static_cast<float>(q - info.zero_point);
    }
}

// Room for a tensor of any type, aligned for floats.
std::vector<float> room_for(const TensorInfo& info) {
    return std::vector<float>(is_float(info) ? info.elements() : info.elements() / 4 + 1);
}

}  // namespace

std::size_t index_of_best(const std::vector<float>& scores) {
    const auto best = std::max_element(scores.begin(), scores.end());
    return static_cast<std::size_t>(best - scores.begin());
}

struct Model::State {
    explicit State(Bundle opened);
    void connect(std::unique_ptr<Interpreter> interpreter);

    // What `draw` puts into `input` → scores, one thread at a time.
    template <typename Draw>
    void answer(float* out, float* maps_out, Draw draw);
    void run(float* out, float* maps_out);
    void draw(const float* samples, std::size_t count, void* to);
    void draw(const MelRing& mel, void* to);
    void read(const void* from, float* out) const;

    Bundle bundle;
    Pipeline pipeline;
    std::vector<std::string> labels;
    bool is_classifier;
    DecisionPlan decision;
    std::shared_ptr<const Runtime> runtime;
    std::unique_ptr<Interpreter> network;
    platform::Mutex in_use;  // what follows, and the network
    Scratch scratch;
    std::vector<float> input;  // of the network, in its type
    std::vector<float> output;
    std::vector<float> maps;  // in their type
};

Model::State::State(Bundle opened)
    : bundle(std::move(opened)),
      pipeline(read_pipeline(bundle)),
      labels(bundle.labels()),
      is_classifier(read_is_classifier(bundle)),
      decision(read_decision(bundle, pipeline.recipe(), labels, is_classifier)) {}

void Model::State::connect(std::unique_ptr<Interpreter> interpreter) {
    network = std::move(interpreter);
    check_fits(bundle, pipeline.recipe(), *network, labels.size());
    input = room_for(network->input());
    output = room_for(network->output());
    check_maps(bundle, network->maps(), labels.size());
    if (network->maps() != nullptr) maps = room_for(*network->maps());
    const std::size_t chunk = pipeline.chunk_samples();
    if (chunk > 0) scratch.reserve(pipeline.scratch_bytes(chunk));
}

template <typename Draw>
void Model::State::answer(float* out, float* maps_out, Draw draw_input) {
    const platform::Lock lock(in_use);
    draw_input();
    run(out, maps_out);
}

void Model::State::draw(const float* samples, std::size_t count, void* to) {
    const TensorInfo& info = network->input();
    if (is_float(info)) {
        pipeline.tensor(samples, count, static_cast<float*>(to), scratch);
    } else {
        pipeline.tensor_quantized(samples, count, quantization(info), to, scratch);
    }
}

void Model::State::draw(const MelRing& mel, void* to) {
    const TensorInfo& info = network->input();
    if (is_float(info)) {
        pipeline.tensor(mel, static_cast<float*>(to), scratch);
    } else {
        pipeline.tensor_quantized(mel, quantization(info), to, scratch);
    }
}

void Model::State::run(float* out, float* maps_out) {
    network->run(input.data(), output.data());
    read(output.data(), out);
    if (maps_out == nullptr || network->maps() == nullptr) return;
    network->read_maps(maps.data());
    to_float(*network->maps(), maps.data(), maps_out);
}

void Model::State::read(const void* from, float* out) const {
    to_float(network->output(), from, out);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (std::isfinite(out[i])) continue;
        throw Error(bundle.name() + ": the network's score for '" + labels[i] + "' is " +
                    std::to_string(out[i]) + ", expected a finite number");
    }
}

Model::Model(const std::string& path, const RuntimeOptions& options) {
    // Loading the library takes about as long as reading the file and building the front end.
    std::shared_ptr<const Runtime> runtime;
    platform::run_both([&] { state_ = std::make_unique<State>(Bundle::open(path)); },
                       [&] { runtime = Runtime::load(options); });
    state_->runtime = std::move(runtime);
    state_->connect(make_interpreter(state_->bundle, *state_->runtime, options));
}
Model::Model(Bundle bundle, std::unique_ptr<Interpreter> network)
    : state_(std::make_unique<State>(std::move(bundle))) {
    state_->connect(std::move(network));
}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

const Bundle& Model::bundle() const { return state_->bundle; }
const Recipe& Model::recipe() const { return state_->pipeline.recipe(); }
const Pipeline& Model::pipeline() const { return state_->pipeline; }
const std::vector<std::string>& Model::labels() const { return state_->labels; }
bool Model::is_classifier() const { return state_->is_classifier; }
const DecisionPlan& Model::decision() const { return state_->decision; }
const TensorInfo& Model::input() const { return state_->network->input(); }
const TensorInfo& Model::output() const { return state_->network->output(); }
const TensorInfo* Model::maps() const { return state_->network->maps(); }
Answer Model::empty_answer() const {
    Answer answer;
    answer.scores.resize(labels().size());
    if (maps() != nullptr) answer.maps.resize(maps()->elements());
    return answer;
}
std::string Model::runtime() const {
    return state_->runtime ? state_->runtime->description() : std::string();
}

void Model::scores(const float* samples, std::size_t count, float* out, float* maps) {
    State& s = *state_;
    s.pipeline.check(samples, count);
    s.answer(out, maps, [&] { s.draw(samples, count, s.input.data()); });
}

void Model::scores(const MelRing& mel, float* out, float* maps) {
    State& s = *state_;
    s.answer(out, maps, [&] { s.draw(mel, s.input.data()); });
}

void Model::scores_of_tensor(const float* tensor, float* out) {
    State& s = *state_;
    s.answer(out, nullptr, [&] { quantize_input(tensor, s.input.data()); });
}

void Model::time_operators(const float* tensor, std::vector<OperatorTime>& times) {
    State& s = *state_;
    const platform::Lock lock(s.in_use);
    quantize_input(tensor, s.input.data());
    s.network->run_timed(s.input.data(), s.output.data(), times);
}

void Model::draw_input(const StreamedChunk& chunk, void* input) {
    State& s = *state_;
    if (!chunk.mel) s.pipeline.check(chunk.samples, chunk.count);
    const platform::Lock lock(s.in_use);
    if (chunk.mel) {
        s.draw(*chunk.mel, input);
    } else {
        s.draw(chunk.samples, chunk.count, input);
    }
}

void Model::quantize_input(const float* tensor, void* input) const {
    const TensorInfo& info = state_->network->input();
    if (is_float(info)) {
        std::copy_n(tensor, info.elements(), static_cast<float*>(input));
    } else {
        quantize(info, tensor, static_cast<std::uint8_t*>(input));
    }
}

void Model::read_output(const void* output, float* scores) const { state_->read(output, scores); }

void Model::predict(const NextBlock& next_block, const std::function<void(const Answer&)>& each) {
    ChunkReader chunks(recipe(), next_block);
    SignalChunk chunk;
    Answer answer = empty_answer();
    while (chunks.next(chunk)) {
        this->answer(chunk, answer);
        each(answer);
    }
    if (chunks.chunks() == 0) throw Error(why_no_chunk(recipe(), chunks.samples()));
}

void Model::predict(const float* samples, std::size_t count,
                    const std::function<void(const Answer&)>& each) {
    constexpr std::size_t kAtOnce = 65536;
    const NextBlock next_block = [&](std::vector<float>& block) {
        const std::size_t here = std::min(count, kAtOnce);
        block.assign(samples, samples + here);
        samples += here;
        count -= here;
        return here > 0;
    };
    predict(next_block, each);
}

void Model::answer(const SignalChunk& chunk, Answer& answer) {
    scores(chunk.samples, chunk.count, answer.scores.data(), answer.maps.data());
    answer.best = index_of_best(answer.scores);
    const double rate_hz = recipe().audio.sample_rate_hz;
    answer.start_s = static_cast<double>(chunk.span.start) / rate_hz;
    answer.end_s = static_cast<double>(chunk.span.stop) / rate_hz;
}

}  // namespace dslite
