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

std::string about(const Model& model) {
    const Recipe& recipe = model.recipe();
    const auto number = [](auto value) { return std::to_string(value); };
    return std::string("{\"version\": ") + json_string(DSLITE_VERSION) +
           ", \"isa\": " + json_string(active_isa()) +
           ", \"labels\": " + json_list(model.labels(), json_string) +
           ", \"explains\": " + (model.maps() != nullptr ? "true" : "false") +
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
    return "{\"answers\": " + answers + ", \"events\": " + events_json() + "}";
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
    const std::string label =
        model_.is_classifier() ? json_string(model_.labels()[answer_.best]) : "null";
    const std::string scores = json_list(answer_.scores, [](float s) { return json_number(s); });
    answers_ += (answers_.empty() ? "" : ", ") + ("{\"start\": " + json_number(answer_.start_s)) +
                ", \"end\": " + json_number(answer_.end_s) + ", \"label\": " + label +
                ", \"scores\": " + scores + ", \"events\": " + events_json() +
                (explains_ ? ", \"explanation\": " + explanation() : "") + "}";
}

std::string Session::explanation() const {
    const std::vector<float> relevance = dslite::relevance(model_, answer_, answer_.best);
    const auto region_json = [this](const Region& region) {
        const bool has_hz = region.low_hz >= 0;
        return "{\"start\": " + json_number(answer_.start_s + region.start_s) +
               ", \"end\": " + json_number(answer_.start_s + region.end_s) +
               ", \"lowHz\": " + (has_hz ? json_number(region.low_hz) : "null") +
               ", \"highHz\": " + (has_hz ? json_number(region.high_hz) : "null") +
               ", \"share\": " + json_number(region.share) + "}";
    };
    const std::vector<int>& shape = model_.maps()->shape;
    return "{\"label\": " + json_string(model_.labels()[answer_.best]) +
           ", \"rows\": " + std::to_string(shape[1]) +
           ", \"columns\": " + std::to_string(shape[2]) +
           ", \"relevance\": " + json_list(relevance, [](float v) { return json_number(v); }) +
           ", \"regions\": " +
           json_list(strongest_regions(model_, answer_, relevance), region_json) + "}";
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
        return "{\"start\": " + json_number(event.start_s) +
               ", \"end\": " + json_number(event.end_s) +
               ", \"label\": " + json_string(model_.labels()[event.label]) +
               ", \"peak\": " + json_number(event.peak) + "}";
    });
}

}  // namespace dslite::web
