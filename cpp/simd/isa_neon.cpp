#define DSLITE_ISA neon
#define DSLITE_WIDTH 4
#include "simd/kernels.inc"
