// Checks that every binding shares: arrays are taken as they are or refused, never converted.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

#include "dslite/recipe.hpp"
#include "dslite/wav.hpp"

namespace dslite::python {

namespace py = pybind11;

// A C-contiguous float32 array of `dimensions` axes. TypeError names what it was instead.
inline py::array_t<float> float_array(const py::object& object, const char* name, int dimensions) {
    const std::string wanted = std::string(name) + ": expected a C-contiguous float32 array of " +
                               std::to_string(dimensions) +
                               (dimensions == 1 ? " axis, got " : " axes, got ");
    if (!py::isinstance<py::array>(object)) {
        throw py::type_error(wanted + std::string(py::str(py::type::of(object))));
    }
    const auto array = py::reinterpret_borrow<py::array>(object);
    if (!py::isinstance<py::array_t<float>>(array)) {
        throw py::type_error(wanted + std::string(py::str(array.dtype())));
    }
    if (array.ndim() != dimensions) {
        throw py::value_error(wanted + std::to_string(array.ndim()));
    }
    if (!(array.flags() & py::array::c_style)) {
        throw py::value_error(wanted + "a strided one; use numpy.ascontiguousarray");
    }
    if (!(array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_)) {
        throw py::value_error(wanted + "one that is not aligned; use its copy()");
    }
    return py::reinterpret_borrow<py::array_t<float>>(array);
}

// `out` if the caller gave one of exactly this shape, else a new array.
inline py::array_t<float> output_array(const py::object& out,
                                       const std::vector<py::ssize_t>& shape) {
    if (out.is_none()) return py::array_t<float>(shape);
    auto array = float_array(out, "out", static_cast<int>(shape.size()));
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (array.shape(static_cast<py::ssize_t>(i)) != shape[i]) {
            std::string wanted;
            for (const py::ssize_t n : shape) wanted += std::to_string(n) + ", ";
            throw py::value_error("out: expected shape (" + wanted + ")");
        }
    }
    if (!array.writeable()) throw py::value_error("out: expected a writeable array");
    return array;
}

// A part of a WAV file, read whenever it is needed.
struct Excerpt {
    std::string path;
    std::size_t first = 0;  // frame
    std::size_t count = 0;
    int channel = -1;  // the mean of all

    void read(float* mono) const { WavFile(path).read_mono(first, count, channel, mono); }
};

// A vector's memory, handed over to NumPy.
template <class T>
py::array_t<T> to_array(std::vector<T>&& values, const std::vector<py::ssize_t>& shape) {
    auto* const kept = new std::vector<T>(std::move(values));
    const py::capsule owner(kept, [](void* p) { delete static_cast<std::vector<T>*>(p); });
    return py::array_t<T>(shape, kept->data(), owner);
}

py::object toml_to_python(const TomlValue& value);
void bind_recipe(py::module_& m);
void bind_recipe_tables(py::module_& m, py::class_<Recipe>& recipe);
void bind_front_end(py::module_& m);
void bind_audio(py::module_& m);
void bind_model(py::module_& m);
void bind_stages(py::module_& m);
void bind_stream(py::module_& m);
void bind_checks(py::module_& m);

}  // namespace dslite::python
