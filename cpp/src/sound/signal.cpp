#include "dslite/signal.hpp"

#include <utility>

#include "dslite/resample.hpp"

namespace dslite {

std::vector<float> to_signal(const Audio& audio, const Recipe& recipe) {
    std::vector<float> mono = to_mono(audio, recipe.audio.channel);
    if (audio.rate_hz == recipe.audio.sample_rate_hz) return mono;
    return resample(mono.data(), mono.size(), audio.rate_hz, recipe.audio.sample_rate_hz);
}

Signal read_signal(const std::string& path, const Recipe& recipe) {
    Audio audio = read_wav(path);
    return {to_signal(audio, recipe), std::move(audio.warning)};
}

}  // namespace dslite
