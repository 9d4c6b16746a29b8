#define DSLITE_ISA avx512
#define DSLITE_WIDTH 16
#include "simd/kernels.inc"
