// A bundle opened to answer: its recipe, its labels, the pipeline and the network in one object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dslite/bundle.hpp"
#include "dslite/chunk_reader.hpp"
#include "dslite/recipe.hpp"
#include "dslite/runtime.hpp"

namespace dslite {

class DecisionPlan;
class Pipeline;
struct MelRing;
struct StreamedChunk;

// What the model says of one chunk.
struct Answer {
    double start_s = 0;         // of the chunk, in the recording
    double end_s = 0;           // of the sound in it: never past the recording's end
    std::size_t best = 0;       // index of the highest score (first of equals)
    std::vector<float> scores;  // one per label
    // (rows, columns, labels) of a network with class maps, else empty; see explanation.hpp
    std::vector<float> maps;
};

// The first of the highest of one or more scores.
std::size_t index_of_best(const std::vector<float>& scores);

// May be shared between threads: they take turns at the network.
class Model {
  public:
    // Throws dslite::Error when the file is no bundle, the bundle does not fit its network (input
    // shape against recipe, output and thresholds against labels), or no runtime library is found.
    explicit Model(const std::string& path, const RuntimeOptions& options = {});
    // The same of a bundle at hand and a network that runs by other means.
    Model(Bundle bundle, std::unique_ptr<Interpreter> network);
    ~Model();
    Model(Model&&) noexcept;
    Model& operator=(Model&&) noexcept;

    const Bundle& bundle() const;
    const Recipe& recipe() const;
    const Pipeline& pipeline() const;
    const std::vector<std::string>& labels() const;  // of values: the names of the targets
    bool is_classifier() const;                      // task = "classes"
    const DecisionPlan& decision() const;            // the recipe's
    const TensorInfo& input() const;
    const TensorInfo& output() const;
    // Of class maps, (1, rows, columns, labels); null where the network has none.
    const TensorInfo* maps() const;
    std::string runtime()
        const;  // description of the library in use; empty for a network of other means

    // One chunk (mono, at the recipe's rate, chunk_samples long or any length when the recipe takes
    // whole clips) → one score per label, and the network's class maps where `maps` is not null.
    // Throws dslite::Error.
    void scores(const float* samples, std::size_t count, float* out, float* maps = nullptr);
    // The mel bands of a chunk, by Pipeline::mel or mel_frames, → the same scores.
    void scores(const MelRing& mel, float* out, float* maps = nullptr);
    // A network input made elsewhere, (height, width, channels) float32, → scores.
    void scores_of_tensor(const float* tensor, float* out);
    // One inference of such an input, and what its operators took, added to `times`. Throws dslite::Error
    // unless the model was opened with RuntimeOptions::times_operators by a library that can.
    void time_operators(const float* tensor, std::vector<OperatorTime>& times);
    // A chunk of a recording → all of an answer, which empty_answer() made. Throws as scores() does.
    void answer(const SignalChunk& chunk, Answer& answer);
    // An answer with room for the scores, and for the maps if there are any.
    Answer empty_answer() const;

    // The halves of the above, for a network that runs elsewhere, in a page for one: a chunk of a
    // ChunkStream, or a tensor as above, → the network's input, in its type; its output, in its type, →
    // scores. Throw dslite::Error as scores() does.
    void draw_input(const StreamedChunk& chunk, void* input);
    void quantize_input(const float* tensor, void* input) const;
    void read_output(const void* output, float* scores) const;

    // A mono recording at the recipe's rate, block by block → an answer per chunk, in order. Throws
    // dslite::Error when it holds no chunk (empty, or too short where tail = "drop"), and what the blocks'
    // source does.
    void predict(const NextBlock& next_block, const std::function<void(const Answer&)>& each);
    // The same of a whole one.
    void predict(const float* samples, std::size_t count,
                 const std::function<void(const Answer&)>& each);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dslite
