// What a recipe costs in memory, known before any of it is allocated.
#pragma once

#include <cstdint>

#include "dslite/recipe.hpp"

namespace dslite {

// Bytes of tables and of one thread's scratch, never less than they are.
std::uint64_t memory_of(const Recipe& recipe);

// Throws std::invalid_argument, naming the key that costs most, where memory_of() exceeds 1 GiB, or the MiB
// that the environment's DSLITE_RECIPE_MIB allows; for a DSLITE_RECIPE_MIB that is no number above 0, too.
void validate_memory(const Recipe& recipe);

}  // namespace dslite
