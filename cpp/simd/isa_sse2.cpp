#define DSLITE_ISA sse2
#define DSLITE_WIDTH 4
#include "simd/kernels.inc"
