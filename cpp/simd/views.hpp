// What the kernels read: plain views of the tables that plans own. Included by files compiled for
// one instruction set, so nothing here may define code (STYLE: no weak symbols from ISA files).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dslite {

// Stage 4. How a frame is cut, cleaned and windowed.
struct FrameTable {
    const float* window;  // window_samples coefficients
    // fft_samples of them, zeros included, sixteen by sixteen: j + q·fft_samples/16 for q = 0 … 15; only where
    // that is a multiple of 64.
    const float* sixteens;
    std::size_t window_samples;
    std::size_t fft_samples;  // zeros follow the window up to here
    float preemphasis;        // x[i] −= c·x[i−1]; 0: off
    bool remove_dc;           // subtract the frame's mean first
    bool complex_rows;        // a row of zeros follows every sample: odd FFT lengths
};

constexpr int kMaxPasses = 32;

// A complex transform of 2^a·3^b·5^c points, in place, decimating in frequency. Pass p splits blocks
// of m points into radix[p] blocks of m/radix[p]; twiddle[p] holds (cos, sin) of −2π·j·q/m for
// j < m/radix, q = 1 … radix−1. X[k] ends at position[k].
template <class T>
struct PassTable {
    std::size_t points;
    int passes;
    int radix[kMaxPasses];
    const T* twiddle[kMaxPasses];
    const std::uint32_t* position;
    const std::uint32_t* first_bin;  // of the last pass's blocks: what ends in their first point
};

// Bluestein (1970): a transform of any length as a convolution with a chirp, of length fft.points.
struct BluesteinTable {
    PassTable<double> fft;
    std::size_t points;
    const double* chirp;   // (cos, sin) of −π·j²/points
    const double* filter;  // spectrum of the conjugate chirp over fft.points, at its positions
};

// A real transform whose length is a multiple of 64, without a complex one of half the length: real
// butterflies of 16 samples, `part` = length/16 apart, leave the bins k ≡ q (mod 16) to
// - a real transform of `part` values for q = 0, by a complex one of half as many;
// - complex transforms of `part` points for q = 1 … 7, which hold those of 16 − q, too, as bins
//   length − k;
// - a complex transform of part/2 points for q = 8 (bins ≡ 8 and ≡ 24 mod 32).
struct RealTable {
    std::size_t part;
    const float* twiddle;  // (cos, sin) of −2π·jq/length for j < part, q = 1 … 7
    const float* columns;  // the same by values: part of cos(q = 1), of sin(1), of cos(2) …
    const float* turn;     // (cos, sin) of −πj/part for j < part/2
    const float* unpack;   // (cos, sin) of −2πk/part for k < part/2
    PassTable<float> whole;
    PassTable<float> half;
};

// Rows of a block that a real transform takes: its parts lie a little apart, for what is a power of two
// apart shares its place in the cache.
constexpr std::size_t kPartGap = 2;

// Stage 5. A real transform of `length` samples: of length/2 complex points when even, else of
// `length` points with zero imaginary parts.
struct FftTable {
    std::size_t length;
    PassTable<float> fft;
    const float* unpack;  // (cos, sin) of −2πk/length for k = 0 … points/2, even lengths only
    const BluesteinTable* bluestein;  // null where fft serves
    const RealTable* real;            // null where fft or Bluestein serve
};

// Stage 7. Band b sums weight·power over `count[b]` bins from `first[b]`; the weights of all bands
// follow one another.
struct MelTable {
    std::size_t bands;
    const std::uint32_t* first;
    const std::uint32_t* count;
    const float* weights;
};

// Stage 9. 256 entries of 8 floats: the colour (3 channels and a zero) and its difference to the
// next entry (zero in the last).
struct PaletteTable {
    const float* entries;
};

// Stage 10, one axis: output i is Σ_j weights[first_weight[i] + j] · input[first[i] + j].
struct ResizeTable {
    std::size_t outputs;
    const std::uint32_t* first;
    const std::uint32_t* count;
    const std::uint32_t* first_weight;
    const float* weights;
};

// Stage 10, nearest: a row of pixels a register of values at a time. Register v holds the values
// index[v·lanes …] of the lanes/4 cells from first[v] on. The first begins with the row, the last ends
// with it, those between begin `lead` values into it, and all may overlap.
struct PermutationTable {
    std::size_t registers;  // 0: the row does not permit it
    std::size_t lead;
    const std::uint32_t* first;
    const std::uint8_t* index;
};

// Stage 10, nearest: a row of pixels as runs of equal ones.
struct RunTable {
    std::size_t pixels;
    std::size_t runs;
    const std::uint32_t* cell;
    const std::uint32_t* length;
    // For rows that begin 0, 4, 8, 12 values behind a multiple of a register.
    PermutationTable eights[2];
    PermutationTable sixteens[4];
};

// Stages 10 (end) and 11: a cell's value → what is stored: clip(255·v, 0, 255)·gain + offset.
struct OutputTable {
    float gain[4];
    float offset[4];
    bool raw;  // no colours: neither ×255 nor clipping
    bool bgr;  // channels reversed before gain and offset
};

// Real value → integer: clamp(round(value / scale) + zero_point), ties to even.
struct QuantizeTable {
    float scale;
    float zero_point;
    float low;
    float high;
};

}  // namespace dslite
