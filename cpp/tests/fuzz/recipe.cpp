// Whatever the text, the parser reads it or throws std::invalid_argument in one line; and what it read is
// what it writes.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "dslite/recipe.hpp"
#include "dslite/toml.hpp"

namespace {

void read_values(std::string_view text) {
    try {
        std::string again;
        for (const dslite::TomlItem& item : dslite::parse_toml(text)) {
            const std::string line = "key = " + dslite::format_toml(item.value);
            if (dslite::parse_toml(line).at(0).value != item.value) std::abort();
        }
    } catch (const std::invalid_argument& error) {
        if (std::strncmp(error.what(), "line ", 5) != 0) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    read_values(text);
    try {
        const dslite::Recipe recipe = dslite::Recipe::parse(text);
        if (dslite::Recipe::parse(recipe.to_toml()) != recipe) std::abort();
    } catch (const std::invalid_argument&) {
    }
    return 0;
}
