#include "dslite/recipe.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "class_thresholds.hpp"

namespace dslite {
namespace {

[[noreturn]] void reject(const std::string& key, const std::string& got, const std::string& want) {
    throw std::invalid_argument(key + " = " + got + ": expected " + want);
}

std::string quoted_list(const std::vector<const char*>& names) {
    std::string text;
    for (const char* name : names) {
        text += (text.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    }
    return text;
}

// One row of the table of keys: how the key is read from a recipe and written into one. `write`
// throws std::invalid_argument "expected …" (the caller adds key and line).
struct Key {
    const char* table;
    const char* name;
    std::function<TomlValue(const Recipe&)> read;
    std::function<void(Recipe&, const TomlValue&)> write;
};

[[noreturn]] void expected(const std::string& what) { throw std::invalid_argument(what); }

double number_of(const TomlValue& value, const std::string& what) {
    if (const double* number = std::get_if<double>(&value)) return *number;
    if (const long long* integer = std::get_if<long long>(&value)) {
        return static_cast<double>(*integer);
    }
    expected(what);
}

// Sections: a pointer to the section in the recipe and one to the field in the section.
template <class S>
Key number_key(const char* table, const char* name, S Recipe::* section, double S::* field,
               double low, double high, const char* range) {
    return {table, name, [=](const Recipe& r) -> TomlValue { return r.*section.*field; },
            [=](Recipe& r, const TomlValue& value) {
                const double number = number_of(value, range);
                if (!(number >= low && number <= high)) expected(range);
                r.*section.*field = number;
            }};
}

template <class S>
Key integer_key(const char* table, const char* name, S Recipe::* section, int S::* field, int low,
                int high, const char* range) {
    return {table, name,
            [=](const Recipe& r) -> TomlValue { return static_cast<long long>(r.*section.*field); },
            [=](Recipe& r, const TomlValue& value) {
                const long long* integer = std::get_if<long long>(&value);
                if (!integer || *integer < low || *integer > high) expected(range);
                r.*section.*field = static_cast<int>(*integer);
            }};
}

template <class S>
Key flag_key(const char* table, const char* name, S Recipe::* section, bool S::* field) {
    return {table, name, [=](const Recipe& r) -> TomlValue { return r.*section.*field; },
            [=](Recipe& r, const TomlValue& value) {
                const bool* flag = std::get_if<bool>(&value);
                if (!flag) expected("true or false");
                r.*section.*field = *flag;
            }};
}

// The names are in the order of the enumerators.
template <class S, class E>
Key choice_key(const char* table, const char* name, S Recipe::* section, E S::* field,
               const std::vector<const char*>& names) {
    return {table, name,
            [=](const Recipe& r) -> TomlValue {
                return std::string(names[static_cast<std::size_t>(r.*section.*field)]);
            },
            [=](Recipe& r, const TomlValue& value) {
                const std::string* text = std::get_if<std::string>(&value);
                for (std::size_t i = 0; text && i < names.size(); ++i) {
                    if (*text == names[i]) {
                        r.*section.*field = static_cast<E>(i);
                        return;
                    }
                }
                expected("one of " + quoted_list(names));
            }};
}

Key channel_key() {
    const char* want = "\"mix\" or a channel number 0 … 1023";
    return {"audio", "channel",
            [](const Recipe& r) -> TomlValue {
                if (r.audio.channel == Recipe::kMix) return std::string("mix");
                return static_cast<long long>(r.audio.channel);
            },
            [=](Recipe& r, const TomlValue& value) {
                const std::string* text = std::get_if<std::string>(&value);
                const long long* integer = std::get_if<long long>(&value);
                if (text && *text == "mix") {
                    r.audio.channel = Recipe::kMix;
                } else if (integer && *integer >= 0 && *integer < 1024) {
                    r.audio.channel = static_cast<int>(*integer);
                } else {
                    expected(want);
                }
            }};
}

Key reference_key() {
    const char* want = "\"max\" or a number above 0";
    return {"scale", "reference",
            [](const Recipe& r) -> TomlValue {
                if (r.scale.reference == Recipe::kReferenceMax) return std::string("max");
                return r.scale.reference;
            },
            [=](Recipe& r, const TomlValue& value) {
                const std::string* text = std::get_if<std::string>(&value);
                if (text) {
                    if (*text != "max") expected(want);
                    r.scale.reference = Recipe::kReferenceMax;
                    return;
                }
                const double number = number_of(value, want);
                if (!(number >= 1e-30 && number <= 1e30)) expected(want);
                r.scale.reference = number;
            }};
}

// A text that `check` throws "expected …" at where it is wrong.
template <class S, class Check>
Key text_key(const char* table, const char* name, S Recipe::* section, std::string S::* field,
             Check check) {
    return {table, name, [=](const Recipe& r) -> TomlValue { return r.*section.*field; },
            [=](Recipe& r, const TomlValue& value) {
                const std::string* text = std::get_if<std::string>(&value);
                if (!text) expected("a \"text\"");
                check(*text);
                r.*section.*field = *text;
            }};
}

std::vector<Key> make_keys() {
    using R = Recipe;
    constexpr double kDay = 86400;
    const char* duration = "seconds from 0 (the whole clip) to 86400";
    const char* step = "seconds above 0 and at most 86400";
    constexpr double kTiny = 1e-9;
    return {
        integer_key("audio", "sample_rate_hz", &R::audio, &R::Audio::sample_rate_hz, 100, 768000,
                    "a whole number of Hz from 100 to 768000"),
        channel_key(),
        choice_key("audio", "normalize", &R::audio, &R::Audio::normalize, {"none", "peak"}),
        number_key("chunk", "seconds", &R::chunk, &R::Chunk::seconds, 0, kDay, duration),
        number_key("chunk", "hop_seconds", &R::chunk, &R::Chunk::hop_seconds, kTiny, kDay, step),
        choice_key("chunk", "tail", &R::chunk, &R::Chunk::tail, {"pad", "repeat", "drop"}),
        number_key("stft", "window_seconds", &R::stft, &R::Stft::window_seconds, kTiny, kDay, step),
        number_key("stft", "hop_seconds", &R::stft, &R::Stft::hop_seconds, kTiny, kDay, step),
        number_key("stft", "fft_seconds", &R::stft, &R::Stft::fft_seconds, kTiny, kDay, step),
        choice_key("stft", "window", &R::stft, &R::Stft::window,
                   {"hann", "hann_symmetric", "hamming", "povey", "rectangular"}),
        choice_key("stft", "center", &R::stft, &R::Stft::center, {"none", "reflect", "zero"}),
        number_key("stft", "power", &R::stft, &R::Stft::power, 0.1, 4, "a number from 0.1 to 4"),
        number_key("stft", "preemphasis", &R::stft, &R::Stft::preemphasis, 0, 1,
                   "a number from 0 to 1"),
        flag_key("stft", "remove_dc", &R::stft, &R::Stft::remove_dc),
        integer_key("mel", "bands", &R::mel, &R::Mel::bands, 0, 4096,
                    "a whole number from 0 (no mel) to 4096"),
        number_key("mel", "low_hz", &R::mel, &R::Mel::low_hz, 0, 384000, "Hz from 0"),
        number_key("mel", "high_hz", &R::mel, &R::Mel::high_hz, 1e-3, 384000, "Hz above 0"),
        choice_key("mel", "scale", &R::mel, &R::Mel::scale, {"htk", "slaney"}),
        choice_key("mel", "triangles", &R::mel, &R::Mel::triangles, {"mel", "hz"}),
        choice_key("mel", "norm", &R::mel, &R::Mel::norm, {"none", "slaney"}),
        choice_key("scale", "kind", &R::scale, &R::Scale::kind, {"db", "log", "none", "pcen"}),
        number_key("scale", "amin", &R::scale, &R::Scale::amin, 1e-37, 1e30,
                   "a number from 1e-37 to 1e30"),
        reference_key(),
        number_key("scale", "top_db", &R::scale, &R::Scale::top_db, 0, 1000,
                   "dB from 0 (off) to 1000"),
        integer_key("mfcc", "count", &R::mfcc, &R::Mfcc::count, 0, 4096,
                    "a whole number from 0 (off) to 4096"),
        number_key("mfcc", "lifter", &R::mfcc, &R::Mfcc::lifter, 0, 10000,
                   "a number from 0 (off) to 10000"),
        choice_key("picture", "colormap", &R::picture, &R::Picture::colormap,
                   {"viridis", "cividis", "inferno", "magma", "plasma", "gray", "none"}),
        integer_key("picture", "width", &R::picture, &R::Picture::width, 1, 8192,
                    "a whole number of pixels from 1 to 8192"),
        integer_key("picture", "height", &R::picture, &R::Picture::height, 1, 8192,
                    "a whole number of pixels from 1 to 8192"),
        choice_key("picture", "resize", &R::picture, &R::Picture::resize,
                   {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
                    "mitchellcubic"}),
        flag_key("picture", "antialias", &R::picture, &R::Picture::antialias),
        choice_key("tensor", "scaling", &R::tensor, &R::Tensor::scaling,
                   {"torch", "tf", "caffe", "none"}),
        choice_key("decision", "smoothing", &R::decision, &R::Decision::smoothing,
                   {"none", "mean", "exponential"}),
        integer_key("decision", "smoothing_chunks", &R::decision, &R::Decision::smoothing_chunks, 1,
                    10000, "a whole number of answers from 1 to 10000"),
        number_key("decision", "smoothing_factor", &R::decision, &R::Decision::smoothing_factor,
                   kTiny, 1, "a number above 0 and at most 1"),
        number_key("decision", "threshold", &R::decision, &R::Decision::threshold, -1e30, 1e30,
                   "a score, or 0 for the best class"),
        text_key("decision", "class_thresholds", &R::decision, &R::Decision::class_thresholds,
                 [](const std::string& text) { parse_class_thresholds(text); }),
        number_key("decision", "minimum_seconds", &R::decision, &R::Decision::minimum_seconds, 0,
                   kDay, "seconds from 0 (off) to 86400"),
        number_key("decision", "refractory_seconds", &R::decision, &R::Decision::refractory_seconds,
                   0, kDay, "seconds from 0 (off) to 86400"),
    };
}

const std::vector<Key>& keys() {
    static const std::vector<Key> table = make_keys();
    return table;
}

[[noreturn]] void unknown(const TomlItem& item) {
    std::string near;
    bool table_known = false;
    for (const Key& key : keys()) {
        if (item.table != key.table) continue;
        near += (table_known ? ", " : "") + std::string(key.name);
        table_known = true;
    }
    const std::string where = "line " + std::to_string(item.line) + ": ";
    if (table_known) {
        throw std::invalid_argument(where + "unknown key '" + item.key + "' in [" + item.table +
                                    "]: expected one of " + near);
    }
    throw std::invalid_argument(
        where +
        (item.table.empty() ? "unknown key '" + item.key + "' outside a table"
                            : "unknown table [" + item.table + "]") +
        ": expected audio, chunk, stft, mel, scale, mfcc, picture, tensor or decision");
}

void apply(const TomlItem& item, Recipe& recipe) {
    if (item.table.empty() && item.key == "version") {
        const long long* version = std::get_if<long long>(&item.value);
        if (!version || *version != 1) {
            throw std::invalid_argument("line " + std::to_string(item.line) +
                                        ": version = " + format_toml(item.value) +
                                        ": expected 1, the version this dslite reads");
        }
        return;
    }
    for (const Key& key : keys()) {
        if (item.table != key.table || item.key != key.name) continue;
        try {
            key.write(recipe, item.value);
        } catch (const std::invalid_argument& wanted) {
            throw std::invalid_argument("line " + std::to_string(item.line) + ": " + item.table +
                                        "." + item.key + " = " + format_toml(item.value) +
                                        ": expected " + wanted.what());
        }
        return;
    }
    unknown(item);
}

std::string in_samples(std::size_t samples) { return std::to_string(samples) + " samples"; }

void validate_frames(const Recipe& r) {
    const std::string seconds = " s at " + std::to_string(r.audio.sample_rate_hz) + " Hz";
    const auto shown = [&](double value) { return format_toml(value) + seconds; };
    if (r.window_samples() < 1) {
        reject("stft.window_seconds", shown(r.stft.window_seconds), "at least one sample");
    }
    if (r.hop_samples() < 1) {
        reject("stft.hop_seconds", shown(r.stft.hop_seconds), "at least one sample");
    }
    if (r.fft_samples() < r.window_samples()) {
        reject("stft.fft_seconds", shown(r.stft.fft_seconds),
               "at least the window's " + in_samples(r.window_samples()));
    }
    if (r.fft_samples() > (1U << 22)) {
        reject("stft.fft_seconds", shown(r.stft.fft_seconds), "at most 4194304 samples");
    }
    if (r.chunk_hop_samples() < 1) {
        reject("chunk.hop_seconds", shown(r.chunk.hop_seconds), "at least one sample");
    }
    if (r.chunk.seconds > 0 && r.chunk_samples() < r.window_samples()) {
        reject("chunk.seconds", shown(r.chunk.seconds),
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

}  // namespace

Recipe Recipe::parse(std::string_view toml, const Recipe& base) {
    Recipe recipe = base;
    const std::vector<TomlItem> written = parse_toml(toml);
    for (const TomlItem& item : written) apply(item, recipe);
    try {
        recipe.validate();
    } catch (const std::invalid_argument& error) {
        // What is wrong is a combination; if its key stands in this text, say where.
        const std::string message = error.what();
        for (const TomlItem& item : written) {
            if (message.rfind(item.table + "." + item.key + " ", 0) == 0) {
                throw std::invalid_argument("line " + std::to_string(item.line) + ": " + message);
            }
        }
        throw;
    }
    return recipe;
}

Recipe Recipe::parse(std::string_view toml) { return parse(toml, Recipe()); }

std::string Recipe::to_toml() const {
    std::string text = "version = 1\n";
    std::string table;
    for (const TomlItem& item : items(*this)) {
        if (item.table != table) text += "\n[" + item.table + "]\n";
        table = item.table;
        text += item.key + " = " + format_toml(item.value) + "\n";
    }
    return text;
}

void Recipe::validate() const {
    Recipe copy;  // every single value again: a recipe may have been filled in by hand
    for (const Key& key : keys()) {
        const TomlValue value = key.read(*this);
        try {
            key.write(copy, value);
        } catch (const std::invalid_argument& wanted) {
            reject(std::string(key.table) + "." + key.name, format_toml(value), wanted.what());
        }
    }
    validate_frames(*this);
    validate_bands(*this);
}

std::size_t Recipe::samples(double seconds) const {
    // A day at 768 kHz is more than 32 bits count; what is capped here no such memory holds either.
    constexpr double kMost = static_cast<double>(std::numeric_limits<std::size_t>::max() / 2);
    return static_cast<std::size_t>(std::min(seconds * audio.sample_rate_hz, kMost));
}

std::size_t Recipe::rows() const {
    if (mfcc.count > 0) return static_cast<std::size_t>(mfcc.count);
    return mel.bands > 0 ? static_cast<std::size_t>(mel.bands) : bins();
}

bool operator==(const Recipe& a, const Recipe& b) {
    for (const Key& key : keys()) {
        if (key.read(a) != key.read(b)) return false;
    }
    return true;
}

std::vector<TomlItem> items(const Recipe& recipe) {
    std::vector<TomlItem> list;
    for (const Key& key : keys()) list.push_back({key.table, key.name, key.read(recipe), 0});
    return list;
}

}  // namespace dslite
