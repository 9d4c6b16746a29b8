#include "session.hpp"

#include <algorithm>
#include <utility>

#include "dslite/error.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/simd.hpp"
#include "dslite/verify.hpp"
#include "json.hpp"

namespace dslite::web {
namespace {

using tool::json_number;
using tool::json_string;

// The page's network: its runtime answers asynchronously, so that nothing here can wait for it.
class PageNetwork : public Interpreter {
  public:
    explicit PageNetwork(const Ends& ends) {
        input_.shape = ends.input;
        output_.shape = ends.output;
    }

    const TensorInfo& input() const override { return input_; }
    const TensorInfo& output() const override { return output_; }
    void run(const void*, void*) override {
        throw Error("the network runs in the page: push sound to a session instead");
    }

  private:
    TensorInfo input_;
    TensorInfo output_;
};

template <class List, class Text>
std::string json_list(const List& list, Text text) {
    std::string out = "[";
    for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + text(item);
    return out + "]";
}

std::string json_check(const StageCheck& check) {
    return "{\"stage\": " + json_string(check.stage) +
           ", \"agrees\": " + (check.agrees() ? "true" : "false") +
           ", \"text\": " + json_string(check.text()) + "}";
}

std::string card_of(const Bundle& bundle) {
    return bundle.has("card.md") ? std::string(bundle.read("card.md")) : std::string();
}

}  // namespace

Model open_model(const std::uint8_t* bytes, std::size_t size, const std::string& name,
                 const Ends& ends) {
    auto copy = std::make_shared<const std::vector<std::uint8_t>>(bytes, bytes + size);
    return Model(Bundle::parse(std::move(copy), name), std::make_unique<PageNetwork>(ends));
}

std::string about(const Model& model) {
    const Recipe& recipe = model.recipe();
    const auto number = [](auto value) { return std::to_string(value); };
    return std::string("{\"version\": ") + json_string(DSLITE_VERSION) +
           ", \"isa\": " + json_string(active_isa()) +
           ", \"labels\": " + json_list(model.labels(), json_string) +
           ", \"classes\": " + (model.is_classifier() ? "true" : "false") +
           ", \"rate\": " + number(recipe.audio.sample_rate_hz) +
           ", \"chunkSamples\": " + number(recipe.chunk_samples()) +
           ", \"hopSamples\": " + number(recipe.chunk_hop_samples()) +
           ", \"width\": " + number(recipe.picture.width) +
           ", \"height\": " + number(recipe.picture.height) +
           ", \"channels\": " + number(recipe.channels()) +
           ", \"recipe\": " + json_string(model.bundle().read("recipe.toml")) +
           ", \"card\": " + json_string(card_of(model.bundle())) + "}";
}

std::string verify(const Model& model) {
    return json_list(verify_front_end(model.bundle()).stages, json_check);
}

std::string verify_scores(const Model& model, const float* scores) {
    return json_check(
        dslite::verify_scores(model, std::vector<float>(scores, scores + model.labels().size())));
}

Session::Session(Model& model, int rate_hz, int channels)
    : model_(model),
      chunks_(model.pipeline(), model.bundle().name(), rate_hz, channels),
      decision_(model.decision()) {
    answer_.scores.resize(model.labels().size());
}

std::size_t Session::push(const float* samples, std::size_t frames) {
    chunks_.push(samples, frames, [this](const StreamedChunk& chunk) { take(chunk); });
    return waiting_.size();
}

std::size_t Session::finish() {
    chunks_.finish([this](const StreamedChunk& chunk) { take(chunk); });
    return waiting_.size();
}

void Session::take(const StreamedChunk& chunk) {
    std::vector<float> input(model_.input().elements());
    model_.draw_input(chunk, input.data());
    waiting_.push_back({chunk.start_s, chunk.end_s, std::move(input)});
}

bool Session::next(float* input) {
    if (waiting_.empty()) return false;
    const Waiting& oldest = waiting_.front();
    std::copy(oldest.input.begin(), oldest.input.end(), input);
    answer_.start_s = oldest.start_s;
    answer_.end_s = oldest.end_s;
    waiting_.pop_front();
    return true;
}

std::string Session::answer(const float* output) {
    model_.read_output(output, answer_.scores.data());
    answer_.best = index_of_best(answer_.scores);
    events_.clear();
    decision_.push(answer_, events_);
    const std::string label =
        model_.is_classifier() ? json_string(model_.labels()[answer_.best]) : "null";
    return "{\"start\": " + json_number(answer_.start_s) +
           ", \"end\": " + json_number(answer_.end_s) + ", \"label\": " + label +
           ", \"scores\": " + json_list(answer_.scores, [](float s) { return json_number(s); }) +
           ", \"events\": " + events_json() + "}";
}

std::string Session::last_events() {
    events_.clear();
    decision_.finish(events_);
    return events_json();
}

std::string Session::events_json() const {
    return json_list(events_, [this](const Event& event) {
        return "{\"start\": " + json_number(event.start_s) +
               ", \"end\": " + json_number(event.end_s) +
               ", \"label\": " + json_string(model_.labels()[event.label]) +
               ", \"peak\": " + json_number(event.peak) + "}";
    });
}

}  // namespace dslite::web
