#include "dslite/signal.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "dslite/resample.hpp"
#include "platform/files.hpp"
#include "src/sound/wav_format.hpp"

namespace dslite {
namespace {

constexpr std::size_t kBlockFrames = 32768;  // that are read at once

}  // namespace

std::vector<float> to_signal(const Audio& audio, int rate_hz, int channel) {
    std::vector<float> mono = to_mono(audio, channel);
    if (audio.rate_hz == rate_hz) return mono;
    return resample(mono.data(), mono.size(), audio.rate_hz, rate_hz);
}

struct SignalReader::State {
    State(const std::string& path, int rate_hz, int channel);
    void check_channel(int channels) const;
    std::size_t read_mono();
    void check_finite(std::size_t count) const;

    std::string path;
    int channel;
    std::optional<WavFile> file;
    Signal whole;  // of what is no regular file
    std::optional<ResamplePlan> plan;
    std::optional<Resampler> resampler;
    std::size_t frame = 0;  // the next to be read
    std::vector<float> mono;
    bool ended = false;
};

SignalReader::State::State(const std::string& p, int rate_hz, int c) : path(p), channel(c) {
    if (!platform::is_regular(path)) {
        Audio audio = read_wav(path);
        check_channel(audio.channels);
        whole = {to_signal(audio, rate_hz, channel), std::move(audio.warning)};
        return;
    }
    file.emplace(path);
    check_channel(file->channels());
    if (file->rate_hz() == rate_hz) return;
    plan.emplace(file->rate_hz(), rate_hz);
    resampler.emplace(*plan);
}

void SignalReader::State::check_channel(int channels) const {
    if (channel < channels) return;
    fail(path, "has " + std::to_string(channels) + " channels, the recipe asks for channel " +
                   std::to_string(channel));
}

std::size_t SignalReader::State::read_mono() {
    const std::size_t count = std::min(kBlockFrames, file->frames() - frame);
    mono.resize(count);
    file->read_mono(frame, count, channel, mono.data());
    if (file->is_float()) check_finite(count);
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
SignalReader::~SignalReader() = default;

const std::string& SignalReader::warning() const {
    return state_->file ? state_->file->warning() : state_->whole.warning;
}

bool SignalReader::next(std::vector<float>& block) {
    State& s = *state_;
    block.clear();
    if (!s.file) {
        block.swap(s.whole.samples);
        return !block.empty();
    }
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
    Signal signal{{}, reader.warning()};
    std::vector<float> block;
    while (reader.next(block)) {
        signal.samples.insert(signal.samples.end(), block.begin(), block.end());
    }
    return signal;
}

}  // namespace dslite
