// The table of kernels, one per instruction set. All of them compute the same bits.
//
// A *block* is `lanes` frames side by side: row i holds value i of every frame, so that each lane
// does one fixed sequence of additions and multiplications whatever the width. Blocks are aligned to
// 64 bytes. A *cell* is four floats, aligned to 16 bytes: three colour channels and one unused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/views.hpp"

namespace dslite {

constexpr std::size_t kMaxLanes = 16;
constexpr std::size_t kDotRows = 8;  // of dot16_columns

struct BlockKernels {
    std::size_t lanes;
    // Stages 4 to 6. Frames `samples + l·hop` for l < frames ≤ lanes (lanes past the last frame repeat it) →
    // |X|^exponent rows of the bins length/2 + 1, in order. `block` holds the transform's points, `work` is
    // needed by Bluestein only.
    void (*power)(const FrameTable& frame, const FftTable& fft, float exponent,
                  const float* samples, std::size_t hop, std::size_t frames, float* block,
                  double* work, float* rows);
    // Power rows → bands: out[band·stride + l] for l < frames.
    void (*mel)(const MelTable& table, const float* power, std::size_t frames, float* out,
                std::size_t stride);
};

struct Kernels {
    const char* isa;
    BlockKernels wide;    // as many frames as a register holds
    BlockKernels single;  // one frame, for streams

    // One complex transform in double, interleaved, in place: the plan's own, for the spectrum of Bluestein's
    // chirp. `work`: the points times half the lanes of `wide`, aligned to 64 bytes.
    void (*transform)(const PassTable<double>& table, double* points, double* work);
    // Stage 5 of as many frames as `wide` takes, as they are: bins as (re, im) rows.
    void (*spectrum)(const FrameTable& frame, const FftTable& fft, const float* samples,
                     std::size_t hop, std::size_t frames, float* block, double* work, float* rows);

    // Elementwise over n values, in place allowed.
    // gain·ln(max(x, amin)) + offset.
    void (*log_clamped)(const float* in, std::size_t n, float amin, float gain, float offset,
                        float* out);
    void (*log_added)(const float* in, std::size_t n, float amin, float* out);  // ln(x + amin)
    // PCEN's gain control: s / (√(s + 2) + √2) with s = x·(ε + smooth)^−0.98; `smooth` is used up.
    void (*pcen)(const float* in, float* smooth, std::size_t n, float* out);
    void (*clamp_low)(float* x, std::size_t n, float low);
    void (*min_max)(const float* in, std::size_t n, float* low, float* high);
    float (*peak)(const float* in, std::size_t n);  // max |x|
    void (*scale_to_peak)(const float* in, std::size_t n, float target, float peak, float* out);
    // Whether |x| ≤ limit for all, which no NaN is.
    bool (*all_within)(const float* in, std::size_t n, float limit);
    // (rows, columns) → (columns, rows), rows of the input `stride` apart and of the output
    // `out_stride`.
    void (*transpose)(const float* in, std::size_t rows, std::size_t stride, std::size_t columns,
                      float* out, std::size_t out_stride);
    // Σ a[i]·b[i] over n values, n a multiple of 16. Term i goes to partial sum i mod 16, terms in order;
    // the sixteen are then added pairwise, k to k + 8, k + 4, k + 2, k + 1.
    float (*dot16)(const float* a, const float* b, std::size_t n);
    // out[i·columns + c] = Σ_j in[places[j] + c]·rows[i][j] over n values, for c < columns and i < kDotRows:
    // each the sum that dot16 makes of the values from shifts[i] on, where rows[i] has zeros before these and
    // after them. columns is a multiple of 16.
    void (*dot16_columns)(const float* in, const std::uint32_t* places, const float* const* rows,
                          const std::uint32_t* shifts, std::size_t n, std::size_t columns,
                          float* out);
    // out[r][t] = Σ_k matrix[r][k] · in[k][t], the sum in the order of k.
    void (*multiply)(const float* matrix, std::size_t rows, std::size_t inner, const float* in,
                     std::size_t columns, float* out);

    // Values → cells: palette colours (0…1) of (v − low)/(high − low), or the raw value.
    void (*colour)(const PaletteTable& table, const float* in, std::size_t n, float low, float high,
                   float* cells);
    void (*raw_cells)(const float* in, std::size_t n, float* cells);
    void (*resize_rows)(const ResizeTable& table, const float* cells, std::size_t columns,
                        float* out);
    void (*resize_columns)(const ResizeTable& table, const float* row, float* out);
    void (*finish)(const OutputTable& table, float* cells, std::size_t n);
    void (*quantize)(const QuantizeTable& table, const float* cells, std::size_t n,
                     std::uint8_t* bytes);
    // Cells → a row of pixels of `channels` values each, `rows` times.
    void (*pick)(const float* cells, const RunTable& runs, int channels, std::size_t rows,
                 float* out);
    void (*pick_bytes)(const std::uint8_t* cells, const RunTable& runs, int channels,
                       std::size_t rows, std::uint8_t* out);
};

}  // namespace dslite
