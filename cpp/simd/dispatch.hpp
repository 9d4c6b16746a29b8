// Which table of kernels is in use.
#pragma once

#include "simd/kernels.hpp"

namespace dslite {

// The kernels in use: the best this processor runs, or what DSLITE_FORCE_ISA or force_isa() names.
// Throws std::invalid_argument when that name is unknown or not supported here.
const Kernels& kernels();

}  // namespace dslite
