// Answers as Python gets them.
#pragma once

#include <utility>
#include <vector>

#include "arrays.hpp"
#include "dslite/model.hpp"

namespace dslite::python {

// (start_s, end_s, best, scores, class maps or None).
inline py::tuple to_tuple(const Model& model, Answer answer) {
    py::object maps = py::none();
    if (model.maps() != nullptr) {
        const std::vector<int>& shape = model.maps()->shape;
        maps = to_array(std::move(answer.maps), {shape[1], shape[2], shape[3]});
    }
    const auto n = static_cast<py::ssize_t>(answer.scores.size());
    return py::make_tuple(answer.start_s, answer.end_s, answer.best,
                          to_array(std::move(answer.scores), {n}), maps);
}

}  // namespace dslite::python
