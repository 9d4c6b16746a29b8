#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "dslite/toml.hpp"
#include "platform/process.hpp"

namespace dslite {

std::string escape_controls(std::string_view text) {
    std::string shown;
    char buffer[8];
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            std::snprintf(buffer, sizeof buffer, "\\u%04X", static_cast<unsigned>(byte));
            shown += buffer;
        } else {
            shown.push_back(c);
        }
    }
    return shown;
}

std::string format_toml(const TomlValue& value) {
    const platform::CLocale locale;
    if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const long long* integer = std::get_if<long long>(&value)) return std::to_string(*integer);
    char buffer[40];
    if (const double* number = std::get_if<double>(&value)) {
        for (int digits = 1; digits <= 17; ++digits) {
            std::snprintf(buffer, sizeof buffer, "%.*g", digits, *number);
            if (std::strtod(buffer, nullptr) == *number) break;
        }
        const double size = std::fabs(*number);
        if (size >= 1e-4 && size < 1e15 && std::strchr(buffer, 'e')) {
            for (int digits = 0; digits <= 20; ++digits) {
                std::snprintf(buffer, sizeof buffer, "%.*f", digits, *number);
                if (std::strtod(buffer, nullptr) == *number) break;
            }
        }
        std::string text = buffer;
        if (text.find_first_of(".en") == text.npos) text += ".0";  // nan and inf stay
        const std::size_t e = text.find('e');
        return e == text.npos || text.find('.') < e ? text : text.insert(e, ".0");
    }
    std::string text;
    for (const char c : std::get<std::string>(value)) {
        if (c == '"' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return "\"" + escape_controls(text) + "\"";
}

}  // namespace dslite
