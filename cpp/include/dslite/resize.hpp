// Stage 10: the chunk's picture (frames × rows, in cells) → width × height pixels; time runs right,
// frequency runs up.
//
// Both axes are resized with half-pixel centres exactly as tf.image.resize does for the same method
// and `antialias`, and the result is then turned: row 0 of the output is the highest band. Each axis is
// a sparse linear map; "nearest" is a choice of one input per output and costs one copy per pixel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dslite/recipe.hpp"

namespace dslite {

struct RunTable;

// One axis: output i is Σ_j weights[first_weight[i] + j]·input[first[i] + j], j < count[i].
struct ResizeAxis {
    std::vector<std::uint32_t> first;
    std::vector<std::uint32_t> count;
    std::vector<std::uint32_t> first_weight;
    std::vector<float> weights;
};

// The map of one axis for one method. Throws std::invalid_argument when a size is zero.
ResizeAxis resize_axis(std::size_t inputs, std::size_t outputs, ResizeMethod method,
                       bool antialias);

class ResizePlan {
  public:
    // Of a chunk with `frames` frames and `rows` bands.
    ResizePlan(const Recipe& recipe, std::size_t frames, std::size_t rows);

    std::size_t width() const { return columns_.first.size(); }
    std::size_t height() const { return rows_.first.size(); }
    std::size_t frames() const { return frames_; }
    bool is_nearest() const { return nearest_; }

    // Floats of work memory for process().
    std::size_t work_floats() const;
    // First half, all rows at once: (rows, frames) cells → (height, frames) cells in `work`.
    void process_rows(const float* cells, float* work) const noexcept;
    // Second half: row y of the picture from `work` → width cells.
    void process_row(const float* work, std::size_t y, float* cells) const noexcept;

    // Nearest only: the input row of picture row y, and how many rows from y on share it.
    std::size_t source_row(std::size_t y) const { return rows_.first[y]; }
    std::size_t equal_rows(std::size_t y) const;
    // Row y's cells (nearest: of its source row; else: what process_row left) → pixels of `channels`
    // values each, floats or bytes (4 to a cell), written to `rows` rows.
    void pack(const float* cells, int channels, std::size_t rows, float* pixels) const noexcept;
    void pack(const std::uint8_t* cells, int channels, std::size_t rows,
              std::uint8_t* pixels) const noexcept;

  private:
    // See PermutationTable.
    struct Permutation {
        std::size_t lead = 0;
        std::vector<std::uint32_t> first;
        std::vector<std::uint8_t> index;
    };
    Permutation permutation(std::size_t lanes, std::size_t lead) const;
    bool add_register(Permutation& to, std::size_t lanes, std::size_t start) const;
    RunTable runs() const;

    ResizeAxis rows_;  // already turned: output 0 is the highest band
    ResizeAxis columns_;
    std::vector<std::uint32_t> run_cell_;  // the row of pixels as runs of equal cells
    std::vector<std::uint32_t> run_length_;
    Permutation eights_[2];
    Permutation sixteens_[4];
    std::size_t frames_;
    bool nearest_;
};

}  // namespace dslite
