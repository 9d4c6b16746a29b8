// Stage 9: values of a chunk → colours.
//
// i = 255·(v − min)/(max − min) over the chunk, linear between the two neighbouring of matplotlib's
// 256 palette entries; a constant picture is entry 0. Colours are kept as *cells*: four floats, red,
// green, blue in 0…1 and one unused. With the colormap "none" a cell is the value itself, then zeros.
#pragma once

#include <cstddef>
#include <vector>

#include "dslite/recipe.hpp"
#include "dslite/tensor.hpp"

namespace dslite {

class ColormapPlan {
  public:
    explicit ColormapPlan(Colormap colormap);
    // Cells of `output`'s values instead of colours. Both are linear between entries, so where no
    // resize mixes colours in between, stage 11 costs nothing per cell.
    ColormapPlan(Colormap colormap, const TensorPlan& output);

    // The least and the largest of n > 0 values; the first and the last of the palette are theirs.
    struct Range {
        float low = 0;
        float high = 0;
    };
    Range range(const float* values, std::size_t n) const noexcept;
    // n values of a chunk with that range → n cells.
    void process(const float* values, std::size_t n, Range range, float* cells) const noexcept;

  private:
    void add_entries(Colormap colormap, const TensorPlan* output);

    std::vector<float> entries_;  // empty: raw values
};

}  // namespace dslite
