// A bundle's texts read by those who parse them: what is wrong in one is wrong with the file.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "dslite/bundle.hpp"
#include "dslite/error.hpp"

namespace dslite {

// What `read` makes of an entry. Throws dslite::Error, naming the bundle and the entry, when it is not
// there, not UTF-8, or `read` throws std::invalid_argument.
template <typename Read>
auto read_text(const Bundle& bundle, const std::string& entry, Read read) {
    const std::string_view text = bundle.text(entry);
    try {
        return read(text);
    } catch (const std::invalid_argument& error) {
        throw Error(bundle.name() + ": " + entry + ": " + error.what());
    }
}

}  // namespace dslite
