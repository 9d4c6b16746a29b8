#include "src/recipe/class_thresholds.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <variant>

#include "dslite/toml.hpp"

namespace dslite {
namespace {

constexpr const char* kExpected = "\"LABEL = NUMBER; LABEL = off\", each label once";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

double threshold_of(std::string_view text) {
    if (text == "off") return std::numeric_limits<double>::infinity();
    try {
        const std::vector<TomlItem> items = parse_toml("threshold = " + std::string(text));
        const TomlValue& value = items.at(0).value;
        if (const double* number = std::get_if<double>(&value)) return *number;
        if (const long long* number = std::get_if<long long>(&value)) {
            return static_cast<double>(*number);
        }
    } catch (const std::invalid_argument&) {  // whose line number would be that of this text
        throw std::invalid_argument(kExpected);
    }
    throw std::invalid_argument(kExpected);
}

}  // namespace

std::vector<ClassThreshold> parse_class_thresholds(std::string_view text) {
    std::vector<ClassThreshold> list;
    while (!trimmed(text).empty()) {
        const std::size_t end = text.find(';');
        const std::string_view entry = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        const std::size_t equals = entry.rfind('=');  // a label may hold one itself
        const std::string label(trimmed(entry.substr(0, equals)));
        if (equals == entry.npos || label.empty()) throw std::invalid_argument(kExpected);
        for (const ClassThreshold& other : list) {
            if (other.label == label) throw std::invalid_argument(kExpected);
        }
        list.push_back({label, threshold_of(trimmed(entry.substr(equals + 1)))});
    }
    return list;
}

}  // namespace dslite
