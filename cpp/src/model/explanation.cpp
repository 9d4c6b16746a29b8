#include "dslite/explanation.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "dslite/mel.hpp"
#include "dslite/pipeline.hpp"

namespace dslite {
namespace {

constexpr std::size_t kMostRegions = 3;
constexpr float kStrong = 0.5F;  // of the highest

struct Box {
    std::size_t top, bottom, left, right;  // inclusive
    double sum = 0;
};

// Flood fill from `first`, by four neighbours; what it takes is set to 0.
Box take_component(std::vector<float>& cells, std::size_t columns, std::size_t first, float least) {
    Box box{first / columns, first / columns, first % columns, first % columns, 0};
    std::vector<std::size_t> open = {first};
    while (!open.empty()) {
        const std::size_t cell = open.back();
        open.pop_back();
        if (cells[cell] < least) continue;
        box.sum += std::exchange(cells[cell], 0.0F);
        const std::size_t row = cell / columns;
        const std::size_t column = cell % columns;
        box = {std::min(box.top, row), std::max(box.bottom, row), std::min(box.left, column),
               std::max(box.right, column), box.sum};
        if (column > 0) open.push_back(cell - 1);
        if (column + 1 < columns) open.push_back(cell + 1);
        if (row > 0) open.push_back(cell - columns);
        if (cell + columns < cells.size()) open.push_back(cell + columns);
    }
    return box;
}

}  // namespace

std::vector<float> relevance(const Model& model, const Answer& answer, std::size_t label) {
    const std::size_t labels = model.labels().size();
    if (answer.maps.empty()) {
        throw std::invalid_argument(
            "this model has no class maps to explain its answers by; `dslite export RUN --explain` adds them");
    }
    if (label >= labels) {
        throw std::invalid_argument("label " + std::to_string(label) + ": expected 0 to " +
                                    std::to_string(labels - 1));
    }
    std::vector<float> out(answer.maps.size() / labels);
    const float* map = answer.maps.data();
    for (float& place : out) {
        double rest = 0;
        for (std::size_t j = 0; model.is_classifier() && j < labels; ++j) {
            rest += static_cast<double>(answer.scores[j]) * static_cast<double>(map[j]);
        }
        place = static_cast<float>(static_cast<double>(map[label]) - rest);
        map += labels;
    }
    return out;
}

std::vector<Region> strongest_regions(const Recipe& recipe, double chunk_seconds,
                                      const float* relevance, std::size_t rows,
                                      std::size_t columns) {
    if (rows == 0 || columns == 0) {
        throw std::invalid_argument("relevance: expected one row and column or more");
    }
    std::vector<float> cells(relevance, relevance + rows * columns);
    double all = 0;
    for (float& cell : cells) {
        cell = std::max(cell, 0.0F);
        all += static_cast<double>(cell);
    }
    const float highest = *std::max_element(cells.begin(), cells.end());
    std::vector<Region> regions;
    while (highest > 0 && regions.size() < cells.size()) {
        const auto at = std::max_element(cells.begin(), cells.end());
        if (*at < kStrong * highest) break;
        const auto first = static_cast<std::size_t>(at - cells.begin());
        const Box box = take_component(cells, columns, first, kStrong * highest);
        const auto share_of = [](std::size_t part, std::size_t whole) {
            return static_cast<double>(part) / static_cast<double>(whole);
        };
        Region region;
        region.start_s = chunk_seconds * share_of(box.left, columns);
        region.end_s = chunk_seconds * share_of(box.right + 1, columns);
        region.low_hz = picture_hz(recipe, 1 - share_of(box.bottom + 1, rows));
        region.high_hz = picture_hz(recipe, 1 - share_of(box.top, rows));
        region.share = box.sum / all;
        // Sorted as they come: an insertion sort of three.
        std::size_t place = regions.size();
        while (place > 0 && regions[place - 1].share < region.share) --place;
        regions.insert(regions.begin() + static_cast<std::ptrdiff_t>(place), region);
        if (regions.size() > kMostRegions) regions.pop_back();
    }
    return regions;
}

std::vector<Region> strongest_regions(const Model& model, const Answer& answer,
                                      const std::vector<float>& relevance) {
    const Recipe& recipe = model.recipe();
    const std::size_t chunk = model.pipeline().chunk_samples();
    const double seconds = chunk > 0 ? static_cast<double>(chunk) / recipe.audio.sample_rate_hz
                                     : answer.end_s - answer.start_s;
    const std::vector<int>& shape = model.maps()->shape;
    return strongest_regions(recipe, seconds, relevance.data(), static_cast<std::size_t>(shape[1]),
                             static_cast<std::size_t>(shape[2]));
}

}  // namespace dslite
