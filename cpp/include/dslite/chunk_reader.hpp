// Stage 3 of a recording that comes in blocks: its chunks, one after the other, as ChunkPlan cuts the whole.
//
// Memory is a chunk's and a block's, however long the recording is; all of it where the recipe takes whole
// clips (chunk.seconds = 0).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "dslite/chunk.hpp"
#include "dslite/recipe.hpp"

namespace dslite {

// Puts the next samples, one or more, in place of what `block` holds; false when the recording has ended.
using NextBlock = std::function<bool(std::vector<float>& block)>;

struct SignalChunk {
    const float* samples = nullptr;  // valid until the next chunk is asked for
    std::size_t count = 0;           // what fills up a short one included
    Span span;                       // of the sound in it, in the recording
};

class ChunkReader {
  public:
    ChunkReader(const Recipe& recipe, NextBlock next_block);

    // The next chunk; false when there is none. Throws what `next_block` throws.
    bool next(SignalChunk& chunk);
    // The recording's samples so far; all of them once next() was false.
    std::size_t samples() const { return total_; }
    // Chunks so far.
    std::size_t chunks() const { return index_; }

  private:
    bool read();
    void forget(std::size_t before);
    bool take_tail(SignalChunk& chunk);

    ChunkPlan chunks_;
    NextBlock next_block_;
    std::vector<float> held_;  // the recording from sample begin_ on
    std::vector<float> block_;
    std::size_t begin_ = 0;
    std::size_t total_ = 0;
    std::size_t index_ = 0;  // of the next chunk
    bool ended_ = false;
};

// Why a recording of so many samples holds no chunk.
std::string why_no_chunk(const Recipe& recipe, std::size_t samples);

}  // namespace dslite
