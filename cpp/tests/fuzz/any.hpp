// What the fuzzers of sound draw from their input: recipes of every kind, small enough that thousands are
// tried in a second, and samples.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "dslite/recipe.hpp"

namespace fuzz {

// Memory of exactly so many values: the sanitizer sees one too many.
class Exact {
  public:
    explicit Exact(std::size_t count) : values_(new float[count]()), count_(count) {}
    float* data() { return values_.get(); }
    const float* data() const { return values_.get(); }
    std::size_t size() const { return count_; }

  private:
    std::unique_ptr<float[]> values_;
    std::size_t count_;
};

template <typename Enum>
Enum any_of(FuzzedDataProvider& data, Enum last) {
    return static_cast<Enum>(data.ConsumeIntegralInRange<int>(0, static_cast<int>(last)));
}

// Which becomes this number of samples, by truncation.
inline double seconds(FuzzedDataProvider& data, int least, int most, int rate_hz) {
    return (data.ConsumeIntegralInRange(least, most) + 0.5) / rate_hz;
}

inline void draw_spectrum(FuzzedDataProvider& data, dslite::Recipe& recipe) {
    using namespace dslite;
    const int rate_hz = recipe.audio.sample_rate_hz;
    recipe.stft.window_seconds = seconds(data, 1, 130, rate_hz);
    recipe.stft.hop_seconds = seconds(data, 1, 100, rate_hz);
    const int window = static_cast<int>(recipe.window_samples());
    recipe.stft.fft_seconds =
        seconds(data, window, window + data.ConsumeIntegralInRange(0, 130), rate_hz);
    recipe.stft.window = any_of(data, Window::rectangular);
    recipe.stft.center = any_of(data, Center::zero);
    recipe.stft.power = data.ConsumeIntegralInRange(1, 6) / 2.0;
    recipe.stft.preemphasis = data.ConsumeIntegralInRange(0, 3) / 4.0;
    recipe.stft.remove_dc = data.ConsumeBool();
    // Few bands are wide ones, whose padding may reach past the bins.
    recipe.mel.bands = data.ConsumeIntegralInRange(0, data.ConsumeBool() ? 3 : 70);
    const int nyquist = rate_hz / 2;
    const bool all = data.ConsumeBool();
    recipe.mel.low_hz = all ? 0 : data.ConsumeIntegralInRange(0, nyquist - 1);
    recipe.mel.high_hz =
        all ? nyquist
            : data.ConsumeIntegralInRange(static_cast<int>(recipe.mel.low_hz) + 1, nyquist);
    recipe.mel.scale = any_of(data, MelScale::slaney);
    recipe.mel.triangles = any_of(data, Triangles::hz);
    recipe.mel.norm = any_of(data, MelNorm::slaney);
}

inline void draw_picture(FuzzedDataProvider& data, dslite::Recipe& recipe) {
    using namespace dslite;
    recipe.scale.kind = any_of(data, ScaleKind::pcen);
    recipe.scale.amin = std::pow(10.0, -data.ConsumeIntegralInRange(1, 20));
    recipe.scale.reference = data.ConsumeBool() ? 1.0 : Recipe::kReferenceMax;
    recipe.scale.top_db = 20.0 * data.ConsumeIntegralInRange(0, 4);
    recipe.mfcc.count = data.ConsumeIntegralInRange(0, 40);
    recipe.mfcc.lifter = data.ConsumeIntegralInRange(0, 30);
    recipe.picture.colormap = any_of(data, Colormap::none);
    recipe.picture.width = data.ConsumeIntegralInRange(1, 40);
    recipe.picture.height = data.ConsumeIntegralInRange(1, 40);
    recipe.picture.resize = any_of(data, ResizeMethod::mitchellcubic);
    recipe.picture.antialias = data.ConsumeBool();
    const bool values = recipe.picture.colormap == Colormap::none;
    recipe.tensor.scaling = values ? TensorScaling::none : any_of(data, TensorScaling::none);
}

// A length of some thirty frames at most.
inline int any_samples(FuzzedDataProvider& data, const dslite::Recipe& recipe) {
    const auto window = static_cast<int>(recipe.window_samples());
    const auto hop = static_cast<int>(recipe.hop_samples());
    return data.ConsumeIntegralInRange(window, window + 35 * hop);
}

// Any recipe, valid or not: Recipe::validate() decides.
inline dslite::Recipe any_recipe(FuzzedDataProvider& data) {
    using namespace dslite;
    Recipe recipe;
    constexpr int kRates[] = {100, 8000, 11025, 16000, 22050, 44100, 48000};
    recipe.audio.sample_rate_hz = data.PickValueInArray(kRates);
    recipe.audio.channel = data.ConsumeIntegralInRange(-1, 2);
    recipe.audio.normalize = any_of(data, Normalize::peak);
    draw_spectrum(data, recipe);
    const bool clips = data.ConsumeIntegralInRange(0, 7) == 0;
    const int samples = any_samples(data, recipe);
    recipe.chunk.seconds = clips ? 0.0 : (samples + 0.5) / recipe.audio.sample_rate_hz;
    recipe.chunk.hop_seconds = seconds(data, 1, 2500, recipe.audio.sample_rate_hz);
    if (data.ConsumeBool()) {  // so that chunks share frames
        recipe.chunk.hop_seconds =
            (static_cast<double>(recipe.hop_samples()) * data.ConsumeIntegralInRange(1, 20) + 0.5) /
            recipe.audio.sample_rate_hz;
    }
    recipe.chunk.tail = any_of(data, Tail::drop);
    draw_picture(data, recipe);
    return recipe;
}

// The rest of the input as samples of 16 bits, repeated with a change where more are wanted; or now and
// then all the same, or extremes.
inline void fill(FuzzedDataProvider& data, float* samples, std::size_t count) {
    const int kind = data.ConsumeIntegralInRange(0, 9);
    const float scale = kind == 0 ? 1e12F / 32768.0F : kind == 1 ? 1e-40F : 1.0F / 32768.0F;
    const std::vector<std::uint8_t> bytes =
        data.ConsumeBytes<std::uint8_t>(std::min(2 * count, data.remaining_bytes()));
    std::uint32_t noise = 1;
    for (std::size_t i = 0; i < count; ++i) {
        noise = noise * 1664525U + 1013904223U;
        const std::size_t at = 2 * i;
        std::uint32_t bits = kind == 2 ? 0U : noise >> 16U;
        if (at + 1 < bytes.size()) {
            bits = static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1])
                                                               << 8U;
        }
        samples[i] = static_cast<float>(static_cast<std::int16_t>(bits)) * scale;
    }
}

}  // namespace fuzz
