#include "dslite/chunk_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace dslite {

ChunkReader::ChunkReader(const Recipe& recipe, NextBlock next_block)
    : chunks_(recipe), next_block_(std::move(next_block)) {}

bool ChunkReader::next(SignalChunk& chunk) {
    const std::size_t length = chunks_.chunk_samples();
    const std::size_t start = index_ * chunks_.hop_samples();
    forget(start);
    while (length == 0 || total_ < start + length) {
        if (!read()) return take_tail(chunk);
        forget(start);
    }
    ++index_;
    chunk = {held_.data() + (start - begin_), length, {start, start + length}};
    return true;
}

bool ChunkReader::read() {
    if (ended_ || !next_block_(block_)) {
        ended_ = true;
        return false;
    }
    total_ += block_.size();
    held_.insert(held_.end(), block_.begin(), block_.end());
    return true;
}

// Drops what lies before the sample of that index and is no longer needed: once there is as much of it as of
// the rest, so that samples are moved once on the average.
void ChunkReader::forget(std::size_t before) {
    const std::size_t done = std::min(before - std::min(before, begin_), held_.size());
    if (chunks_.chunk_samples() == 0 || 2 * done < held_.size()) return;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
    begin_ += done;
}

// What no full chunk holds, as the recipe says.
bool ChunkReader::take_tail(SignalChunk& chunk) {
    if (index_ >= chunks_.count(total_)) return false;
    const Span span = chunks_.span(index_++, total_);
    const std::size_t have = span.stop - span.start;
    const std::size_t first = span.start - begin_;
    held_.resize(first + chunks_.length(have));
    if (chunks_.chunk_samples() > 0) chunks_.complete(held_.data() + first, have);
    chunk = {held_.data() + first, chunks_.length(have), span};
    return true;
}

std::string why_no_chunk(const Recipe& recipe, std::size_t samples) {
    if (samples == 0) return "the recording is empty";
    return "the recording has " + std::to_string(samples) + " samples, fewer than a chunk's " +
           std::to_string(recipe.chunk_samples()) + ", and chunk.tail = \"drop\"";
}

}  // namespace dslite
