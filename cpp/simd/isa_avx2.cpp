#define DSLITE_ISA avx2
#define DSLITE_WIDTH 8
#include "simd/kernels.inc"
