// Python's iterators of blocks as the core's sources of sound.
#pragma once

#include <utility>
#include <vector>

#include "arrays.hpp"
#include "dslite/chunk_reader.hpp"

namespace dslite::python {

// The arrays of an iterator, one-dimensional float32 ones; called without the GIL.
inline NextBlock blocks_of(const py::iterable& blocks) {
    return [iterator = py::object(py::iter(blocks))](std::vector<float>& block) {
        const py::gil_scoped_acquire acquire;
        const auto item = py::reinterpret_steal<py::object>(PyIter_Next(iterator.ptr()));
        if (!item && PyErr_Occurred() != nullptr) throw py::error_already_set();
        if (!item) return false;
        const auto in = float_array(item, "block", 1);
        block.assign(in.data(), in.data() + in.size());
        return true;
    };
}

}  // namespace dslite::python
