#include "session.hpp"

#include <stdexcept>
#include <utility>

#include "dslite/explanation.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/simd.hpp"
#include "dslite/verify.hpp"
#include "dslite/wav.hpp"
#include "json.hpp"

namespace dslite::web {
namespace {

using tool::json_number;
using tool::json_string;
using tool::JsonObject;

std::string json_float(float value) { return json_number(value); }

template <class List, class Text>
std::string json_list(const List& list, Text text) {
    std::string out = "[";
    for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + text(item);
    return out + "]";
}

const char* json_bool(bool value) { return value ? "true" : "false"; }

std::string json_check(const StageCheck& check) {
    return JsonObject()
        .text("stage", check.stage)
        .json("agrees", json_bool(check.agrees()))
        .text("text", check.text())
        .end();
}

std::string card_of(const Bundle& bundle) {
    return bundle.has("card.md") ? std::string(bundle.read("card.md")) : std::string();
}

}  // namespace

std::string about(const Model& model) {
    const Recipe& recipe = model.recipe();
    return JsonObject()
        .text("version", DSLITE_VERSION)
        .text("isa", active_isa())
        .json("labels", json_list(model.labels(), json_string))
        .json("explains", json_bool(model.maps() != nullptr))
        .json("classes", json_bool(model.is_classifier()))
        .number("rate", recipe.audio.sample_rate_hz)
        .number("chunkSamples", static_cast<double>(recipe.chunk_samples()))
        .number("hopSamples", static_cast<double>(recipe.chunk_hop_samples()))
        .number("width", recipe.picture.width)
        .number("height", recipe.picture.height)
        .number("channels", recipe.channels())
        .text("recipe", model.bundle().read("recipe.toml"))
        .text("card", card_of(model.bundle()))
        .end();
}

std::string verify(Model& model, bool has_network) {
    const Verification checked =
        has_network ? dslite::verify(model) : verify_front_end(model.bundle());
    return json_list(checked.stages, json_check);
}

Session::Clip::Clip(const Recipe& recipe, int rate_hz, int channel_count)
    : channels(channel_count), plan(rate_hz, recipe.audio.sample_rate_hz), resampler(plan) {}

Session::Session(Model& model, int rate_hz, int channels, bool is_recording, bool explains,
                 Show show)
    : model_(model),
      is_recording_(is_recording),
      explains_(explains),
      show_(std::move(show)),
      decision_(model.decision()),
      answer_(model.empty_answer()) {
    if (explains && model.maps() == nullptr) {
        throw std::invalid_argument(
            model.bundle().name() +
            ": the network has no class maps; `dslite export RUN --explain` adds them");
    }
    if (is_recording && model.recipe().chunk_samples() == 0) {
        clip_.emplace(model.recipe(), rate_hz, channels);
    } else {
        chunks_.emplace(model.pipeline(), model.bundle().name(), rate_hz, channels);
    }
    if (show_) picture_.resize(model.pipeline().value_count());
}

std::string Session::push(const float* samples, std::size_t frames) {
    if (clip_) {
        push_clip(samples, frames);
    } else {
        chunks_->push(samples, frames, [this](const StreamedChunk& chunk) { answer(chunk); });
    }
    return take_answers();
}

std::string Session::finish() {
    if (clip_) {
        finish_clip();
    } else {
        chunks_->finish([this](const StreamedChunk& chunk) { answer(chunk); });
    }
    const std::string answers = take_answers();
    if (is_recording_ && count_ == 0) check_answered();
    events_.clear();
    decision_.finish(events_);
    return JsonObject().json("answers", answers).json("events", events_json()).end();
}

void Session::push_clip(const float* samples, std::size_t frames) {
    const Audio audio{{samples, samples + frames * static_cast<std::size_t>(clip_->channels)},
                      clip_->plan.from_hz(),
                      clip_->channels,
                      {}};
    const std::vector<float> mono = to_mono(audio, model_.recipe().audio.channel);
    clip_->resampler.push(mono.data(), mono.size(), clip_->sound);
}

void Session::finish_clip() {
    clip_->resampler.flush(clip_->sound);
    if (clip_->sound.empty()) return;
    StreamedChunk whole;
    whole.samples = clip_->sound.data();
    whole.count = clip_->sound.size();
    whole.end_s = static_cast<double>(whole.count) / clip_->plan.to_hz();
    answer(whole);
}

// What the network does wrong must not cost the sound after it: it is thrown when the push is done.
void Session::answer(const StreamedChunk& chunk) noexcept {
    ++count_;
    try {
        make_answer(chunk);
    } catch (...) {
        if (!failure_) failure_ = std::current_exception();
    }
}

void Session::make_answer(const StreamedChunk& chunk) {
    float* const maps = explains_ ? answer_.maps.data() : nullptr;
    if (chunk.mel) {
        model_.scores(*chunk.mel, answer_.scores.data(), maps);
    } else {
        model_.scores(chunk.samples, chunk.count, answer_.scores.data(), maps);
    }
    answer_.start_s = chunk.start_s;
    answer_.end_s = chunk.end_s;
    answer_.best = index_of_best(answer_.scores);
    events_.clear();
    decision_.push(answer_, events_);
    if (show_) {
        model_.pipeline().picture(chunk.samples, chunk.count, picture_.data(), scratch_);
        show_(picture_.data());
    }
    if (!answers_.empty()) answers_ += ", ";
    JsonObject json;
    json.number("start", answer_.start_s).number("end", answer_.end_s);
    if (model_.is_classifier())
        json.text("label", model_.labels()[answer_.best]);
    else
        json.json("label", "null");
    json.json("scores", json_list(answer_.scores, json_float)).json("events", events_json());
    if (explains_) json.json("explanation", explanation());
    answers_ += json.end();
}

std::string Session::explanation() const {
    const std::vector<float> relevance = dslite::relevance(model_, answer_, answer_.best);
    const auto region_json = [this](const Region& region) {
        JsonObject json;
        json.number("start", answer_.start_s + region.start_s)
            .number("end", answer_.start_s + region.end_s)
            .number("share", region.share);
        if (region.low_hz >= 0)
            json.number("lowHz", region.low_hz).number("highHz", region.high_hz);
        return json.end();
    };
    const std::vector<int>& shape = model_.maps()->shape;
    return JsonObject()
        .text("label", model_.labels()[answer_.best])
        .number("rows", shape[1])
        .number("columns", shape[2])
        .json("relevance", json_list(relevance, json_float))
        .json("regions", json_list(strongest_regions(model_, answer_, relevance), region_json))
        .end();
}

// A recording without an answer is one without a chunk: Model::predict says so before it looks at samples.
void Session::check_answered() const {
    const std::size_t frames = chunks_ ? static_cast<std::size_t>(chunks_->frames()) : 0;
    const int rate_hz = chunks_ ? chunks_->rate_hz() : clip_->plan.from_hz();
    const ResamplePlan plan(rate_hz, model_.recipe().audio.sample_rate_hz);
    model_.predict(nullptr, plan.output_samples(frames), [](const Answer&) {});
}

std::string Session::take_answers() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return "[" + std::exchange(answers_, {}) + "]";
}

std::string Session::events_json() const {
    return json_list(events_, [this](const Event& event) {
        return JsonObject()
            .number("start", event.start_s)
            .number("end", event.end_s)
            .text("label", model_.labels()[event.label])
            .number("peak", static_cast<double>(event.peak))
            .end();
    });
}

}  // namespace dslite::web
