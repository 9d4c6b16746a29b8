// Prints fingerprints of what recipes make of signals, one line each, to compare machines by:
//
//   fingerprints                  of synthetic signals
//   fingerprints CLIP.f32...      of raw float32 samples, mono, taken to be at 16 kHz
//
// Lines are "RECIPE SIGNAL log_mel picture tensor int8" and "FROM->TO SIGNAL resampled". The
// synthetic signals come from integers alone: a C library's sine would differ from machine to
// machine by itself.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dslite/chunk.hpp"
#include "dslite/error.hpp"
#include "dslite/fingerprint.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/resample.hpp"
#include "platform/files.hpp"
#include "platform/process.hpp"

namespace {

using Samples = std::vector<float>;

struct Signal {
    std::string name;
    Samples samples;
};

constexpr std::size_t kSamples = 24000;

// Every recipe starts from this: chunks of a second and small pictures, so that an emulator is done
// within a minute.
const char* const kBase =
    "[chunk]\nseconds = 1.0\nhop_seconds = 0.5\n[picture]\nwidth = 96\nheight = 80\n";

struct NamedRecipe {
    const char* name;
    const char* toml;
};

const NamedRecipe kRecipes[] = {
    {"plain", ""},
    {"paper", "[chunk]\nseconds = 4\nhop_seconds = 2\n[picture]\nwidth = 224\nheight = 224"},
    {"repeat", "[chunk]\nseconds = 1.1\ntail = \"repeat\""},
    {"whole_clip", "[chunk]\nseconds = 0"},
    {"peak", "[audio]\nnormalize = \"peak\""},
    {"reflect", "[stft]\ncenter = \"reflect\""},
    {"zero", "[stft]\ncenter = \"zero\"\nwindow = \"hann_symmetric\""},
    {"magnitude", "[stft]\npower = 1.0\nwindow = \"hamming\""},
    {"power_1.7", "[stft]\npower = 1.7\nwindow = \"rectangular\""},
    {"power_4", "[stft]\npower = 4.0\n[scale]\nkind = \"none\""},
    {"kaldi", "[stft]\nremove_dc = true\npreemphasis = 0.97\nwindow = \"povey\""},
    {"25_ms", "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.01\nfft_seconds = 0.032"},
    {"400_points", "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.01\nfft_seconds = 0.025"},
    {"225_points", "[stft]\nwindow_seconds = 0.0128\nhop_seconds = 0.0063\nfft_seconds = 0.01411"},
    {"1009_points", "[stft]\nwindow_seconds = 0.06307\nfft_seconds = 0.06307"},
    {"2018_points", "[stft]\nwindow_seconds = 0.12614\nfft_seconds = 0.12614"},
    {"slaney", "[mel]\nscale = \"slaney\"\ntriangles = \"hz\"\nnorm = \"slaney\""},
    {"linear", "[mel]\nbands = 0"},
    {"one_band", "[mel]\nbands = 1"},
    {"log", "[scale]\nkind = \"log\"\namin = 1e-6"},
    {"raw", "[scale]\nkind = \"none\""},
    {"pcen", "[scale]\nkind = \"pcen\""},
    {"top_db", "[scale]\ntop_db = 60\nreference = \"max\""},
    {"mfcc", "[mfcc]\ncount = 40\nlifter = 22"},
    {"bilinear", "[picture]\nresize = \"bilinear\"\nwidth = 112\nheight = 200"},
    {"area", "[picture]\nresize = \"area\"\nwidth = 33\nheight = 50\ncolormap = \"gray\""},
    {"bicubic", "[picture]\nresize = \"bicubic\"\n[tensor]\nscaling = \"tf\""},
    {"lanczos3", "[picture]\nresize = \"lanczos3\"\nwidth = 160\nheight = 60\nantialias = true"},
    {"lanczos5", "[picture]\nresize = \"lanczos5\"\nwidth = 64\nheight = 96\ncolormap = \"magma\""},
    {"gaussian", "[picture]\nresize = \"gaussian\"\nantialias = true\ncolormap = \"inferno\""},
    {"mitchell", "[picture]\nresize = \"mitchellcubic\"\ncolormap = \"cividis\""},
    {"caffe", "[picture]\ncolormap = \"plasma\"\n[tensor]\nscaling = \"caffe\""},
    {"values", "[picture]\ncolormap = \"none\"\n[tensor]\nscaling = \"none\""},
};

// Simple ratios, one that needs hundreds of phases, and two whose phases are interpolated.
const std::pair<int, int> kRates[] = {{44100, 16000}, {48000, 16000}, {22050, 16000},
                                      {8000, 16000},  {16000, 44100}, {16000, 22050},
                                      {44101, 16000}, {16000, 15991}};

// value(i)·unit, exact where the value has at most 24 bits and the unit is a power of two.
Samples from_integers(const std::function<std::int32_t(std::int32_t)>& value, float unit) {
    Samples samples(kSamples);
    for (std::size_t i = 0; i < kSamples; ++i) {
        samples[i] = static_cast<float>(value(static_cast<std::int32_t>(i))) * unit;
    }
    return samples;
}

// A linear congruential generator, its upper 16 bits: −32768 … 32767.
class Noise {
  public:
    std::int32_t operator()() {
        state_ = state_ * 1664525U + 1013904223U;
        return static_cast<std::int32_t>(state_ >> 16) - 32768;
    }

