#include "dslite/batch.hpp"

#include "dslite/thread_pool.hpp"

namespace dslite {

void draw_tensors(const Pipeline& pipeline, std::size_t chunks, const ReadChunk& read,
                  unsigned threads, float* out) {
    for_each_item(chunks, threads, [&](std::size_t i, Scratch& scratch) {
        static thread_local std::vector<float> room;
        const ChunkSamples chunk = read(i, room);
        pipeline.check(chunk.samples, chunk.count);
        pipeline.tensor(chunk.samples, chunk.count, out + i * pipeline.value_count(), scratch);
    });
}

}  // namespace dslite
