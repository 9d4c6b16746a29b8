#include "dslite/chunk_stream.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "dslite/chunk.hpp"
#include "dslite/error.hpp"
#include "dslite/resample.hpp"
#include "dslite/wav.hpp"
#include "simd/dispatch.hpp"

namespace dslite {
namespace {

// Samples at the recipe's rate that are made from a push at once, more or less.
constexpr std::int64_t kBlock = 4096;

// Frames that, resampled, fill a block.
std::size_t block_frames(int rate_hz, int recipe_rate_hz) {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(kBlock * rate_hz / recipe_rate_hz, 1, kBlock));
}

const Recipe& streamable(const Recipe& recipe, const std::string& name, int channels) {
    if (recipe.chunk_samples() == 0) {
        throw Error(name + ": takes whole clips (chunk.seconds = 0), which cannot be streamed");
    }
    if (channels < 1 || channels > kMaxChannels) {
        throw std::invalid_argument("channels = " + std::to_string(channels) + ": expected 1 to " +
                                    std::to_string(kMaxChannels));
    }
    if (recipe.audio.channel >= channels) {
        throw Error(name + ": its recipe takes channel " + std::to_string(recipe.audio.channel) +
                    ", the stream has " + std::to_string(channels));
    }
    return recipe;
}

}  // namespace

struct ChunkStream::State {
    State(const Pipeline& pipeline, const std::string& name, int rate_hz, int channels);

    void take_block(const float* samples, std::size_t frames, const Each& each);
    void take(const float* samples, std::size_t count, const Each& each);
    void add_frames();
    void hand_over(std::size_t length, const Each& each);
    void start_next_chunk();
    bool has_tail() const;

    const Recipe& recipe;
    const Pipeline& pipeline;
    ChunkPlan chunks;
    std::size_t chunk;       // samples
    std::size_t hop;         // samples
    std::size_t frame_hop;   // samples
    std::size_t all_frames;  // of a chunk
    bool shares_frames;
    int channels;
    ResamplePlan plan;
    Resampler resampler;
    std::size_t block;
    std::int64_t frames = 0;
    bool finished = false;

    std::vector<float> mono;       // a block
    std::vector<float> resampled;  // what it became
    std::vector<float> sound;      // of the chunk in progress, from its start
    std::size_t have = 0;          // samples of it
    std::size_t skip = 0;          // samples until it starts, where hops exceed chunks
    std::int64_t start = 0;        // of it, in samples since the stream was opened
    bool is_first = true;          // chunk

    std::vector<float> mel;   // ring of (bands, frames of a chunk)
    std::size_t first = 0;    // column of its first frame
    std::size_t columns = 0;  // frames of it that are there
    Scratch scratch;
};

ChunkStream::State::State(const Pipeline& plan_of_chunk, const std::string& name, int rate_hz,
                          int channel_count)
    : recipe(streamable(plan_of_chunk.recipe(), name, channel_count)),
      pipeline(plan_of_chunk),
      chunks(recipe),
      chunk(recipe.chunk_samples()),
      hop(recipe.chunk_hop_samples()),
      frame_hop(recipe.hop_samples()),
      all_frames(pipeline.frames(chunk)),
      shares_frames(pipeline.frames_stand_alone() && hop % frame_hop == 0),
      channels(channel_count),
      plan(rate_hz, recipe.audio.sample_rate_hz),
      resampler(plan),
      block(block_frames(rate_hz, recipe.audio.sample_rate_hz)),
      mono(block),
      sound(chunk) {
    resampled.reserve(plan.output_samples(block) + 1);
    if (shares_frames) mel.resize(pipeline.bands() * all_frames);
}

void ChunkStream::State::take_block(const float* samples, std::size_t count, const Each& each) {
    mix(samples, count, channels, recipe.audio.channel, mono.data());
    resampled.clear();
    resampler.push(mono.data(), count, resampled);
    take(resampled.data(), resampled.size(), each);
    frames += static_cast<std::int64_t>(count);
}

// Sound at the recipe's rate → the chunk in progress, and the next, and so on.
void ChunkStream::State::take(const float* samples, std::size_t count, const Each& each) {
    while (count > 0) {
        const bool skipping = skip > 0;
        const std::size_t taken = std::min(count, skipping ? skip : chunk - have);
        if (skipping) {
            skip -= taken;
        } else {
            std::copy_n(samples, taken, sound.data() + have);
            have += taken;
            if (shares_frames) add_frames();
            if (have == chunk) hand_over(chunk, each);
        }
        samples += taken;
        count -= taken;
    }
}

