#include "dslite/recipe.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "src/recipe/keys.hpp"
#include "src/recipe/memory.hpp"

namespace dslite {
namespace {

// Of an item that stands in a text.
std::string line_of(const TomlItem& item) {
    return item.line > 0 ? "line " + std::to_string(item.line) + ": " : "";
}

[[noreturn]] void unknown(const TomlItem& item) {
    std::string tables;
    std::string siblings;
    std::string table;
    for (const Key& key : recipe_keys()) {
        if (table != key.table) tables += (tables.empty() ? "" : ", ") + std::string(key.table);
        table = key.table;
        if (item.table == table) siblings += (siblings.empty() ? "" : ", ") + std::string(key.name);
    }
    if (!siblings.empty()) {
        throw std::invalid_argument(line_of(item) + "unknown key '" + item.key + "' in [" +
                                    item.table + "]: expected one of " + siblings);
    }
    throw std::invalid_argument(line_of(item) +
                                (item.table.empty()
                                     ? "unknown key '" + item.key + "' outside a table"
                                     : "unknown table [" + item.table + "]") +
                                ": expected one of " + tables);
}

void apply_version(const TomlItem& item) {
    const long long* version = std::get_if<long long>(&item.value);
    if (version && *version == 1) return;
    throw std::invalid_argument(line_of(item) + "version = " + format_toml(item.value) +
                                ": expected 1, the version this dslite reads");
}

void apply(const TomlItem& item, Recipe& recipe) {
    if (item.table.empty() && item.key == "version") return apply_version(item);
    for (const Key& key : recipe_keys()) {
        if (item.table != key.table || item.key != key.name) continue;
        try {
            return write_value(key, item.value, recipe);
        } catch (const std::invalid_argument& wanted) {
            throw std::invalid_argument(line_of(item) + item.table + "." + item.key + " = " +
                                        format_toml(item.value) + ": expected " + wanted.what());
        }
    }
    unknown(item);
}

}  // namespace

Recipe Recipe::parse(std::string_view toml, const Recipe& base) {
    return with(parse_toml(toml), base);
}

Recipe Recipe::parse(std::string_view toml) { return parse(toml, Recipe()); }

Recipe Recipe::with(const std::vector<TomlItem>& written, const Recipe& base) {
    Recipe recipe = base;
    for (const TomlItem& item : written) apply(item, recipe);
    try {
        recipe.validate();
    } catch (const std::invalid_argument& error) {
        // What is wrong is a combination; if its key stands in this text, say where.
        const std::string message = error.what();
        for (const TomlItem& item : written) {
            if (message.rfind(item.table + "." + item.key + " ", 0) == 0) {
                throw std::invalid_argument(line_of(item) + message);
            }
        }
        throw;
    }
    return recipe;
}

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
    for (const TomlItem& item : items(*this)) apply(item, copy);
    validate_combinations(*this);
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
    for (const Key& key : recipe_keys()) {
        if (read_value(key, a) != read_value(key, b)) return false;
    }
    return true;
}

std::vector<TomlItem> items(const Recipe& recipe) {
    std::vector<TomlItem> list;
    for (const Key& key : recipe_keys())
        list.push_back({key.table, key.name, read_value(key, recipe), 0});
    return list;
}

std::string expectation(std::string_view table, std::string_view name) {
    for (const Key& key : recipe_keys()) {
        if (table == key.table && name == key.name) return expectation(key);
    }
    throw std::invalid_argument("no key '" + std::string(name) + "' in [" + std::string(table) +
                                "]");
}

}  // namespace dslite
