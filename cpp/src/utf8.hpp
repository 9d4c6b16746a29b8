// Is this text UTF-8? Shared by those who read text from files.
#pragma once

#include <cstddef>
#include <string_view>

namespace dslite {

// Length of the UTF-8 sequence `text` begins with, or 0 when it begins with none (overlong forms,
// surrogates and code points past U+10FFFF are none: RFC 3629).
inline std::size_t utf8_sequence(std::string_view text) noexcept {
    if (text.empty()) return 0;
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    // The second byte is narrowed where the first alone still allows what UTF-8 does not.
    const unsigned second = byte(1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return length;
}

// Is this UTF-8 sequence a control character: U+0000 to U+001F, U+007F to U+009F? Terminals obey them.
inline bool is_control(std::string_view sequence) noexcept {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (first < 0x20 || first == 0x7F) return true;
    return first == 0xC2 && sequence.size() > 1 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace dslite
