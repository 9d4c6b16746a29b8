#define DSLITE_ISA scalar
#define DSLITE_WIDTH 1
#include "simd/kernels.inc"
