#include "dslite/recipe.hpp"

#include <pybind11/stl.h>

#include "arrays.hpp"

namespace dslite::python {
namespace {

TomlValue from_python(const py::handle& value, const std::string& key) {
    if (py::isinstance<py::bool_>(value)) return value.cast<bool>();
    if (py::isinstance<py::int_>(value)) return value.cast<long long>();
    if (py::isinstance<py::float_>(value)) return value.cast<double>();
    if (py::isinstance<py::str>(value)) return value.cast<std::string>();
    // NumPy's scalars are what arithmetic on arrays gives; float64 alone is one of the above.
    if (py::hasattr(value, "dtype") && py::hasattr(value, "item")) {
        if (py::len(value.attr("shape")) == 0) return from_python(value.attr("item")(), key);
    }
    throw py::type_error(key + ": expected a bool, int, float or str, got " +
                         std::string(py::str(py::type::of(value).attr("__name__"))));
}

py::dict to_dict(const Recipe& recipe, const std::string& table) {
    py::dict dict;
    for (const TomlItem& item : items(recipe)) {
        if (item.table == table) dict[item.key.c_str()] = toml_to_python(item.value);
    }
    return dict;
}

Recipe replace(const Recipe& recipe, const py::kwargs& tables) {
    std::vector<TomlItem> written;
    for (const auto& [name, values] : tables) {
        const auto table = name.cast<std::string>();
        if (!py::isinstance<py::dict>(values)) {
            throw py::type_error(table + ": expected a dict of keys and values, got " +
                                 std::string(py::repr(values)));
        }
        for (const auto& [key, value] : values.cast<py::dict>()) {
            const auto key_name = key.cast<std::string>();
            written.push_back({table, key_name, from_python(value, table + "." + key_name), 0});
        }
    }
    return Recipe::with(written, recipe);
}

// The keys in which a recipe differs from another, as arguments of replace().
py::dict differences(const Recipe& recipe, const Recipe& base) {
    py::dict tables;
    const std::vector<TomlItem> before = items(base);
    std::size_t i = 0;
    for (const TomlItem& item : items(recipe)) {
        if (item.value == before[i++].value) continue;
        if (!tables.contains(item.table)) tables[item.table.c_str()] = py::dict();
        tables[item.table.c_str()][item.key.c_str()] = toml_to_python(item.value);
    }
    return tables;
}

// "Recipe()", "Recipe.preset('speech')" or one of these with the keys that differ, whichever is shortest.
std::string shown(const Recipe& recipe) {
    const auto from = [&recipe](const std::string& text, const Recipe& base) {
        std::string arguments;
        for (const auto& [table, keys] : differences(recipe, base)) {
            arguments += (arguments.empty() ? "" : ", ") + table.cast<std::string>() + "=" +
                         std::string(py::repr(keys));
        }
        return arguments.empty() ? text : text + ".replace(" + arguments + ")";
    };
    std::string shortest = from("Recipe()", Recipe());
    for (const std::string& name : Recipe::preset_names()) {
        const std::string text = from("Recipe.preset('" + name + "')", Recipe::preset(name));
        if (text.size() < shortest.size()) shortest = text;
    }
    return shortest;
}

}  // namespace

py::object toml_to_python(const TomlValue& value) {
    return std::visit([](const auto& v) -> py::object { return py::cast(v); }, value);
}

void bind_recipe(py::module_& m) {
    py::class_<Recipe> recipe(
        m, "Recipe",
        R"(Every parameter that shapes the picture, and the decision on answers. Immutable.

``Recipe()`` is DeepSpectrumLite's front end; ``Recipe.from_toml`` reads another. The tables ``audio``,
``chunk``, ``stft``, ``mel``, ``scale``, ``mfcc``, ``picture``, ``tensor`` and ``decision`` are attributes,
and their keys are attributes of those: ``recipe.stft.hop_seconds``.)");
    recipe.def(py::init<>())
        .def_static(
            "from_toml", [](const std::string& text) { return Recipe::parse(text); },
            py::arg("text"),
            "Reads a recipe; keys not written keep their defaults. ValueError names the key, its line "
            "and what was expected.")
        .def_static(
            "preset", [](const std::string& name) { return Recipe::preset(name); }, py::arg("name"),
            "The front end of a known system: \"deepspectrumlite\", \"librosa\", \"torchaudio\", "
            "\"kaldi\", \"yamnet\" or \"whisper\". ValueError for another name.")
        .def_static("preset_names", &Recipe::preset_names, "What preset() knows.")
        .def("to_toml", &Recipe::to_toml,
             "Every key as TOML; from_toml() gives the same recipe back.")
        .def("replace", &replace,
             "A copy with other values: ``recipe.replace(chunk={\"seconds\": 2.0})``. ValueError "
             "names the key, its value and what was expected.")
        .def("samples", &Recipe::samples, py::arg("seconds"),
             "Seconds → samples at the recipe's rate, truncated as the core does it everywhere.")
        .def_property_readonly("channels", &Recipe::channels,
                               "Of the picture: 3, or 1 where the colormap is \"none\".")
        .def("to_dict",
             [](const Recipe& self) {
                 py::dict dict;
                 for (const TomlItem& item : items(self)) {
                     if (!dict.contains(item.table)) {
                         dict[item.table.c_str()] = to_dict(self, item.table);
                     }
                 }
                 return dict;
             })
        .def(
            "__eq__", [](const Recipe& a, const Recipe& b) { return a == b; }, py::is_operator())
        .def("__hash__", [](const Recipe& self) { return py::hash(py::str(self.to_toml())); })
        .def("__repr__", &shown)
        .def(py::pickle([](const Recipe& self) { return self.to_toml(); },
                        [](const std::string& text) { return Recipe::parse(text); }));
    bind_recipe_tables(m, recipe);
}

}  // namespace dslite::python
