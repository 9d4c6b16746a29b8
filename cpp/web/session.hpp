// One model and its streams, for a page that runs the network itself: tensors out, scores in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dslite/chunk_stream.hpp"
#include "dslite/decision.hpp"
#include "dslite/model.hpp"

namespace dslite::web {

// What the page's runtime says of the network: float32 ends of these shapes.
struct Ends {
    std::vector<int> input;
    std::vector<int> output;
};

// Throws dslite::Error as Model's constructor does.
Model open_model(const std::uint8_t* bytes, std::size_t size, const std::string& name,
                 const Ends& ends);

// JSON: version, isa, labels, classes (whether), recipe (TOML), card, and what the page needs of the
// recipe: rate, chunkSamples (0: whole clips), hopSamples, width, height, channels.
std::string about(const Model& model);
// JSON: every stage up to the tensor on the golden clip, {"stage", "agrees", "text"}.
std::string verify(const Model& model);
std::string verify_scores(const Model& model, const float* scores);

// Sound → network inputs, in order; scores → answers and events. A clip of any length is fed in pushes of
// about a second, so that few inputs wait at once.
class Session {
  public:
    Session(Model& model, int rate_hz, int channels);

    std::size_t push(const float* samples, std::size_t frames);  // → inputs that wait
    std::size_t finish();
    // The oldest input that waits → `input`; false when none does.
    bool next(float* input);
    // The network's output for the input last taken → JSON {"start", "end", "label", "scores", "events"}.
    std::string answer(const float* output);
    // JSON: the events still open when the sound ended.
    std::string last_events();

  private:
    struct Waiting {
        double start_s;
        double end_s;
        std::vector<float> input;
    };

    void take(const StreamedChunk& chunk);
    std::string events_json() const;

    Model& model_;
    ChunkStream chunks_;
    Decision decision_;
    std::deque<Waiting> waiting_;
    Answer answer_;
    std::vector<Event> events_;
};

}  // namespace dslite::web
