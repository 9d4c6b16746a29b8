// Stage 3: signal → chunks of `chunk.seconds`, one every `chunk.hop_seconds` from its start.
#pragma once

#include <cstddef>

#include "dslite/recipe.hpp"

namespace dslite {

// Samples [start, stop) of the signal.
struct Span {
    std::size_t start = 0;
    std::size_t stop = 0;
};

class ChunkPlan {
  public:
    explicit ChunkPlan(const Recipe& recipe);

    // Length of every chunk; 0 when the whole signal is one.
    std::size_t chunk_samples() const { return chunk_; }
    std::size_t hop_samples() const { return hop_; }

    // Full chunks, and one more where sound is left that none of them holds (unless the tail is
    // dropped). Sound in the gap between chunks when the hop exceeds the chunk is skipped by intent.
    std::size_t count(std::size_t samples) const;
    // The part of the signal in chunk i, shorter than a chunk only at the end.
    Span span(std::size_t i, std::size_t samples) const;
    // Length of what fill() writes.
    std::size_t length(std::size_t samples) const { return chunk_ > 0 ? chunk_ : samples; }
    // Chunk i of the signal → out, its missing end silent or the chunk's own sound looped.
    void fill(const float* signal, std::size_t samples, std::size_t i, float* out) const noexcept;
    // A part of `have` samples at the front of `chunk` → a whole chunk.
    void complete(float* chunk, std::size_t have) const noexcept;

  private:
    std::size_t chunk_;
    std::size_t hop_;
    Tail tail_;
};

}  // namespace dslite
