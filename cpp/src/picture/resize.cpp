#include "dslite/resize.hpp"

#include <algorithm>

#include "simd/dispatch.hpp"

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
        for (std::size_t c = 0; c < 2; ++c) eights_[c] = permutation(8, (8 - 4 * c) % 8);
        for (std::size_t c = 0; c < 4; ++c) sixteens_[c] = permutation(16, (16 - 4 * c) % 16);
    }
    std::reverse(rows_.first.begin(), rows_.first.end());
    std::reverse(rows_.count.begin(), rows_.count.end());
    std::reverse(rows_.first_weight.begin(), rows_.first_weight.end());
}

// False where the register's values come from more than lanes/4 neighbouring cells.
bool ResizePlan::add_register(Permutation& to, std::size_t lanes, std::size_t start) const {
    const std::size_t least = columns_.first[start / 3];
    const std::size_t first = std::min(least, frames_ - lanes / 4);
    to.first.push_back(static_cast<std::uint32_t>(first));
    for (std::size_t i = start; i < start + lanes; ++i) {
        const std::size_t cell = columns_.first[i / 3] - first;
        if (cell >= lanes / 4) return false;
        to.index.push_back(static_cast<std::uint8_t>(4 * cell + i % 3));
    }
    return true;
}

// Empty where a register does not permit it.
ResizePlan::Permutation ResizePlan::permutation(std::size_t lanes, std::size_t lead) const {
    const std::size_t values = 3 * width();
    if (values < 2 * lanes || frames_ < lanes / 4) return {};
    Permutation found;
    found.lead = lead;
    if (lead > 0 && !add_register(found, lanes, 0)) return {};
    for (std::size_t at = lead; at < values - lanes; at += lanes) {
        if (!add_register(found, lanes, at)) return {};
    }
    if (!add_register(found, lanes, values - lanes)) return {};
    return found;
}

RunTable ResizePlan::runs() const {
    const auto table = [](const Permutation& p) {
        return PermutationTable{p.first.size(), p.lead, p.first.data(), p.index.data()};
    };
    return {width(),
            run_cell_.size(),
            run_cell_.data(),
            run_length_.data(),
            {table(eights_[0]), table(eights_[1])},
            {table(sixteens_[0]), table(sixteens_[1]), table(sixteens_[2]), table(sixteens_[3])}};
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
