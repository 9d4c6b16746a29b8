// Recipes by the name of the system whose features they compute, as differences to the default.
#include <stdexcept>

#include "dslite/recipe.hpp"

namespace dslite {
namespace {

struct Preset {
    const char* name;
    const char* toml;
};

// Seconds are a little above the whole number of samples that they stand for: truncation then gives
// exactly that number.
constexpr Preset kPresets[] = {
    // Amiriparian et al. (2022); a clip's tail is dropped.
    {"deepspectrumlite", "[chunk]\ntail = \"drop\"\n"},
    // librosa.feature.melspectrogram and power_to_db with their own defaults: 2048, 512 samples.
    {"librosa",
     "[audio]\nsample_rate_hz = 22050\n"
     "[stft]\nwindow_seconds = 0.0929\nhop_seconds = 0.02323\nfft_seconds = 0.0929\n"
     "center = \"zero\"\n"
     "[mel]\nhigh_hz = 11025.0\nscale = \"slaney\"\ntriangles = \"hz\"\nnorm = \"slaney\"\n"
     "[scale]\namin = 1e-10\ntop_db = 80.0\n"},
    // torchaudio.transforms.MelSpectrogram and AmplitudeToDB: 400, 200 samples.
    {"torchaudio",
     "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.0125\nfft_seconds = 0.025\n"
     "center = \"reflect\"\n"
     "[mel]\ntriangles = \"hz\"\n"
     "[scale]\namin = 1e-10\n"},
    // Kaldi's compute-fbank-feats without dither, on samples of ±1.
    {"kaldi",
     "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.01\nfft_seconds = 0.032\n"
     "window = \"povey\"\npreemphasis = 0.97\nremove_dc = true\n"
     "[mel]\nbands = 23\nlow_hz = 20.0\n"
     "[scale]\nkind = \"log\"\n"},
    // YAMNet's (and VGGish's) patches of 96 frames: 15600 samples.
    {"yamnet",
     "[chunk]\nseconds = 0.975\nhop_seconds = 0.48\n"
     "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.01\nfft_seconds = 0.032\npower = 1.0\n"
     "[mel]\nbands = 64\nlow_hz = 125.0\nhigh_hz = 7500.0\n"
     "[scale]\nkind = \"log\"\namin = 0.001\n"},
    // Whisper's log-mel, in dB: it takes log10, floors 8 below the maximum, adds 4 and divides by 4.
    {"whisper",
     "[chunk]\nseconds = 30.0\nhop_seconds = 30.0\n"
     "[stft]\nwindow_seconds = 0.025\nhop_seconds = 0.01\nfft_seconds = 0.025\n"
     "center = \"reflect\"\n"
     "[mel]\nbands = 80\nscale = \"slaney\"\ntriangles = \"hz\"\nnorm = \"slaney\"\n"
     "[scale]\namin = 1e-10\ntop_db = 80.0\n"},
    // Our own, after the figures of single keys in benches/RESULTS.md: short utterances,
    {"speech",
     "[chunk]\nseconds = 2.0\nhop_seconds = 1.0\n"
     "[stft]\nwindow_seconds = 0.042\nhop_seconds = 0.0208\nfft_seconds = 0.064\n"
     "[mel]\nbands = 96\n"
     "[scale]\ntop_db = 80.0\n"
     "[picture]\ncolormap = \"magma\"\nwidth = 96\nheight = 96\nresize = \"bilinear\"\n"},
    // and sounds of the surroundings.
    {"environment",
     "[audio]\nsample_rate_hz = 22050\n"
     "[chunk]\nseconds = 5.05\nhop_seconds = 2.5\n"
     "[stft]\nwindow_seconds = 0.105\nhop_seconds = 0.0525\nfft_seconds = 0.105\n"
     "[mel]\nbands = 96\nhigh_hz = 11025.0\n"
     "[scale]\ntop_db = 60.0\n"
     "[picture]\ncolormap = \"magma\"\nwidth = 96\nheight = 96\nresize = \"bilinear\"\n"},
};

}  // namespace

Recipe Recipe::preset(std::string_view name) {
    for (const Preset& preset : kPresets) {
        if (name == preset.name) return parse(preset.toml);
    }
    std::string known;
    for (const std::string& other : preset_names()) known += (known.empty() ? "" : ", ") + other;
    throw std::invalid_argument("preset \"" + std::string(name) + "\": expected one of " + known);
}

std::vector<std::string> Recipe::preset_names() {
    std::vector<std::string> names;
    for (const Preset& preset : kPresets) names.emplace_back(preset.name);
    return names;
}

}  // namespace dslite
