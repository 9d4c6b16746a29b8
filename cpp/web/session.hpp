// A stream of sound through one model, for web/src/core.js: sound in, answers, pictures and events out.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dslite/chunk_stream.hpp"
#include "dslite/decision.hpp"
#include "dslite/model.hpp"
#include "dslite/resample.hpp"
#include "dslite/scratch.hpp"

namespace dslite::web {

// JSON: version, isa, name, labels, classes (whether), recipe (TOML), card, and what a page needs of the
// recipe: rate, chunkSamples (0: whole clips), hopSamples, width, height, channels.
std::string about(const Model& model);
// JSON: every stage on the golden clip, {"stage", "agrees", "text"}; up to the tensor where the model has
// no network.
std::string verify(Model& model, bool has_network);

// Live sound, or a recording whose recipe may take whole clips: those gather until finish().
class Session {
  public:
    // Called with each answer's picture, (height, width, channels), as the answer is made.
    using Show = std::function<void(const float* picture)>;

    // Throws as ChunkStream's constructor does, but takes whole clips of recordings; and
    // std::invalid_argument where answers shall be explained and the network has no class maps.
    Session(Model& model, int rate_hz, int channels, bool is_recording, bool explains, Show show);

    // The network runs in here, and answers come as a JSON array of {"start", "end", "label", "scores",
    // "events"}, and "explanation" where it was asked for: the relevance of each place of the picture for
    // the label, and the regions that speak most for it. The events are those that ended before the answer. Throws as Stream::push() does; what was
    // answered then comes with the next call.
    std::string push(const float* samples, std::size_t frames);
    // {"answers": […], "events": those still open}. Throws as push() does, and dslite::Error when a
    // recording holds no chunk.
    std::string finish();

  private:
    // The sound of a recipe that takes whole clips.
    struct Clip {
        Clip(const Recipe& recipe, int rate_hz, int channels);

        int channels;
        ResamplePlan plan;
        Resampler resampler;
        std::vector<float> sound;
    };

    void push_clip(const float* samples, std::size_t frames);
    void finish_clip();
    void answer(const StreamedChunk& chunk) noexcept;
    void make_answer(const StreamedChunk& chunk);
    void check_answered() const;
    std::string explanation() const;
    std::string take_answers();
    std::string events_json() const;

    Model& model_;
    bool is_recording_;
    bool explains_;
    Show show_;
    std::optional<ChunkStream> chunks_;
    std::optional<Clip> clip_;
    Decision decision_;
    Answer answer_;
    std::vector<Event> events_;
    Scratch scratch_;
    std::vector<float> picture_;
    std::string answers_;  // JSON, not yet taken
    std::size_t count_ = 0;
    std::exception_ptr failure_;
};

}  // namespace dslite::web
