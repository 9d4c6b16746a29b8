#include "dslite/chunk.hpp"

#include <algorithm>

namespace dslite {

ChunkPlan::ChunkPlan(const Recipe& recipe)
    : chunk_(recipe.chunk_samples()), hop_(recipe.chunk_hop_samples()), tail_(recipe.chunk.tail) {}

std::size_t ChunkPlan::count(std::size_t samples) const {
    if (samples == 0) return 0;
    if (chunk_ == 0) return 1;
    const std::size_t full = samples < chunk_ ? 0 : 1 + (samples - chunk_) / hop_;
    const std::size_t held = full == 0 ? 0 : (full - 1) * hop_ + chunk_;
    const bool left = samples > held && samples > full * hop_;
    return full + (left && tail_ != Tail::drop ? 1 : 0);
}

Span ChunkPlan::span(std::size_t i, std::size_t samples) const {
    if (chunk_ == 0) return {0, samples};
    return {i * hop_, std::min(i * hop_ + chunk_, samples)};
}

void ChunkPlan::fill(const float* signal, std::size_t samples, std::size_t i,
                     float* out) const noexcept {
    const Span part = span(i, samples);
    std::copy(signal + part.start, signal + part.stop, out);
    if (chunk_ > 0) complete(out, part.stop - part.start);
}

void ChunkPlan::complete(float* chunk, std::size_t have) const noexcept {
    for (std::size_t j = have; j < chunk_; ++j) {
        chunk[j] = tail_ == Tail::repeat ? chunk[j - have] : 0.0F;
    }
}

}  // namespace dslite