  private:
    std::uint32_t state_ = 1;
};

// A hum of parabolas, near to a sine: `phase` in 1/65536 turns → −32768 … 32768.
std::int32_t hum(std::int32_t phase) {
    const std::int32_t x = (phase & 0xFFFF) - 0x8000;
    return 4 * (x - x * (x < 0 ? -x : x) / 0x8000);
}

std::vector<Signal> synthetic_signals() {
    constexpr float kUnit = 1.0F / 32768.0F;
    Noise noise;
    const auto white = [&](std::int32_t) { return noise(); };
    const auto tone = [](std::int32_t i) { return hum(i * 4099); };
    const auto sweep = [](std::int32_t i) { return hum((i >> 4) * (i >> 2)); };
    const auto saw = [](std::int32_t i) { return i * 311 % 65536 - 32768; };
    const auto square = [](std::int32_t i) { return i / 37 % 2 == 0 ? 16384 : -16384; };
    const auto clicks = [](std::int32_t i) { return i % 3571 == 100 ? 32767 : 0; };
    const auto offset = [&](std::int32_t) { return 9830 + noise() / 100; };
    const auto fading = [&](std::int32_t i) { return noise() >> (i / 1600); };
    const auto silence = [](std::int32_t) { return 0; };
    const auto subnormal = [&](std::int32_t) { return noise() >> 6; };
    return {{"noise", from_integers(white, kUnit)},
            {"loud", from_integers(white, 64.0F)},
            {"huge", from_integers(white, 3.0e7F)},  // to 9.8e11: the largest that is taken
            {"faint", from_integers(white, kUnit * kUnit)},
            {"subnormal", from_integers(subnormal, 1.4e-45F)},
            {"tone", from_integers(tone, kUnit)},
            {"sweep", from_integers(sweep, kUnit)},
            {"saw", from_integers(saw, kUnit)},
            {"square", from_integers(square, kUnit)},
            {"clicks", from_integers(clicks, kUnit)},
            {"offset", from_integers(offset, kUnit)},
            {"fading", from_integers(fading, kUnit)},
            {"silence", from_integers(silence, kUnit)}};
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Signal read_signal(const std::string& path) {
    const dslite::platform::File file = dslite::platform::open_file(path);
    if (!file) throw dslite::Error(path + ": cannot be opened");
    Samples samples;
    float buffer[4096];
    std::size_t got = 0;
    while ((got = std::fread(buffer, sizeof(float), 4096, file.get())) > 0) {
        samples.insert(samples.end(), buffer, buffer + got);
    }
    return {name_of(path), samples};
}

template <class Value>
std::string hashed(const std::vector<Value>& values) {
    return dslite::fingerprint(values.data(), values.size() * sizeof(Value));
}

// Runs one of the pipeline's calls on every chunk and hashes all that it gave.
template <class Value, class Call>
std::string hashed_chunks(const dslite::ChunkPlan& plan, const Samples& samples, Call call) {
    std::vector<Value> all;
    Samples chunk(plan.length(samples.size()));
    for (std::size_t i = 0; i < plan.count(samples.size()); ++i) {
        plan.fill(samples.data(), samples.size(), i, chunk.data());
        const std::vector<Value> values = call(chunk);
        all.insert(all.end(), values.begin(), values.end());
    }
    return hashed(all);
}

void print_recipe(const NamedRecipe& named, const std::vector<Signal>& signals) {
    const auto recipe = dslite::Recipe::parse(named.toml, dslite::Recipe::parse(kBase));
    const dslite::Pipeline pipeline(recipe);
    const dslite::ChunkPlan plan(recipe);
    const dslite::Quantization quantization = {0.02F, -7, true};
    dslite::Scratch scratch;
    const auto log_mel = [&](const Samples& x) {
        Samples out(pipeline.frames(x.size()) * pipeline.rows());
        pipeline.log_mel(x.data(), x.size(), out.data(), scratch);
        return out;
    };
    const auto picture = [&](const Samples& x) {
        Samples out(pipeline.value_count());
        pipeline.picture(x.data(), x.size(), out.data(), scratch);
        return out;
    };
    const auto tensor = [&](const Samples& x) {
        Samples out(pipeline.value_count());
        pipeline.tensor(x.data(), x.size(), out.data(), scratch);
        return out;
    };
    const auto integers = [&](const Samples& x) {
        std::vector<std::int8_t> out(pipeline.value_count());
        pipeline.tensor_quantized(x.data(), x.size(), quantization, out.data(), scratch);
        return out;
    };
    for (const auto& [name, samples] : signals) {
        std::printf("%s %s %s %s %s %s\n", named.name, name.c_str(),
                    hashed_chunks<float>(plan, samples, log_mel).c_str(),
                    hashed_chunks<float>(plan, samples, picture).c_str(),
                    hashed_chunks<float>(plan, samples, tensor).c_str(),
                    hashed_chunks<std::int8_t>(plan, samples, integers).c_str());
    }
}

void print_rates(std::pair<int, int> rates, const std::vector<Signal>& signals) {
    for (const auto& [name, samples] : signals) {
        const Samples out =
            dslite::resample(samples.data(), samples.size(), rates.first, rates.second);
        std::printf("%d->%d %s %s\n", rates.first, rates.second, name.c_str(), hashed(out).c_str());
    }
}

}  // namespace

int main(int count, char** words) {
    try {
        std::vector<Signal> signals;
        for (const std::string& path : dslite::platform::start_program(count, words)) {
            signals.push_back(read_signal(path));
        }
        if (signals.empty()) signals = synthetic_signals();
        for (const NamedRecipe& recipe : kRecipes) print_recipe(recipe, signals);
        for (const auto& rates : kRates) print_rates(rates, signals);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fingerprints: %s\n", error.what());
        return 1;
    }
    return 0;
}
