// The subset of TOML that recipes and model.toml are written in: tables, bare keys, strings,
// integers, floats, booleans, comments. No arrays, dates, dotted keys or multi-line strings.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dslite {

using TomlValue = std::variant<bool, long long, double, std::string>;

struct TomlItem {
    std::string table;  // "" before the first [table]
    std::string key;
    TomlValue value;
    int line = 0;
};

// Throws std::invalid_argument, "line 3: …", on anything outside the subset and on duplicates.
std::vector<TomlItem> parse_toml(std::string_view text);
// A value as TOML writes it; floats keep a decimal point or an exponent and round-trip.
std::string format_toml(const TomlValue& value);
// Text for a message of one line: control characters as \u0000.
std::string escape_controls(std::string_view text);

}  // namespace dslite
