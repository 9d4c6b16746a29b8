// The table of a recipe's keys: where the value of each lies, and what it may be.
#pragma once

#include <string>

#include "dslite/recipe.hpp"

namespace dslite {

// An enumerator and its name in a recipe.
struct Choice {
    int value;
    char name[16];
};

// What a number may be. Errors, docstrings and docs/recipe.md say it in words made from this.
struct Range {
    const char* quantity;  // "seconds"
    double low;
    double high;
    const char* zero = nullptr;  // what 0 stands for
    const char* word = nullptr;  // what is written for kWord
    bool is_open = false;        // `low` itself is not allowed
};

constexpr int kWord = -1;  // outside every range that has a word

enum class Kind : unsigned char { flag, integer, number, choice, thresholds };

// One row. Rows are data, read and written by the same few functions, and hold what they can themselves: a
// closure or two for each key would be a tenth of the program on a board, and a pointer is there 32 bytes.
struct Key {
    char table[9];
    char name[19];
    Kind kind;
    unsigned char choice_count;
    unsigned short offset;  // of the value in the recipe
    Range range;            // of an integer or a number
    const Choice* choices;
};

struct Keys {
    const Key* first;
    const Key* last;
    const Key* begin() const { return first; }
    const Key* end() const { return last; }
};

// Every key, in the order of the design.
Keys recipe_keys();

// The value of a key in a recipe, as TOML writes it.
TomlValue read_value(const Key& key, const Recipe& recipe);
// Throws std::invalid_argument, whose text is what was expected; the caller adds key and line.
void write_value(const Key& key, const TomlValue& value, Recipe& recipe);
// "seconds from 0 (off) to 86400".
std::string expectation(const Key& key);

// Throws std::invalid_argument, naming the keys, where values that are each allowed do not go together.
void validate_combinations(const Recipe& recipe);

}  // namespace dslite
