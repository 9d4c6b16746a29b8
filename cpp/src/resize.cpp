#include "dslite/resize.hpp"

#include <algorithm>

#include "simd/kernels.hpp"

namespace dslite {
namespace {

ResizeTable view(const ResizeAxis& axis) {
    return {axis.first.size(), axis.first.data(), axis.count.data(), axis.first_weight.data(),
            axis.weights.data()};
}

}  // namespace

ResizePlan::ResizePlan(const Recipe& recipe, std::size_t frames, std::size_t rows)
    : frames_(frames), nearest_(recipe.picture.resize == ResizeMethod::nearest) {
    const Recipe::Picture& picture = recipe.picture;
    rows_ = resize_axis(rows, static_cast<std::size_t>(picture.height), picture.resize,
                        picture.antialias);
    columns_ = resize_axis(frames, static_cast<std::size_t>(picture.width), picture.resize,
                           picture.antialias);
    for (std::uint32_t x = 0; x < columns_.first.size(); ++x) {
        const std::uint32_t cell = nearest_ ? columns_.first[x] : x;
        if (x > 0 && cell == run_cell_.back()) {
            ++run_length_.back();
        } else {
            run_cell_.push_back(cell);
            run_length_.push_back(1);
        }
    }
    std::reverse(rows_.first.begin(), rows_.first.end());
    std::reverse(rows_.count.begin(), rows_.count.end());
    std::reverse(rows_.first_weight.begin(), rows_.first_weight.end());
}

std::size_t ResizePlan::work_floats() const { return nearest_ ? 0 : 4 * height() * frames_; }

void ResizePlan::process_rows(const float* cells, float* work) const noexcept {
    kernels().resize_rows(view(rows_), cells, frames_, work);
}

void ResizePlan::process_row(const float* work, std::size_t y, float* cells) const noexcept {
    kernels().resize_columns(view(columns_), work + 4 * frames_ * y, cells);
}

void ResizePlan::pack(const float* cells, int channels, float* pixels) const noexcept {
    const RunTable runs = {width(), run_cell_.size(), run_cell_.data(), run_length_.data()};
    kernels().pick(cells, runs, channels, pixels);
}

void ResizePlan::pack(const std::uint8_t* cells, int channels,
                      std::uint8_t* pixels) const noexcept {
    const RunTable runs = {width(), run_cell_.size(), run_cell_.data(), run_length_.data()};
    kernels().pick_bytes(cells, runs, channels, pixels);
}

}  // namespace dslite