// Every frame that is complete → its column of the ring, as many at once as lie side by side there.
void ChunkStream::State::add_frames() {
    const std::size_t complete = pipeline.frames(have);
    while (columns < complete) {
        const std::size_t at = (first + columns) % all_frames;
        const std::size_t here = std::min(complete - columns, all_frames - at);
        pipeline.mel_frames(sound.data() + columns * frame_hop, here, mel.data() + at, all_frames,
                            scratch);
        columns += here;
    }
}

// The chunk in progress, `length` samples of it sound, is complete.
void ChunkStream::State::hand_over(std::size_t length, const Each& each) {
    const MelRing ring{mel.data(), all_frames, first};
    const double rate_hz = recipe.audio.sample_rate_hz;
    StreamedChunk complete;
    complete.start_s = static_cast<double>(start) / rate_hz;
    complete.end_s = static_cast<double>(start + static_cast<std::int64_t>(length)) / rate_hz;
    complete.mel = shares_frames ? &ring : nullptr;
    complete.samples = sound.data();
    complete.count = chunk;
    each(complete);
    start_next_chunk();
}

void ChunkStream::State::start_next_chunk() {
    const std::size_t kept = hop < chunk ? chunk - hop : 0;
    std::copy(sound.data() + (chunk - kept), sound.data() + chunk, sound.data());
    have = kept;
    skip = hop > chunk ? hop - chunk : 0;
    start += static_cast<std::int64_t>(hop);
    is_first = false;
    const std::size_t passed = std::min(hop / frame_hop, columns);
    first = (first + passed) % all_frames;
    columns -= passed;
}

// Whether the sound after the last full chunk is one more, as ChunkPlan counts: here from the start
// of the chunk before, so that no count grows with the stream.
bool ChunkStream::State::has_tail() const {
    if (is_first) return chunks.count(have) > 0;
    return chunks.count(hop - skip + have) > 1;
}

ChunkStream::ChunkStream(const Pipeline& pipeline, const std::string& name, int rate_hz,
                         int channels)
    : state_(std::make_unique<State>(pipeline, name, rate_hz, channels)) {}
ChunkStream::~ChunkStream() = default;
ChunkStream::ChunkStream(ChunkStream&&) noexcept = default;
ChunkStream& ChunkStream::operator=(ChunkStream&&) noexcept = default;

int ChunkStream::rate_hz() const { return state_->plan.from_hz(); }
int ChunkStream::channels() const { return state_->channels; }
std::int64_t ChunkStream::frames() const { return state_->frames; }

void ChunkStream::check(const float* samples, std::size_t frames) const {
    const auto channels = static_cast<std::size_t>(state_->channels);
    if (kernels().all_within(samples, frames * channels, kLargestSample)) return;
    for (std::size_t i = 0; i < frames * channels; ++i) {
        if (std::fabs(samples[i]) <= kLargestSample) continue;
        throw std::invalid_argument(
            "frame " + std::to_string(i / channels) + ", channel " + std::to_string(i % channels) +
            " of the push is " + std::to_string(samples[i]) +
            ": expected finite values of magnitude up to " + kLargestSampleText);
    }
}

void ChunkStream::push(const float* samples, std::size_t frames, const Each& each) {
    const ExactScope exact;
    State& s = *state_;
    if (s.finished) {
        throw std::invalid_argument("the stream is finished: open another for more sound");
    }
    check(samples, frames);
    while (frames > 0) {
        const std::size_t count = std::min(frames, s.block);
        s.take_block(samples, count, each);
        samples += count * static_cast<std::size_t>(s.channels);
        frames -= count;
    }
}

void ChunkStream::finish(const Each& each) {
    const ExactScope exact;
    State& s = *state_;
    if (s.finished) return;
    s.finished = true;
    s.resampled.clear();
    s.resampler.flush(s.resampled);
    s.take(s.resampled.data(), s.resampled.size(), each);
    if (!s.has_tail()) return;
    const std::size_t length = s.have;
    s.chunks.complete(s.sound.data(), length);
    s.have = s.chunk;
    if (s.shares_frames) s.add_frames();
    s.hand_over(length, each);
}

}  // namespace dslite
