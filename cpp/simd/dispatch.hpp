// Which table of kernels is in use.
#pragma once

#include <cfenv>

#include "simd/kernels.hpp"

namespace dslite {

// The kernels in use: the best this processor runs, or what DSLITE_FORCE_ISA or force_isa() names.
// Throws std::invalid_argument when that name is unknown or not supported here.
const Kernels& kernels();

// While it lives, what this thread computes is exact whatever goes on around it: one table of kernels, though
// force_isa() may choose another meanwhile, and the floating-point environment of IEEE 754, though the process
// may flush subnormal numbers or round another way. At every public entry that computes; nested ones cost
// nothing.
class ExactScope {
  public:
    ExactScope();
    ~ExactScope();
    ExactScope(const ExactScope&) = delete;
    ExactScope& operator=(const ExactScope&) = delete;

  private:
    bool outermost_;
    std::fenv_t before_;
};

}  // namespace dslite
