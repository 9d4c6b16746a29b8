#include "dslite/recipe.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "src/recipe/class_thresholds.hpp"
#include "src/recipe/memory.hpp"

namespace dslite {
namespace {

[[noreturn]] void reject(const std::string& key, const std::string& got, const std::string& want) {
    throw std::invalid_argument(key + " = " + got + ": expected " + want);
}

[[noreturn]] void expected(const std::string& what) { throw std::invalid_argument(what); }

enum class Kind { flag, integer, number, choice, thresholds };

// One row of the table of keys. Rows are data, read and written by the same few functions: a closure or two
// for each key would be a tenth of the program on a board.
struct Key {
    const char* table;
    const char* name;
    Kind kind;
    void* (*field)(Recipe&);
    const char* want;  // what is expected; of a choice, the names in the order of the enumerators
    double low;
    double high;
    const char* word;  // what stands for kWord, or null
};

constexpr int kWord = -1;
static_assert(Recipe::kMix == kWord && Recipe::kReferenceMax == kWord, "one value outside ranges");

// section: a pointer to the section in the recipe; member: one to the field in the section.
template <auto section, auto member>
constexpr Key key(const char* table, const char* name, const char* want, double low = 0,
                  double high = 0, const char* word = nullptr) {
    using T = std::remove_reference_t<decltype(std::declval<Recipe&>().*section.*member)>;
    constexpr Kind kind = std::is_same_v<T, bool>          ? Kind::flag
                          : std::is_same_v<T, int>         ? Kind::integer
                          : std::is_same_v<T, double>      ? Kind::number
                          : std::is_same_v<T, std::string> ? Kind::thresholds
                                                           : Kind::choice;
    static_assert(kind != Kind::choice || (std::is_enum_v<T> && sizeof(T) == sizeof(int)));
    void* (*const field)(Recipe&) = [](Recipe& r) -> void* { return &(r.*section.*member); };
    return {table, name, kind, field, want, low, high, word};
}

using R = Recipe;
constexpr double kDay = 86400;
constexpr double kTiny = 1e-9;
constexpr const char* kBoolean = "true or false";
constexpr const char* kDuration = "seconds from 0 (the whole clip) to 86400";
constexpr const char* kStep = "seconds above 0 and at most 86400";
constexpr const char* kScalings = "torch, tf, caffe, none";
constexpr const char* kOptional = "seconds from 0 (off) to 86400";

constexpr Key kKeys[] = {
    key<&R::audio, &R::Audio::sample_rate_hz>(
        "audio", "sample_rate_hz", "a whole number of Hz from 100 to 768000", 100, 768000),
    key<&R::audio, &R::Audio::channel>("audio", "channel", "\"mix\" or a channel number 0 … 1023",
                                       0, 1023, "mix"),
    key<&R::audio, &R::Audio::normalize>("audio", "normalize", "none, peak"),
    key<&R::chunk, &R::Chunk::seconds>("chunk", "seconds", kDuration, 0, kDay),
    key<&R::chunk, &R::Chunk::hop_seconds>("chunk", "hop_seconds", kStep, kTiny, kDay),
    key<&R::chunk, &R::Chunk::tail>("chunk", "tail", "pad, repeat, drop"),
    key<&R::stft, &R::Stft::window_seconds>("stft", "window_seconds", kStep, kTiny, kDay),
    key<&R::stft, &R::Stft::hop_seconds>("stft", "hop_seconds", kStep, kTiny, kDay),
    key<&R::stft, &R::Stft::fft_seconds>("stft", "fft_seconds", kStep, kTiny, kDay),
    key<&R::stft, &R::Stft::window>("stft", "window",
                                    "hann, hann_symmetric, hamming, povey, rectangular"),
    key<&R::stft, &R::Stft::center>("stft", "center", "none, reflect, zero"),
    key<&R::stft, &R::Stft::power>("stft", "power", "a number from 0.1 to 4", 0.1, 4),
    key<&R::stft, &R::Stft::preemphasis>("stft", "preemphasis", "a number from 0 to 1", 0, 1),
    key<&R::stft, &R::Stft::remove_dc>("stft", "remove_dc", kBoolean),
    key<&R::mel, &R::Mel::bands>("mel", "bands", "a whole number from 0 (no mel) to 4096", 0, 4096),
    key<&R::mel, &R::Mel::low_hz>("mel", "low_hz", "Hz from 0", 0, 384000),
    key<&R::mel, &R::Mel::high_hz>("mel", "high_hz", "Hz above 0", 1e-3, 384000),
    key<&R::mel, &R::Mel::scale>("mel", "scale", "htk, slaney"),
    key<&R::mel, &R::Mel::triangles>("mel", "triangles", "mel, hz"),
    key<&R::mel, &R::Mel::norm>("mel", "norm", "none, slaney"),
    key<&R::scale, &R::Scale::kind>("scale", "kind", "db, log, none, pcen"),
    key<&R::scale, &R::Scale::amin>("scale", "amin", "a number from 1e-37 to 1e30", 1e-37, 1e30),
    key<&R::scale, &R::Scale::reference>("scale", "reference", "\"max\" or a number above 0", 1e-30,
                                         1e30, "max"),
    key<&R::scale, &R::Scale::top_db>("scale", "top_db", "dB from 0 (off) to 1000", 0, 1000),
    key<&R::mfcc, &R::Mfcc::count>("mfcc", "count", "a whole number from 0 (off) to 4096", 0, 4096),
    key<&R::mfcc, &R::Mfcc::lifter>("mfcc", "lifter", "a number from 0 (off) to 10000", 0, 10000),
    key<&R::picture, &R::Picture::colormap>("picture", "colormap",
                                            "viridis, cividis, inferno, magma, plasma, gray, none"),
    key<&R::picture, &R::Picture::width>("picture", "width",
                                         "a whole number of pixels from 1 to 8192", 1, 8192),
    key<&R::picture, &R::Picture::height>("picture", "height",
                                          "a whole number of pixels from 1 to 8192", 1, 8192),
    key<&R::picture, &R::Picture::resize>(
        "picture", "resize",
        "nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic"),
    key<&R::picture, &R::Picture::antialias>("picture", "antialias", kBoolean),
    key<&R::tensor, &R::Tensor::scaling>("tensor", "scaling", kScalings),
    key<&R::decision, &R::Decision::smoothing>("decision", "smoothing", "none, mean, exponential"),
    key<&R::decision, &R::Decision::smoothing_chunks>(
        "decision", "smoothing_chunks", "a whole number of answers from 1 to 10000", 1, 10000),
    key<&R::decision, &R::Decision::smoothing_factor>("decision", "smoothing_factor",
                                                      "a number above 0 and at most 1", kTiny, 1),
    key<&R::decision, &R::Decision::threshold>("decision", "threshold",
                                               "a score, or 0 for the best class", -1e30, 1e30),
    key<&R::decision, &R::Decision::class_thresholds>("decision", "class_thresholds", "a \"text\""),
    key<&R::decision, &R::Decision::minimum_seconds>("decision", "minimum_seconds", kOptional, 0,
                                                     kDay),
    key<&R::decision, &R::Decision::refractory_seconds>("decision", "refractory_seconds", kOptional,
                                                        0, kDay),
};

// The first of a choice's names; `names` goes on to the rest.
std::string_view next_name(std::string_view& names) {
    const std::size_t comma = names.find(", ");
    const std::string_view name = names.substr(0, comma);
    names.remove_prefix(comma == names.npos ? names.size() : comma + 2);
    return name;
}

std::string chosen(std::string_view names, int enumerator) {
    for (; enumerator > 0; --enumerator) next_name(names);
    return std::string(next_name(names));
}

// Which of the names it is. Throws "one of …" for none.
int enumerator_of(std::string_view names, const std::string* text) {
    std::string list;
    int index = 0;
    for (std::string_view rest = names; !rest.empty(); ++index) {
        const std::string_view name = next_name(rest);
        if (text && *text == name) return index;
        list.append(list.empty() ? "\"" : ", \"").append(name).append("\"");
    }
    expected("one of " + list);
}

TomlValue read(const Key& key, const Recipe& recipe) {
    const void* const field = key.field(const_cast<Recipe&>(recipe));  // one table for both ways
    int integer = 0;  // enumerators, too, by their bytes
    switch (key.kind) {
        case Kind::flag: return *static_cast<const bool*>(field);
        case Kind::thresholds: return *static_cast<const std::string*>(field);
        case Kind::choice:
            std::memcpy(&integer, field, sizeof integer);
            return chosen(key.want, integer);
        case Kind::integer:
            integer = *static_cast<const int*>(field);
            if (key.word && integer == kWord) return std::string(key.word);
            return static_cast<long long>(integer);
        case Kind::number: break;
    }
    const double number = *static_cast<const double*>(field);
    if (key.word && number == kWord) return std::string(key.word);
    return number;
}

double number_of(const Key& key, const TomlValue& value) {
    const std::string* text = std::get_if<std::string>(&value);
    if (key.word && text && *text == key.word) return kWord;
    const double* real = std::get_if<double>(&value);
    const long long* integer = std::get_if<long long>(&value);
    if (!integer && (!real || key.kind == Kind::integer)) expected(key.want);
    const double number = integer ? static_cast<double>(*integer) : *real;
    if (!(number >= key.low && number <= key.high)) expected(key.want);
    return number;
}

// Throws std::invalid_argument "expected …"; the caller adds key and line.
void write(const Key& key, const TomlValue& value, Recipe& recipe) {
    void* const field = key.field(recipe);
    const std::string* text = std::get_if<std::string>(&value);
    const bool* flag = std::get_if<bool>(&value);
    if (key.kind == Kind::choice) {
        const int enumerator = enumerator_of(key.want, text);
        std::memcpy(field, &enumerator, sizeof enumerator);
    } else if (key.kind == Kind::flag) {
        if (!flag) expected(key.want);
        *static_cast<bool*>(field) = *flag;
    } else if (key.kind == Kind::thresholds) {
        if (!text) expected(key.want);
        parse_class_thresholds(*text);
        *static_cast<std::string*>(field) = *text;
    } else if (key.kind == Kind::integer) {
        *static_cast<int*>(field) = static_cast<int>(number_of(key, value));
    } else {
        *static_cast<double*>(field) = number_of(key, value);
    }
}

[[noreturn]] void unknown(const TomlItem& item) {
    std::string near;
    bool table_known = false;
    for (const Key& key : kKeys) {
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
    for (const Key& key : kKeys) {
        if (item.table != key.table || item.key != key.name) continue;
        try {
            write(key, item.value, recipe);
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

void validate_colours(const Recipe& r) {
    if (r.picture.colormap == Colormap::none && r.tensor.scaling != TensorScaling::none) {
        reject("tensor.scaling",
               "\"" + chosen(kScalings, static_cast<int>(r.tensor.scaling)) + "\"",
               "\"none\" with picture.colormap = \"none\": the other scalings are for colours");
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
    for (const Key& key : kKeys) {
        const TomlValue value = read(key, *this);
        try {
            write(key, value, copy);
        } catch (const std::invalid_argument& wanted) {
            reject(std::string(key.table) + "." + key.name, format_toml(value), wanted.what());
        }
    }
    validate_frames(*this);
    validate_bands(*this);
    validate_colours(*this);
    validate_memory(*this);
}

std::size_t Recipe::samples(double seconds) const {
    // A day at 768 kHz is more than 32 bits count; what is capped here no such memory holds either.
    constexpr double kMost = static_cast<double>(std::numeric_limits<std::size_t>::max()) / 2;
    return static_cast<std::size_t>(std::min(seconds * audio.sample_rate_hz, kMost));
}

std::size_t Recipe::rows() const {
    if (mfcc.count > 0) return static_cast<std::size_t>(mfcc.count);
    return mel.bands > 0 ? static_cast<std::size_t>(mel.bands) : bins();
}

bool operator==(const Recipe& a, const Recipe& b) {
    for (const Key& key : kKeys) {
        if (read(key, a) != read(key, b)) return false;
    }
    return true;
}

std::vector<TomlItem> items(const Recipe& recipe) {
    std::vector<TomlItem> list;
    for (const Key& key : kKeys) list.push_back({key.table, key.name, read(key, recipe), 0});
    return list;
}

}  // namespace dslite
