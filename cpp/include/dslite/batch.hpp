// Stages 4 to 11 of many chunks, on many threads.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "dslite/pipeline.hpp"

namespace dslite {

// A chunk's samples: in memory that outlives the call, or in `room`, which the thread keeps.
struct ChunkSamples {
    const float* samples = nullptr;
    std::size_t count = 0;
};
using ReadChunk = std::function<ChunkSamples(std::size_t index, std::vector<float>& room)>;

// Chunks 0 … chunks − 1 → out, each (height, width, channels), by for_each_item(). `read` is called from
// several threads. Throws what it throws, and std::invalid_argument as Pipeline::check() does.
void draw_tensors(const Pipeline& pipeline, std::size_t chunks, const ReadChunk& read,
                  unsigned threads, float* out);

}  // namespace dslite
