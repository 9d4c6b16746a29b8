#include "dslite/signal.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

#include "dslite/resample.hpp"
#include "platform/files.hpp"
#include "src/sound/wav_format.hpp"
#include "src/sound/wav_pipe.hpp"

namespace dslite {
namespace {

constexpr std::size_t kBlockFrames = 32768;  // that are read at once

// The bytes of what can be read once only.
ReadBytes bytes_of(const std::string& path) {
    std::shared_ptr<std::FILE> file = platform::open_file(path);
    if (!file) fail_with_errno(path, "cannot be opened: ");
    return [file, path](std::uint8_t* to, std::size_t size) {
        const std::size_t got = std::fread(to, 1, size, file.get());
        if (got == 0 && std::ferror(file.get()) != 0) fail_with_errno(path, "cannot be read: ");
        return got;
    };
}

}  // namespace

std::vector<float> to_signal(const Audio& audio, int rate_hz, int channel) {
    std::vector<float> mono = to_mono(audio, channel);
    if (audio.rate_hz == rate_hz) return mono;
    return resample(mono.data(), mono.size(), audio.rate_hz, rate_hz);
}

struct SignalReader::State {
    State(const std::string& path, int rate_hz, int channel);
    State(ReadBytes read, const std::string& name, int rate_hz, int channel);
    void begin(int file_rate_hz, int channels, int rate_hz);
    std::size_t read_mono();
    void check_finite(std::size_t count) const;

    std::string path;
    int channel;
    std::optional<WavFile> file;
    std::optional<WavPipe> pipe;  // of what is no regular file
    std::shared_ptr<const ResamplePlan> plan;
    std::optional<Resampler> resampler;
    std::size_t frame = 0;  // the next to be read
    std::vector<float> mono;
    bool ended = false;
};

SignalReader::State::State(const std::string& p, int rate_hz, int c) : path(p), channel(c) {
    if (!platform::is_regular(path)) {
        pipe.emplace(bytes_of(path), path);
        begin(pipe->rate_hz(), pipe->channels(), rate_hz);
    } else {
        file.emplace(path);
        begin(file->rate_hz(), file->channels(), rate_hz);
    }
}

SignalReader::State::State(ReadBytes read, const std::string& name, int rate_hz, int c)
    : path(name), channel(c) {
    pipe.emplace(std::move(read), name);
    begin(pipe->rate_hz(), pipe->channels(), rate_hz);
}

void SignalReader::State::begin(int file_rate_hz, int channels, int rate_hz) {
    if (channel >= channels) {
        fail(path, "has " + std::to_string(channels) + " channels, the recipe asks for channel " +
                       std::to_string(channel));
    }
    if (file_rate_hz == rate_hz) return;
    plan = recent_plan(file_rate_hz, rate_hz);
    resampler.emplace(*plan);
}

std::size_t SignalReader::State::read_mono() {
    std::size_t count = file ? std::min(kBlockFrames, file->frames() - frame) : kBlockFrames;
    mono.resize(count);
    if (file) {
        file->read_mono(frame, count, channel, mono.data());
    } else {
        count = pipe->read_mono(count, channel, mono.data());
        mono.resize(count);
    }
    if (file ? file->is_float() : pipe->is_float()) check_finite(count);
    frame += count;
    return count;
}

void SignalReader::State::check_finite(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
        if (std::isfinite(mono[i])) continue;
        fail(path, "frame " + std::to_string(frame + i) + " is " +
                       (std::isnan(mono[i]) ? "not a number" : "infinite") +
                       ", expected a finite float32");
    }
}

SignalReader::SignalReader(const std::string& path, int rate_hz, int channel)
    : state_(std::make_unique<State>(path, rate_hz, channel)) {}
SignalReader::SignalReader(ReadBytes read, const std::string& name, int rate_hz, int channel)
    : state_(std::make_unique<State>(std::move(read), name, rate_hz, channel)) {}
SignalReader::~SignalReader() = default;

const std::string& SignalReader::warning() const {
    return state_->file ? state_->file->warning() : state_->pipe->warning();
}

bool SignalReader::next(std::vector<float>& block) {
    State& s = *state_;
    block.clear();
    // A resampler may need more than one block before it gives any sample.
    while (block.empty() && !s.ended) {
        const std::size_t count = s.read_mono();
        s.ended = count == 0;
        if (!s.resampler) {
            block.swap(s.mono);
        } else if (s.ended) {
            s.resampler->flush(block);
        } else {
            s.resampler->push(s.mono.data(), count, block);
        }
    }
    return !block.empty();
}

Signal read_signal(const std::string& path, const Recipe& recipe) {
    SignalReader reader(path, recipe.audio.sample_rate_hz, recipe.audio.channel);
    Signal signal;
    std::vector<float> block;
    while (reader.next(block)) {
        signal.samples.insert(signal.samples.end(), block.begin(), block.end());
    }
    signal.warning = reader.warning();
    return signal;
}

}  // namespace dslite
