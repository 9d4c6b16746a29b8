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
    if (nearest_) {
        eights_ = permutation(8);
        sixteens_ = permutation(16);
    }
    std::reverse(rows_.first.begin(), rows_.first.end());
    std::reverse(rows_.count.begin(), rows_.count.end());
    std::reverse(rows_.first_weight.begin(), rows_.first_weight.end());
}

// Empty where some register needs more than lanes/4 neighbouring cells.
ResizePlan::Permutation ResizePlan::permutation(std::size_t lanes) const {
    const std::size_t values = 3 * width();
    const std::size_t cells = lanes / 4;
    if (values < lanes || frames_ < cells) return {};
    Permutation found;
    for (std::size_t at = 0; at < values; at += lanes) {
        const std::size_t start = std::min(at, values - lanes);
        const std::size_t least = columns_.first[start / 3];
        const std::size_t first = std::min(least, frames_ - cells);
        found.first.push_back(static_cast<std::uint32_t>(first));
        for (std::size_t i = start; i < start + lanes; ++i) {
            const std::size_t cell = columns_.first[i / 3] - first;
            if (cell >= cells) return {};
            found.index.push_back(static_cast<std::uint8_t>(4 * cell + i % 3));
        }
    }
    return found;
}

RunTable ResizePlan::runs() const {
    const auto table = [](const Permutation& p) {
        return PermutationTable{p.first.size(), p.first.data(), p.index.data()};
    };
    return {width(),          run_cell_.size(), run_cell_.data(), run_length_.data(),
            table(eights_), table(sixteens_)};
}

std::size_t ResizePlan::work_floats() const { return nearest_ ? 0 : 4 * height() * frames_; }

void ResizePlan::process_rows(const float* cells, float* work) const noexcept {
    kernels().resize_rows(view(rows_), cells, frames_, work);
}

void ResizePlan::process_row(const float* work, std::size_t y, float* cells) const noexcept {
    kernels().resize_columns(view(columns_), work + 4 * frames_ * y, cells);
}

std::size_t ResizePlan::equal_rows(std::size_t y) const {
    std::size_t end = y + 1;
    while (end < height() && rows_.first[end] == rows_.first[y]) ++end;
    return end - y;
}

void ResizePlan::pack(const float* cells, int channels, std::size_t rows,
                      float* pixels) const noexcept {
    kernels().pick(cells, runs(), channels, rows, pixels);
}

void ResizePlan::pack(const std::uint8_t* cells, int channels, std::size_t rows,
                      std::uint8_t* pixels) const noexcept {
    kernels().pick_bytes(cells, runs(), channels, rows, pixels);
}

}  // namespace dslite
