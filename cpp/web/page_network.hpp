// The network of a page: LiteRT.js runs it, in the worker in which the core runs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "dslite/bundle.hpp"
#include "dslite/runtime.hpp"

namespace dslite::web {

// One end of the network, as web/src/core.js writes it.
struct End {
    int type;  // of ElementType: 0 float32, 1 int8, 2 uint8
    float scale;
    int zero_point;
    int rank;
    int shape[8];
};

// The network that Module.runNetwork of the page runs: its input, and one output or two, `count` ends.
// Throws dslite::Error, of `name`, where these are no classifier's or regression's.
std::unique_ptr<Interpreter> page_network(const std::string& name, const End* ends,
                                          std::size_t count);
// None: of the ends that the recipe and the labels want, so that all else of the model works. To run it
// throws dslite::Error. Throws dslite::Error as Model's constructor does.
std::unique_ptr<Interpreter> no_network(const Bundle& bundle);

}  // namespace dslite::web
