#include "dslite/tensor.hpp"

#include <algorithm>

#include "simd/dispatch.hpp"

namespace dslite {

TensorPlan::TensorPlan(TensorScaling scaling, bool raw)
    : gain_{1, 1, 1, 1},
      offset_{0, 0, 0, 0},
      raw_(raw),
      bgr_(!raw && scaling == TensorScaling::caffe) {
    if (raw) return;
    constexpr double kMean[3] = {0.485, 0.456, 0.406};
    constexpr double kDeviation[3] = {0.229, 0.224, 0.225};
    constexpr double kCaffeMean[3] = {103.939, 116.779, 123.68};
    for (int c = 0; c < 3; ++c) {
        if (scaling == TensorScaling::torch) {
            gain_[c] = static_cast<float>(1.0 / (255.0 * kDeviation[c]));
            offset_[c] = static_cast<float>(-kMean[c] / kDeviation[c]);
        } else if (scaling == TensorScaling::tf) {
            gain_[c] = static_cast<float>(1.0 / 127.5);
            offset_[c] = -1.0F;
        } else if (scaling == TensorScaling::caffe) {
            offset_[c] = static_cast<float>(-kCaffeMean[c]);
        }
    }
}

void TensorPlan::process(float* cells, std::size_t n) const noexcept {
    OutputTable table{};
    std::copy(gain_, gain_ + 4, table.gain);
    std::copy(offset_, offset_ + 4, table.offset);
    table.raw = raw_;
    table.bgr = bgr_;
    kernels().finish(table, cells, n);
}

double TensorPlan::value(const double* colour, std::size_t c) const {
    return 255.0 * colour[bgr_ ? 2 - c : c] * static_cast<double>(gain_[c]) +
           static_cast<double>(offset_[c]);
}

void TensorPlan::quantize(const Quantization& to, const float* cells, std::size_t n,
                          std::uint8_t* bytes) noexcept {
    const QuantizeTable table = {to.scale, static_cast<float>(to.zero_point),
                                 to.is_signed ? -128.0F : 0.0F, to.is_signed ? 127.0F : 255.0F};
    kernels().quantize(table, cells, n, bytes);
}

}  // namespace dslite
