#include "dslite/toml.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "platform/process.hpp"
#include "src/small_sort.hpp"

namespace dslite {
namespace {

// `what` may quote the text, which may hold anything: a NUL would end the message, a carriage return
// overwrite it.
[[noreturn]] void fail(int line, const std::string& what) {
    throw std::invalid_argument("line " + std::to_string(line) + ": " + escape_controls(what));
}

bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

// A cursor over one line.
class Line {
  public:
    Line(std::string_view text, int number) : text_(text), number_(number) {}

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    bool done() {
        skip_space();
        return at_ == text_.size() || text_[at_] == '#';
    }
    bool take(char c) {
        skip_space();
        if (at_ < text_.size() && text_[at_] == c) {
            ++at_;
            return true;
        }
        return false;
    }
    std::string bare_key() {
        skip_space();
        const std::size_t start = at_;
        while (at_ < text_.size() && is_bare(text_[at_])) ++at_;
        if (at_ == start) fail(number_, "expected a key of letters, digits, '_' and '-'");
        return std::string(text_.substr(start, at_ - start));
    }
    void expect_end() {
        if (!done()) fail(number_, "unexpected '" + std::string(text_.substr(at_)) + "'");
    }
    TomlValue value() {
        skip_space();
        if (at_ < text_.size() && text_[at_] == '"') return quoted();
        if (at_ < text_.size() && text_[at_] == '\'') return literal();
        return number_or_bool();
    }

  private:
    std::string quoted();
    std::string literal();
    std::string escape();
    TomlValue number_or_bool();

    std::string_view text_;
    int number_;
    std::size_t at_ = 0;
};

void append_utf8(std::string& out, unsigned long code) {
    const auto byte = [&out](unsigned long b) { out.push_back(static_cast<char>(b)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

std::string Line::escape() {
    if (at_ == text_.size()) fail(number_, "the string does not end");
    const char c = text_[at_++];
    switch (c) {
        case '"': return "\"";
        case '\\': return "\\";
        case 'b': return "\b";
        case 'f': return "\f";
        case 'n': return "\n";
        case 'r': return "\r";
        case 't': return "\t";
        case 'u':
        case 'U': break;
        default: fail(number_, std::string("unknown escape '\\") + c + "'");
    }
    const std::size_t digits = c == 'u' ? 4 : 8;
    const std::string hex(text_.substr(at_, digits));
    if (hex.size() != digits || hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos) {
        fail(number_, std::string("'\\") + c + "' needs " + std::to_string(digits) + " hex digits");
    }
    at_ += digits;
    const unsigned long code = std::strtoul(hex.c_str(), nullptr, 16);
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        fail(number_, "'" + hex + "' is no Unicode character");
    }
    std::string out;
    append_utf8(out, code);
    return out;
}

std::string Line::quoted() {
    std::string out;
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
        const char c = text_[at_++];
        if (c == '\\') {
            out += escape();
        } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
            fail(number_, "control character in a string");
        } else {
            out.push_back(c);
        }
    }
    if (at_ == text_.size()) fail(number_, "the string does not end");
    ++at_;
    return out;
}

std::string Line::literal() {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == text_.npos) fail(number_, "the string does not end");
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
}

// An underscore may stand between two digits only; what is left must be a plain decimal number.
bool plain_number(const std::string& word, std::string& digits, bool& is_float) {
    const auto digit = [&](std::size_t i) {
        return i < word.size() && word[i] >= '0' && word[i] <= '9';
    };
    std::size_t i = word[0] == '+' || word[0] == '-' ? 1 : 0;
    digits.assign(word, 0, i);
    const auto run = [&] {
        const std::size_t start = i;
        while (digit(i) || (i > start && word[i] == '_' && digit(i + 1))) {
            if (word[i] != '_') digits.push_back(word[i]);
            ++i;
        }
        return i > start;
    };
    const std::size_t first = i;
    if (!run()) return false;
    if (word[first] == '0' && i > first + 1) return false;  // TOML has no leading zeros
    is_float = false;
    if (i < word.size() && word[i] == '.') {
        is_float = true;
        digits.push_back(word[i++]);
        if (!run()) return false;
    }
    if (i < word.size() && (word[i] == 'e' || word[i] == 'E')) {
        is_float = true;
        digits.push_back(word[i++]);
        if (i < word.size() && (word[i] == '+' || word[i] == '-')) digits.push_back(word[i++]);
        if (!run()) return false;
    }
    return i == word.size();
}

TomlValue Line::number_or_bool() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_bare(text_[at_]) || text_[at_] == '+' || text_[at_] == '.'))
        ++at_;
    const std::string word(text_.substr(start, at_ - start));
    if (word == "true") return true;
    if (word == "false") return false;
    std::string digits;
    bool is_float = false;
    if (word.empty() || !plain_number(word, digits, is_float)) {
        fail(number_, "expected a \"string\", a number, true or false, got '" +
                          std::string(text_.substr(start)) + "'");
    }
    errno = 0;
    if (is_float) {
        const double number = std::strtod(digits.c_str(), nullptr);
        if (!std::isfinite(number)) fail(number_, "'" + word + "' is too large");
        return number;
    }
    const long long number = std::strtoll(digits.c_str(), nullptr, 10);
    if (errno == ERANGE) fail(number_, "'" + word + "' is too large");
    return number;
}

// A table's header or a key, for finding what is written twice.
struct Name {
    std::string_view table;
    std::string_view key;  // empty for a header
    int line;
};

bool is_before(const Name& a, const Name& b) {
    if (const int tables = a.table.compare(b.table)) return tables < 0;
    if (const int keys = a.key.compare(b.key)) return keys < 0;
    return a.line < b.line;
}

// Sorted, equal names lie side by side: the whole takes n·log n.
void reject_duplicates(std::vector<Name>& names) {
    small_sort<Name, is_before>(names);
    const Name* first = nullptr;  // the first repetition in the text
    const Name* before = nullptr;
    for (std::size_t i = 1; i < names.size(); ++i) {
        const Name& name = names[i];
        if (name.table != names[i - 1].table || name.key != names[i - 1].key) continue;
        if (first && first->line < name.line) continue;
        first = &name;
        before = &names[i - 1];
    }
    if (!first) return;
    if (first->key.empty())
        fail(first->line, "table [" + std::string(first->table) + "] appears twice");
    fail(first->line, "'" + std::string(first->key) + "' was already set in line " +
                          std::to_string(before->line));
}

}  // namespace

std::vector<TomlItem> parse_toml(std::string_view text) {
    const platform::CLocale locale;
    std::vector<TomlItem> items;
    std::vector<TomlItem> headers;
    std::vector<Name> names;
    std::string table;
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view row = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (!row.empty() && row.back() == '\r') row.remove_suffix(1);
        Line line(row, ++number);
        if (line.done()) continue;
        if (line.take('[')) {
            table = line.bare_key();
            if (!line.take(']')) fail(number, "expected ']' after '[" + table + "'");
            line.expect_end();
            headers.push_back({table, "", {}, number});
            continue;
        }
        TomlItem item;
        item.table = table;
        item.key = line.bare_key();
        item.line = number;
        if (!line.take('=')) fail(number, "expected '=' after '" + item.key + "'");
        item.value = line.value();
        line.expect_end();
        items.push_back(std::move(item));
    }
    // Only now, when no text moves any more.
    for (const TomlItem& header : headers) names.push_back({header.table, {}, header.line});
    for (const TomlItem& item : items) names.push_back({item.table, item.key, item.line});
    reject_duplicates(names);
    return items;
}

}  // namespace dslite
