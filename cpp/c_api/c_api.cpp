#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dslite/chunk_reader.hpp"
#include "dslite/decision.hpp"
#include "dslite/dslite.h"
#include "dslite/error.hpp"
#include "dslite/explanation.hpp"
#include "dslite/model.hpp"
#include "dslite/signal.hpp"
#include "dslite/stream.hpp"

using dslite::Model;

namespace {

// No std::string: telling that memory is out must not need any, and threads end without our help.
thread_local char last_error[2048] = "";

dslite_status fail(dslite_status status, const char* what) noexcept {
    std::snprintf(last_error, sizeof last_error, "%s", what);
    return status;
}

// Every exception ends here.
template <typename Work>
dslite_status guarded(Work work) noexcept {
    try {
        return work();
    } catch (const std::invalid_argument& error) {
        return fail(DSLITE_INVALID_ARGUMENT, error.what());
    } catch (const std::bad_alloc&) {
        return fail(DSLITE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception& error) {
        return fail(DSLITE_FAILED, error.what());
    } catch (...) {
        return fail(DSLITE_FAILED, "unknown exception");
    }
}

void require(const void* pointer, const char* name) {
    if (pointer == nullptr) {
        throw std::invalid_argument(std::string(name) + " is null: expected an address");
    }
}

constexpr std::size_t kMaxEvents = 1024;

dslite_answer view(const dslite::Answer& answer) {
    return {answer.start_s, answer.end_s, answer.best, answer.scores.data(), answer.scores.size()};
}

}  // namespace

struct dslite_model {
    std::shared_ptr<Model> model;
};

struct dslite_stream {
    std::shared_ptr<Model> model;  // which `stream` refers to
    dslite::Stream stream;
    dslite::Answer answer = {};  // given out last
};

struct dslite_recording {
    dslite_recording(const std::shared_ptr<Model>& of, const std::string& file)
        : model(of),
          path(file),
          signal(file, of->recipe().audio.sample_rate_hz, of->recipe().audio.channel),
          chunks(of->recipe(), [this](std::vector<float>& block) { return signal.next(block); }),
          answer(of->empty_answer()) {}

    bool next();

    std::shared_ptr<Model> model;
    std::string path;
    dslite::SignalReader signal;
    dslite::ChunkReader chunks;
    dslite::Answer answer;  // given out last
    bool ended = false;
};

bool dslite_recording::next() {
    dslite::SignalChunk chunk;
    if (ended) return false;
    ended = true;  // also where one of the following throws
    if (!chunks.next(chunk)) {
        if (chunks.chunks() > 0) return false;
        throw dslite::Error(path + ": " + why_no_chunk(model->recipe(), chunks.samples()));
    }
    model->answer(chunk, answer);
    ended = false;
    return true;
}

struct dslite_decision {
    std::shared_ptr<Model> model;  // whose plan `decision` refers to
    dslite::Decision decision;
    std::size_t bound;
    dslite::Answer answer = {};
    std::vector<dslite::Event> events = {};  // from `taken` on they wait
    std::size_t taken = 0;
    uint64_t dropped = 0;

    void keep_bound() {
        const std::size_t waiting = events.size() - taken;
        if (waiting > bound) {
            dropped += waiting - bound;
            taken += waiting - bound;
        }
        if (taken > bound || taken == events.size()) {
            events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(taken));
            taken = 0;
        }
    }
};

const char* dslite_version(void) { return DSLITE_VERSION; }
const char* dslite_last_error(void) { return last_error; }

dslite_status dslite_model_open(const char* path, const char* runtime, int threads,
                                dslite_model** model) {
    return guarded([&] {
        require(path, "path");
        require(model, "model");
        if (threads < 1) {
            throw std::invalid_argument("threads = " + std::to_string(threads) +
                                        ": expected 1 or more");
        }
        dslite::RuntimeOptions options;
        options.library = runtime == nullptr ? "" : runtime;
        options.threads = threads;
        *model =
            std::make_unique<dslite_model>(dslite_model{std::make_shared<Model>(path, options)})
                .release();
        return DSLITE_OK;
    });
}

void dslite_model_close(dslite_model* model) { delete model; }

size_t dslite_model_label_count(const dslite_model* model) {
    return model == nullptr ? 0 : model->model->labels().size();
}

const char* dslite_model_label(const dslite_model* model, size_t index) {
    if (index >= dslite_model_label_count(model)) return nullptr;
    return model->model->labels()[index].c_str();
}

int dslite_model_is_classifier(const dslite_model* model) {
    return model != nullptr && model->model->is_classifier() ? 1 : 0;
}

int dslite_model_rate_hz(const dslite_model* model) {
    return model == nullptr ? 0 : model->model->recipe().audio.sample_rate_hz;
}

