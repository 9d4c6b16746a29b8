// How a chunk's intermediate results share a scratch. In 64 bits, so that no size wraps around before it is
// compared with what can be addressed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dslite/pipeline.hpp"

namespace dslite {

constexpr std::size_t kRowsAtOnce = 8;  // of cells, where pixels are picked

// Floats, so that what follows them begins at 64 bytes.
constexpr std::uint64_t aligned(std::uint64_t floats) { return (floats + 15) / 16 * 16; }

// Where things lie in the scratch. The spectral half (blocks) is done before the picture half
// (cells) begins, so the two share memory.
struct Pipeline::Layout {
    std::size_t frames = 0;
    std::uint64_t rows = 0;  // (rows, frames): stage 8, after the (bands, frames) of stage 7 where
                             // MFCCs need both
    std::uint64_t shared = 0;  // prepared samples, blocks | scale's work | cells
    std::uint64_t total = 0;

    std::size_t bytes() const { return static_cast<std::size_t>(total * sizeof(float)); }
};

}  // namespace dslite
