// Which instruction set the kernels run on. Every one computes the same bits; the choice is speed.
#pragma once

#include <string>
#include <vector>

namespace dslite {

// "scalar", "sse2", "avx2", "avx512" or "neon": the best this processor supports, unless the
// environment's DSLITE_FORCE_ISA names another. Throws std::invalid_argument when that name is
// unknown or not supported here.
std::string active_isa();

// What this processor can run of what was compiled in, the best last.
std::vector<std::string> supported_isas();

// Overrides the choice for everything computed from now on; "" returns to the default. Meant for
// tests and benches. Throws std::invalid_argument as active_isa() does.
void force_isa(const std::string& name);

}  // namespace dslite
