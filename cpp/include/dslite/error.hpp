// What dslite throws. A wrong argument is std::invalid_argument; what is wrong outside the program
// (a file, a model, the inference runtime) is dslite::Error. Messages are one line: what, where,
// what was expected.
#pragma once

#include <stdexcept>

namespace dslite {

class Error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace dslite
