#include "dslite/stream.hpp"

#include <exception>
#include <utility>

#include "dslite/chunk_stream.hpp"
#include "src/model/answer_queue.hpp"

namespace dslite {

struct Stream::State {
    State(Model& model, int rate_hz, int channels, const StreamOptions& options);

    void answer(const StreamedChunk& chunk);
    void throw_failure();

    Model& model;
    ChunkStream chunks;
    Answer made;
    AnswerQueue answers;
    std::exception_ptr failure;
};

Stream::State::State(Model& m, int rate_hz, int channels, const StreamOptions& options)
    : model(m),
      chunks(m.pipeline(), m.bundle().name(), rate_hz, channels),
      made(model.empty_answer()),
      answers(options.max_answers) {}

// What the network does wrong must not cost the sound after it: it is thrown when the push is done.
void Stream::State::answer(const StreamedChunk& chunk) {
    try {
        if (chunk.mel) {
            model.scores(*chunk.mel, made.scores.data(), made.maps.data());
        } else {
            model.scores(chunk.samples, chunk.count, made.scores.data(), made.maps.data());
        }
        made.start_s = chunk.start_s;
        made.end_s = chunk.end_s;
        made.best = index_of_best(made.scores);
        answers.add(made);
    } catch (...) {
        if (!failure) failure = std::current_exception();
    }
}

void Stream::State::throw_failure() {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
}

Stream::Stream(Model& model, int rate_hz, int channels, const StreamOptions& options)
    : state_(std::make_unique<State>(model, rate_hz, channels, options)) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

int Stream::rate_hz() const { return state_->chunks.rate_hz(); }
int Stream::channels() const { return state_->chunks.channels(); }
std::int64_t Stream::frames() const { return state_->chunks.frames(); }
std::uint64_t Stream::dropped() const { return state_->answers.dropped(); }
bool Stream::next(Answer& answer) { return state_->answers.take(answer); }

void Stream::check(const float* samples, std::size_t frames) const {
    state_->chunks.check(samples, frames);
}

void Stream::push(const float* samples, std::size_t frames) {
    State& s = *state_;
    s.chunks.push(samples, frames, [&s](const StreamedChunk& chunk) { s.answer(chunk); });
    s.throw_failure();
}

void Stream::finish() {
    State& s = *state_;
    s.chunks.finish([&s](const StreamedChunk& chunk) { s.answer(chunk); });
    s.throw_failure();
}

}  // namespace dslite
