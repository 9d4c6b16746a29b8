// The tables of a recipe as Python's classes: a documented property for every key.
#include <cstring>

#include "arrays.hpp"
#include "dslite/recipe.hpp"

namespace dslite::python {
namespace {

// What each key means, in a line; docs/recipe.md has it in full. Range and default come from the core.
struct Meaning {
    const char* table;
    const char* key;
    const char* text;
};

constexpr Meaning kMeanings[] = {
    {"audio", "sample_rate_hz", "The rate that recordings are resampled to"},
    {"audio", "channel", "The mean of all channels, or one of them"},
    {"audio", "normalize", "Whether each chunk is scaled to a peak of -3 dBFS"},
    {"chunk", "seconds", "Length of a chunk: one picture, one answer"},
    {"chunk", "hop_seconds", "From the start of a chunk to the start of the next"},
    {"chunk", "tail", "What becomes of the sound at the end that no full chunk holds"},
    {"stft", "window_seconds", "Length of a frame"},
    {"stft", "hop_seconds", "From the start of a frame to the start of the next"},
    {"stft", "fft_seconds", "Length of the transform; zeros follow the frame"},
    {"stft", "window", "Shape of the window"},
    {"stft", "center", "Padding of the chunk by half a window on both sides"},
    {"stft", "power", "Exponent of the magnitude: 1 magnitude, 2 power"},
    {"stft", "preemphasis", "c in x[i] - c*x[i-1], within each frame"},
    {"stft", "remove_dc", "Whether each frame's mean is subtracted"},
    {"mel", "bands", "How many mel bands"},
    {"mel", "low_hz", "Lower edge of the first band"},
    {"mel", "high_hz", "Upper edge of the last band"},
    {"mel", "scale", "Formula of the mel scale"},
    {"mel", "triangles", "What the slopes of the bands are linear in"},
    {"mel", "norm", "Whether each band is divided by half its width in Hz"},
    {"scale", "kind", "Scale of the bands' powers"},
    {"scale", "amin", "Floor of \"db\"; added inside \"log\""},
    {"scale", "reference", "What is 0 dB; \"max\" is the chunk's loudest band"},
    {"scale", "top_db", "Clips what lies further below the chunk's maximum"},
    {"mfcc", "count", "How many cepstral coefficients are kept"},
    {"mfcc", "lifter", "L in 1 + L/2*sin(pi*n/L), the weight of coefficient n"},
    {"picture", "colormap", "matplotlib's colours; \"none\": one channel of raw values"},
    {"picture", "width", "Time, running right"},
    {"picture", "height", "Frequency, running up"},
    {"picture", "resize", "Method of tf.image.resize"},
    {"picture", "antialias", "Whether the kernel is widened where the picture shrinks"},
    {"tensor", "scaling", "What the backbone was trained on"},
    {"decision", "smoothing", "How each class's score is smoothed over the answers"},
    {"decision", "smoothing_chunks", "How many last answers \"mean\" averages"},
    {"decision", "smoothing_factor", "Weight of the newest score in \"exponential\""},
    {"decision", "threshold", "A class is active from this smoothed score on"},
    {"decision", "class_thresholds", "Thresholds of single labels: \"dog = 0.8; silence = off\""},
    {"decision", "minimum_seconds", "Shorter events are dropped"},
    {"decision", "refractory_seconds", "Pause of a class after an event of it"},
};

std::string documentation(const TomlItem& item) {
    for (const Meaning& meaning : kMeanings) {
        if (item.table != meaning.table || item.key != meaning.key) continue;
        return std::string(meaning.text) + ": " + expectation(item.table, item.key) +
               " [default: " + format_toml(item.value) + "].";
    }
    throw std::logic_error("recipe key " + item.table + "." + item.key + " is not documented");
}

template <auto section>
using Section = std::remove_reference_t<decltype(std::declval<Recipe&>().*section)>;

template <auto section>
Recipe holding(const Section<section>& table) {
    Recipe recipe;
    recipe.*section = table;
    return recipe;
}

std::vector<TomlItem> items_of(const Recipe& recipe, const std::string& table) {
    std::vector<TomlItem> list;
    for (TomlItem& item : items(recipe)) {
        if (item.table == table) list.push_back(std::move(item));
    }
    return list;
}

[[noreturn]] void no_such_key(const std::string& table, const std::string& key) {
    py::list keys;
    for (const TomlItem& item : items_of(Recipe(), table)) keys.append(item.key);
    const py::list close = py::module_::import("difflib").attr("get_close_matches")(key, keys, 1);
    const std::string hint =
        py::len(close) > 0
            ? "did you mean '" + close[0].cast<std::string>() + "'?"
            : "expected one of " + py::str(", ").attr("join")(keys).cast<std::string>();
    throw py::attribute_error("recipe table [" + table + "] has no key '" + key + "': " + hint);
}

// Recipe::Mel → a class "RecipeMel" whose properties are the keys of [mel].
template <auto section>
void bind_table(py::module_& m, py::class_<Recipe>& recipe, const char* class_name,
                const std::string& table, const char* about) {
    using T = Section<section>;
    py::class_<T> cls(m, class_name, about);
    const std::vector<TomlItem> defaults = items_of(Recipe(), table);
    for (std::size_t i = 0; i < defaults.size(); ++i) {
        cls.def_property_readonly(
            defaults[i].key.c_str(),
            [table, i](const T& self) {
                return toml_to_python(items_of(holding<section>(self), table)[i].value);
            },
            documentation(defaults[i]).c_str());
    }
    cls.def("__getattr__",
            [table](const T&, const std::string& key) -> py::object { no_such_key(table, key); });
    cls.def("__repr__", [table](const T& self) {
        std::string text;
        for (const TomlItem& item : items_of(holding<section>(self), table)) {
            text += (text.empty() ? "" : ", ") + item.key + "=" +
                    std::string(py::repr(toml_to_python(item.value)));
        }
        return "<" + table + " " + text + ">";
    });
    recipe.def_property_readonly(
        table.c_str(), [](const Recipe& self) { return self.*section; }, about);
}

}  // namespace

void bind_recipe_tables(py::module_& m, py::class_<Recipe>& recipe) {
    using R = Recipe;
    bind_table<&R::audio>(m, recipe, "RecipeAudio", "audio", "[audio]: rate and channel.");
    bind_table<&R::chunk>(m, recipe, "RecipeChunk", "chunk", "[chunk]: how sound is cut.");
    bind_table<&R::stft>(m, recipe, "RecipeStft", "stft", "[stft]: frames and their spectra.");
    bind_table<&R::mel>(m, recipe, "RecipeMel", "mel", "[mel]: bands of the spectrum.");
    bind_table<&R::scale>(m, recipe, "RecipeScale", "scale", "[scale]: powers to decibels.");
    bind_table<&R::mfcc>(m, recipe, "RecipeMfcc", "mfcc", "[mfcc]: cepstral coefficients.");
    bind_table<&R::picture>(m, recipe, "RecipePicture", "picture", "[picture]: colours and size.");
    bind_table<&R::tensor>(m, recipe, "RecipeTensor", "tensor", "[tensor]: the backbone's input.");
    bind_table<&R::decision>(m, recipe, "RecipeDecision", "decision",
                             "[decision]: answers to events.");
}

}  // namespace dslite::python
