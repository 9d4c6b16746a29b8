#define DSLITE_ISA simd128
#define DSLITE_WIDTH 4
#include "simd/kernels.inc"
