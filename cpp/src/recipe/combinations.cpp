// Values that are each allowed, but not together.
#include <stdexcept>

#include "src/recipe/keys.hpp"

namespace dslite {
namespace {

constexpr std::size_t kLongestTransform = std::size_t{1} << 22;

[[noreturn]] void reject(const std::string& key, const std::string& got, const std::string& want) {
    throw std::invalid_argument(key + " = " + got + ": expected " + want);
}

std::string in_samples(std::size_t samples) { return std::to_string(samples) + " samples"; }

void validate_frames(const Recipe& r) {
    const auto refuse = [&r](const char* key, double value, const std::string& want) {
        reject(key, format_toml(value) + " s at " + std::to_string(r.audio.sample_rate_hz) + " Hz",
               want);
    };
    const std::string one = "at least one sample";
    if (r.window_samples() < 1) refuse("stft.window_seconds", r.stft.window_seconds, one);
    if (r.hop_samples() < 1) refuse("stft.hop_seconds", r.stft.hop_seconds, one);
    if (r.fft_samples() < r.window_samples()) {
        refuse("stft.fft_seconds", r.stft.fft_seconds,
               "at least the window's " + in_samples(r.window_samples()));
    }
    if (r.fft_samples() > kLongestTransform) {
        refuse("stft.fft_seconds", r.stft.fft_seconds, "at most " + in_samples(kLongestTransform));
    }
    if (r.chunk_hop_samples() < 1) refuse("chunk.hop_seconds", r.chunk.hop_seconds, one);
    if (r.chunk.seconds > 0 && r.chunk_samples() < r.window_samples()) {
        refuse("chunk.seconds", r.chunk.seconds,
               "0 or at least the stft window's " + in_samples(r.window_samples()));
    }
}

void validate_bands(const Recipe& r) {
    const double nyquist = r.audio.sample_rate_hz / 2.0;
    if (r.mel.bands > 0) {
        if (r.mel.high_hz > nyquist) {
            reject("mel.high_hz", format_toml(r.mel.high_hz),
                   "at most " + format_toml(nyquist) + ", half of audio.sample_rate_hz");
        }
        if (r.mel.low_hz >= r.mel.high_hz) {
            reject("mel.low_hz", format_toml(r.mel.low_hz),
                   "less than mel.high_hz = " + format_toml(r.mel.high_hz));
        }
    }
    const long long rows = r.mel.bands > 0 ? r.mel.bands : static_cast<long long>(r.bins());
    if (r.mfcc.count > rows) {
        reject("mfcc.count", std::to_string(r.mfcc.count),
               "at most the " + std::to_string(rows) + " bands it is computed from");
    }
}

void validate_colours(const Recipe& r) {
    if (r.picture.colormap != Colormap::none || r.tensor.scaling == TensorScaling::none) return;
    std::string scaling;
    for (const TomlItem& item : items(r)) {
        if (item.key == "scaling") scaling = format_toml(item.value);
    }
    reject("tensor.scaling", scaling,
           "\"none\" with picture.colormap = \"none\": the other scalings are for colours");
}

}  // namespace

void validate_combinations(const Recipe& recipe) {
    validate_frames(recipe);
    validate_bands(recipe);
    validate_colours(recipe);
}

}  // namespace dslite