dslite_status dslite_stream_open(dslite_model* model, int rate_hz, int channels, size_t max_answers,
                                 dslite_stream** stream) {
    return guarded([&] {
        require(model, "model");
        require(stream, "stream");
        dslite::StreamOptions options;
        if (max_answers > 0) options.max_answers = max_answers;
        *stream = std::make_unique<dslite_stream>(
                      dslite_stream{model->model,
                                    dslite::Stream(*model->model, rate_hz, channels, options)})
                      .release();
        return DSLITE_OK;
    });
}

void dslite_stream_close(dslite_stream* stream) { delete stream; }

dslite_status dslite_stream_push(dslite_stream* stream, const float* samples, size_t frames) {
    return guarded([&] {
        require(stream, "stream");
        if (frames > 0) require(samples, "samples");
        stream->stream.push(samples, frames);
        return DSLITE_OK;
    });
}

dslite_status dslite_stream_finish(dslite_stream* stream) {
    return guarded([&] {
        require(stream, "stream");
        stream->stream.finish();
        return DSLITE_OK;
    });
}

dslite_status dslite_stream_next(dslite_stream* stream, dslite_answer* answer) {
    return guarded([&] {
        require(stream, "stream");
        require(answer, "answer");
        dslite::Answer& next = stream->answer;
        if (!stream->stream.next(next)) return DSLITE_NOTHING;
        *answer = view(next);
        return DSLITE_OK;
    });
}

dslite_status dslite_stream_explain(dslite_stream* stream, size_t label, dslite_region* regions,
                                    size_t capacity, size_t* count) {
    return guarded([&] {
        require(stream, "stream");
        require(count, "count");
        if (capacity > 0) require(regions, "regions");
        const Model& model = *stream->model;
        const dslite::Answer& answer = stream->answer;
        if (answer.scores.empty()) return DSLITE_NOTHING;
        const std::vector<dslite::Region> found =
            dslite::strongest_regions(model, answer, dslite::relevance(model, answer, label));
        for (std::size_t i = 0; i < std::min(capacity, found.size()); ++i) {
            const dslite::Region& one = found[i];
            regions[i] = {answer.start_s + one.start_s, answer.start_s + one.end_s, one.low_hz,
                          one.high_hz, one.share};
        }
        *count = found.size();
        return DSLITE_OK;
    });
}

uint64_t dslite_stream_dropped(const dslite_stream* stream) {
    return stream == nullptr ? 0 : stream->stream.dropped();
}

dslite_status dslite_recording_open(dslite_model* model, const char* path,
                                    dslite_recording** recording) {
    return guarded([&] {
        require(model, "model");
        require(path, "path");
        require(recording, "recording");
        *recording = std::make_unique<dslite_recording>(model->model, path).release();
        return DSLITE_OK;
    });
}

void dslite_recording_close(dslite_recording* recording) { delete recording; }

const char* dslite_recording_warning(const dslite_recording* recording) {
    return recording == nullptr ? "" : recording->signal.warning().c_str();
}

dslite_status dslite_recording_next(dslite_recording* recording, dslite_answer* answer) {
    return guarded([&] {
        require(recording, "recording");
        require(answer, "answer");
        if (!recording->next()) return DSLITE_NOTHING;
        *answer = view(recording->answer);
        return DSLITE_OK;
    });
}

dslite_status dslite_decision_open(dslite_model* model, dslite_decision** decision) {
    return guarded([&] {
        require(model, "model");
        require(decision, "decision");
        const Model& m = *model->model;
        *decision = std::make_unique<dslite_decision>(
                        dslite_decision{model->model, dslite::Decision(m.decision()),
                                        std::max(kMaxEvents, m.labels().size())})
                        .release();
        return DSLITE_OK;
    });
}

void dslite_decision_close(dslite_decision* decision) { delete decision; }

dslite_status dslite_decision_push(dslite_decision* decision, const dslite_answer* answer) {
    return guarded([&] {
        require(decision, "decision");
        require(answer, "answer");
        require(answer->scores, "answer->scores");
        dslite::Answer& own = decision->answer;
        own.start_s = answer->start_s;
        own.end_s = answer->end_s;
        own.scores.assign(answer->scores, answer->scores + answer->score_count);
        decision->decision.push(own, decision->events);
        decision->keep_bound();
        return DSLITE_OK;
    });
}

dslite_status dslite_decision_finish(dslite_decision* decision) {
    return guarded([&] {
        require(decision, "decision");
        decision->decision.finish(decision->events);
        decision->keep_bound();
        return DSLITE_OK;
    });
}

dslite_status dslite_decision_next(dslite_decision* decision, dslite_event* event) {
    return guarded([&] {
        require(decision, "decision");
        require(event, "event");
        if (decision->taken == decision->events.size()) return DSLITE_NOTHING;
        const dslite::Event& next = decision->events[decision->taken++];
        *event = {next.start_s, next.end_s, next.label, next.peak};
        return DSLITE_OK;
    });
}

uint64_t dslite_decision_dropped(const dslite_decision* decision) {
    return decision == nullptr ? 0 : decision->dropped;
}
