// The recipe: every parameter that shapes the picture, and what is decided on the answers, written as a
// small TOML text.
//
// The defaults are those of DeepSpectrumLite (Amiriparian et al., 2022) but for `chunk.tail`.
// One table, src/recipe/keys.cpp, lists the keys and their ranges; parser, validator, writer, errors and the
// Python classes follow it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dslite/toml.hpp"

namespace dslite {

enum class Normalize { none, peak };
enum class Tail { pad, repeat, drop };
enum class Window { hann, hann_symmetric, hamming, povey, rectangular };
enum class Center { none, reflect, zero };
enum class MelScale { htk, slaney };
enum class Triangles { mel, hz };
enum class MelNorm { none, slaney };
enum class ScaleKind { db, log, none, pcen };
enum class Colormap { viridis, cividis, inferno, magma, plasma, gray, none };
enum class ResizeMethod {
    nearest,
    bilinear,
    bicubic,
    area,
    lanczos3,
    lanczos5,
    gaussian,
    mitchellcubic
};
enum class TensorScaling { torch, tf, caffe, none };
enum class Smoothing { none, mean, exponential };

struct Recipe {
    static constexpr int kMix = -1;              // audio.channel = "mix"
    static constexpr double kReferenceMax = -1;  // scale.reference = "max"

    struct Audio {
        int sample_rate_hz = 16000;
        int channel = kMix;
        Normalize normalize = Normalize::none;
    } audio;
    struct Chunk {
        double seconds = 4.0;  // 0: the whole clip is one chunk
        double hop_seconds = 2.0;
        Tail tail = Tail::pad;
    } chunk;
    struct Stft {
        double window_seconds = 0.128;
        double hop_seconds = 0.064;
        double fft_seconds = 0.128;
        Window window = Window::hann;
        Center center = Center::none;
        double power = 2.0;
        double preemphasis = 0.0;
        bool remove_dc = false;
    } stft;
    struct Mel {
        int bands = 128;  // 0: the linear spectrum is the picture
        double low_hz = 0.0;
        double high_hz = 8000.0;
        MelScale scale = MelScale::htk;
        Triangles triangles = Triangles::mel;
        MelNorm norm = MelNorm::none;
    } mel;
    struct Scale {
        ScaleKind kind = ScaleKind::db;
        double amin = 1e-16;
        double reference = 1.0;  // or kReferenceMax
        double top_db = 0.0;     // 0: off
    } scale;
    struct Mfcc {
        int count = 0;  // 0: off
        double lifter = 0;
    } mfcc;
    struct Picture {
        Colormap colormap = Colormap::viridis;
        int width = 224;
        int height = 224;
        ResizeMethod resize = ResizeMethod::nearest;
        bool antialias = false;
    } picture;
    struct Tensor {
        TensorScaling scaling = TensorScaling::torch;
    } tensor;
    struct Decision {  // shapes no picture: what becomes of the answers, see decision.hpp
        Smoothing smoothing = Smoothing::none;
        int smoothing_chunks = 3;       // of "mean"
        double smoothing_factor = 0.5;  // of "exponential"
        double threshold = 0.0;         // 0: none
        std::string class_thresholds;   // "dog = 0.8; silence = off"
        double minimum_seconds = 0.0;
        double refractory_seconds = 0.0;
    } decision;

    // Reads a recipe, keys not named keeping the values of `base`. Throws std::invalid_argument
    // naming the key, its line and what was expected.
    static Recipe parse(std::string_view toml, const Recipe& base);
    static Recipe parse(std::string_view toml);
    // `base` with other values, as parse() does it. Items of line 0 stand in no text.
    static Recipe with(const std::vector<TomlItem>& written, const Recipe& base);
    // A recipe by the name of the system whose features it computes. Throws std::invalid_argument,
    // listing preset_names(), for any other name.
    static Recipe preset(std::string_view name);
    static std::vector<std::string> preset_names();
    // Every key, in the order of the design; parse(to_toml()) is the same recipe.
    std::string to_toml() const;
    // Throws std::invalid_argument when a value or a combination is impossible.
    void validate() const;

    // Seconds → samples, truncated: int(seconds · sample_rate_hz).
    std::size_t samples(double seconds) const;
    std::size_t chunk_samples() const { return samples(chunk.seconds); }
    std::size_t chunk_hop_samples() const { return samples(chunk.hop_seconds); }
    std::size_t window_samples() const { return samples(stft.window_seconds); }
    std::size_t hop_samples() const { return samples(stft.hop_seconds); }
    std::size_t fft_samples() const { return samples(stft.fft_seconds); }
    // FFT bins: fft_samples() / 2 + 1.
    std::size_t bins() const { return fft_samples() / 2 + 1; }
    // Rows of the picture before it is resized: MFCCs, else mel bands, else FFT bins.
    std::size_t rows() const;
    // Of the picture: 3, or 1 when the colormap is "none".
    int channels() const { return picture.colormap == Colormap::none ? 1 : 3; }
};

bool operator==(const Recipe& a, const Recipe& b);
inline bool operator!=(const Recipe& a, const Recipe& b) { return !(a == b); }

// Every key with its value as the TOML writes it, for those who list a recipe (Python, --info).
std::vector<TomlItem> items(const Recipe& recipe);
// What a key may be, in the words of its error: "seconds above 0 and at most 86400". Throws
// std::invalid_argument for what is no key.
std::string expectation(std::string_view table, std::string_view name);

}  // namespace dslite
