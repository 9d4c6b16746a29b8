// A model fed live: sound in pushes of any length, answers as their chunks fill up.
//
// The answers are those of Model::predict on the whole recording, mixed to mono and resampled by
// stages 1 and 2, bit for bit and for every split into pushes: ChunkStream's chunks, each answered.
//
// Memory is bounded by the recipe and `max_answers`, whatever is pushed. Nothing is allocated once
// answers have been queued as deep as they will be; the tail in finish() may allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dslite/chunk_stream.hpp"
#include "dslite/model.hpp"

namespace dslite {

struct StreamOptions {
    // Answers kept for a consumer who is late; then the oldest is dropped, and counted.
    std::size_t max_answers = 1024;
};

// Not thread-safe; any number of streams, each on a thread of its own, may share one model, whose
// network they then take turns at. Keeps a reference to the model, which must outlive it where it is.
class Stream {
  public:
    // Sound will come at `rate_hz` with `channels` interleaved channels. Throws
    // std::invalid_argument for a rate outside [kMinRateHz, kMaxRateHz], no or more than
    // kMaxChannels channels, or no room for answers; dslite::Error when the model's recipe takes whole
    // clips (chunk.seconds = 0), which only end when the stream does, or a channel that is not there.
    Stream(Model& model, int rate_hz, int channels, const StreamOptions& options = {});
    ~Stream();
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;

    int rate_hz() const;
    int channels() const;

    // Throws std::invalid_argument naming the first sample that is no finite value of magnitude up to
    // 1e12.
    void check(const float* samples, std::size_t frames) const;
    // Takes `frames` · channels interleaved samples, any number, and answers for every chunk they
    // complete: the network runs in here. Throws std::invalid_argument as check() does, or after
    // finish(); nothing of the push is then taken, and the stream goes on as if it had not been.
    // Throws dslite::Error when the network failed: all of the push is taken, its other chunks are
    // answered, and only the failed chunk's answer is missing.
    void push(const float* samples, std::size_t frames);
    // The sound ends here: answers for the tail as the recipe says. Sound too short for any answer
    // is no error. Throws dslite::Error as push() does. A second call does nothing.
    void finish();

    // The oldest answer not yet taken, if any; `answer.scores` is reused.
    bool next(Answer& answer);
    // How many were lost because more than `max_answers` waited.
    std::uint64_t dropped() const;
    // Frames (of the stream's rate) taken so far.
    std::int64_t frames() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace dslite
