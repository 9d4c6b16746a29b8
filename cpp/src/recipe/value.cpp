// The value of one key: read, checked, written, and what it may be, in words.
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "platform/process.hpp"

#include "src/recipe/class_thresholds.hpp"
#include "src/recipe/keys.hpp"

namespace dslite {
namespace {

[[noreturn]] void refuse(const Key& key) { throw std::invalid_argument(expectation(key)); }

// 1e-37, 0.1, 768000: as one writes them by hand.
std::string plain(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", number);
    std::string shown = text;
    const std::size_t plus = shown.find('+');
    return plus == shown.npos ? shown : shown.erase(plus, 1);
}

std::string words_of(const Range& range) {
    const platform::CLocale locale;
    const std::string zero = range.zero ? " (" + std::string(range.zero) + ")" : "";
    std::string text = range.word ? "\"" + std::string(range.word) + "\" or " : "";
    text += range.quantity + std::string(range.is_open ? " above " : " from ") + plain(range.low);
    if (range.low == 0) text += zero;
    text += (range.is_open ? " and at most " : " to ") + plain(range.high);
    if (range.zero && range.low != 0) text += ", or 0 for " + std::string(range.zero);
    return text;
}

std::string words_of(const Choice* choices, std::size_t count) {
    std::string text = "one of ";
    for (std::size_t i = 0; i < count; ++i) {
        text.append(i > 0 ? ", \"" : "\"").append(choices[i].name).append("\"");
    }
    return text;
}

std::string name_of(const Key& key, int value) {
    for (std::size_t i = 0; i < key.choice_count; ++i) {
        if (key.choices[i].value == value) return key.choices[i].name;
    }
    return std::to_string(value);  // cast by hand to what is no enumerator
}

int choice_of(const Key& key, const std::string* name) {
    for (std::size_t i = 0; name && i < key.choice_count; ++i) {
        if (*name == key.choices[i].name) return key.choices[i].value;
    }
    refuse(key);
}

double number_of(const Key& key, const TomlValue& value) {
    const Range& range = key.range;
    const std::string* text = std::get_if<std::string>(&value);
    if (range.word && text && *text == range.word) return kWord;
    const double* real = std::get_if<double>(&value);
    const long long* integer = std::get_if<long long>(&value);
    if (!integer && (!real || key.kind == Kind::integer)) refuse(key);
    const double number = integer ? static_cast<double>(*integer) : *real;
    const bool is_high_enough = range.is_open ? number > range.low : number >= range.low;
    if (!is_high_enough || !(number <= range.high)) refuse(key);
    return number;
}

}  // namespace

std::string expectation(const Key& key) {
    switch (key.kind) {
        case Kind::flag: return "true or false";
        case Kind::thresholds: return "a \"text\"";
        case Kind::choice: return words_of(key.choices, key.choice_count);
        case Kind::integer:
        case Kind::number: break;
    }
    return words_of(key.range);
}

TomlValue read_value(const Key& key, const Recipe& recipe) {
    const void* const field = reinterpret_cast<const char*>(&recipe) + key.offset;
    int integer = 0;  // enumerators, too, by their bytes
    switch (key.kind) {
        case Kind::flag: return *static_cast<const bool*>(field);
        case Kind::thresholds: return *static_cast<const std::string*>(field);
        case Kind::choice:
            std::memcpy(&integer, field, sizeof integer);
            return name_of(key, integer);
        case Kind::integer:
            integer = *static_cast<const int*>(field);
            if (key.range.word && integer == kWord) return std::string(key.range.word);
            return static_cast<long long>(integer);
        case Kind::number: break;
    }
    const double number = *static_cast<const double*>(field);
    if (key.range.word && number == kWord) return std::string(key.range.word);
    return number;
}

void write_value(const Key& key, const TomlValue& value, Recipe& recipe) {
    void* const field = reinterpret_cast<char*>(&recipe) + key.offset;
    const std::string* text = std::get_if<std::string>(&value);
    const bool* flag = std::get_if<bool>(&value);
    if (key.kind == Kind::choice) {
        const int choice = choice_of(key, text);
        std::memcpy(field, &choice, sizeof choice);
    } else if (key.kind == Kind::flag) {
        if (!flag) refuse(key);
        *static_cast<bool*>(field) = *flag;
    } else if (key.kind == Kind::thresholds) {
        if (!text) refuse(key);
        parse_class_thresholds(*text);
        *static_cast<std::string*>(field) = *text;
    } else if (key.kind == Kind::integer) {
        *static_cast<int*>(field) = static_cast<int>(number_of(key, value));
    } else {
        *static_cast<double*>(field) = number_of(key, value);
    }
}

}  // namespace dslite
