// Stage 11: colours → the picture's 0…255 → what the backbone was trained on.
//
//   torch  (x/255 − [0.485, 0.456, 0.406])/[0.229, 0.224, 0.225]
//   tf     x/127.5 − 1
//   caffe  BGR, minus [103.939, 116.779, 123.68]
//   none   x
// Integer tensors: q = round(value/scale) + zero_point, ties to even, clamped to the type's range.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dslite/recipe.hpp"

namespace dslite {

// A network's quantised input.
struct Quantization {
    float scale = 1.0F;
    int zero_point = 0;
    bool is_signed = true;  // int8, else uint8
};

class TensorPlan {
  public:
    // `scaling` none is the picture itself. `raw` cells carry values instead of colours.
    TensorPlan(TensorScaling scaling, bool raw);

    // n cells, in place: colours 0…1 → values of the tensor.
    void process(float* cells, std::size_t n) const noexcept;
    // Channel `c` of the tensor, of a colour (red, green, blue) in 0…1: what process() does, in double.
    double value(const double* colour, std::size_t c) const;
    // n cells of tensor values → 4 bytes each.
    static void quantize(const Quantization& to, const float* cells, std::size_t n,
                         std::uint8_t* bytes) noexcept;

  private:
    float gain_[4];
    float offset_[4];
    bool raw_;
    bool bgr_;
};

}  // namespace dslite
