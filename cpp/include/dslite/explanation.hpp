// Why a model answered as it did: the parts of a chunk's picture that speak for a label.
//
// With class maps M_c, whose means over the picture are the logits less what no place of it decides, a
// class is explained against the others by R = M_c − Σ_j p_j M_j, the p being its scores; a value by M_c.
#pragma once

#include <cstddef>
#include <vector>

#include "dslite/model.hpp"
#include "dslite/recipe.hpp"

namespace dslite {

// A part of a chunk's picture.
struct Region {
    double start_s = 0;  // in the chunk
    double end_s = 0;
    double low_hz = 0;  // both −1 where the picture's rows are no frequencies (MFCC)
    double high_hz = 0;
    double share = 0;  // of all that speaks for the label
};

// The relevance of each place for a label → (rows · columns), row 0 the highest frequency; above 0 it
// speaks for the label. Throws std::invalid_argument where the answer has no maps or there is no such label.
std::vector<float> relevance(const Model& model, const Answer& answer, std::size_t label);

// Where a grid of relevance over the picture of `chunk_seconds` is strongest: the connected places that
// have at least half of the highest, as the box around them, the largest share first and three at most.
// None where nothing is above 0. Throws std::invalid_argument unless rows and columns are 1 or more.
std::vector<Region> strongest_regions(const Recipe& recipe, double chunk_seconds,
                                      const float* relevance, std::size_t rows,
                                      std::size_t columns);

// The same of relevance() for an answer.
std::vector<Region> strongest_regions(const Model& model, const Answer& answer,
                                      const std::vector<float>& relevance);

}  // namespace dslite
