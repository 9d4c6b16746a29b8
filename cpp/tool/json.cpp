#include "json.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "src/utf8.hpp"

namespace dslite::tool {
namespace {

void append_code(std::string& out, unsigned unit) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", unit & 0xFFFFU);
    out += code;
}

void append_escaped(std::string& out, std::string_view character) {
    const char c = character[0];
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (c == '\n') {
        out += "\\n";
    } else if (c == '\t') {
        out += "\\t";
    } else if (is_control(character)) {
        // The code point of a control character is its last byte.
        append_code(out, static_cast<unsigned char>(character.back()));
    } else {
        out += character;
    }
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) {
            append_code(out, 0xDC00U + static_cast<unsigned char>(text[0]));
        } else {
            append_escaped(out, text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out + '"';
}

std::string printable(std::string_view text, std::string_view kept) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        const std::string_view character = text.substr(0, length == 0 ? 1 : length);
        text.remove_prefix(character.size());
        if (kept.find(character[0]) != kept.npos || (length > 0 && !is_control(character))) {
            out += character;
            continue;
        }
        for (const char byte : character) {
            char code[8];
            std::snprintf(code, sizeof code, "\\x%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(byte)));
            out += code;
        }
    }
    return out;
}

std::string json_number(double value) {
    if (!std::isfinite(value)) return "null";
    char text[32];
    for (int digits = 15; digits <= 17; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, value);
        if (std::strtod(text, nullptr) == value) break;
    }
    return text;
}

std::string json_number(float value) {
    if (!std::isfinite(value)) return "null";
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
    return text;
}

JsonObject& JsonObject::number(const char* name, double value) {
    return json(name, json_number(value));
}

JsonObject& JsonObject::text(const char* name, std::string_view value) {
    return json(name, json_string(value));
}

JsonObject& JsonObject::json(const char* name, std::string_view value) {
    text_ += text_.size() > 1 ? ", \"" : "\"";
    text_.append(name).append("\": ").append(value);
    return *this;
}

}  // namespace dslite::tool
