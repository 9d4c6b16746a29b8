// Sound in pushes of any length → the recipe's chunks as they fill up, without a network: what Stream, a
// page in a browser and other runtimes share.
//
// The chunks are those of stages 1 to 3 on the whole recording, bit for bit and for every split into
// pushes. Where the recipe lets chunks share frames (no centre padding, no normalisation, chunk hop a
// multiple of the frame hop) each frame is computed once, as soon as its last sample is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "dslite/limits.hpp"
#include "dslite/pipeline.hpp"

namespace dslite {

// A complete chunk, valid while it is handed over.
struct StreamedChunk {
    double start_s = 0;  // of the chunk, in the stream
    double end_s = 0;    // of the sound in it
    // Where chunks share frames, the bands of all its frames; otherwise null, and its samples count.
    const MelRing* mel = nullptr;
    const float* samples = nullptr;  // mono, at the recipe's rate
    std::size_t count = 0;
};

// Not thread-safe. Memory is bounded by the recipe; after construction only finish() may allocate.
class ChunkStream {
  public:
    using Each = std::function<void(const StreamedChunk&)>;

    // Keeps a reference to the pipeline, which must outlive it; `name` is what errors call the recipe's
    // file. Throws std::invalid_argument for a rate outside [kMinRateHz, kMaxRateHz], or no or more than
    // kMaxChannels channels; dslite::Error when the recipe takes whole clips (chunk.seconds = 0), which
    // only end when the stream does, or a channel that is not there.
    ChunkStream(const Pipeline& pipeline, const std::string& name, int rate_hz, int channels);
    ~ChunkStream();
    ChunkStream(ChunkStream&&) noexcept;
    ChunkStream& operator=(ChunkStream&&) noexcept;

    int rate_hz() const;
    int channels() const;
    // Frames (of the stream's rate) taken so far.
    std::int64_t frames() const;

    // Throws std::invalid_argument naming the first sample that is no finite value of magnitude up to
    // 1e12.
    void check(const float* samples, std::size_t frames) const;
    // Takes `frames` · channels interleaved samples, any number, and calls `each` for every chunk they
    // complete. Throws std::invalid_argument as check() does, or after finish(); nothing of the push is
    // then taken. What `each` throws leaves the stream in the middle of the push: it may only be destroyed.
    void push(const float* samples, std::size_t frames, const Each& each);
    // The sound ends here: calls `each` for the tail as the recipe says. A second call does nothing.
    void finish(const Each& each);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dslite
