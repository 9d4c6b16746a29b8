#include <pybind11/stl.h>

#include <cstring>
#include <exception>
#include <stdexcept>

#include "arrays.hpp"
#include "dslite/error.hpp"
#include "dslite/simd.hpp"
#include "platform/process.hpp"

namespace {

namespace py = pybind11;

// Messages quote names and texts of files as they are: bytes that are no UTF-8 become what os.fsdecode
// makes of them. pybind11's own translation would raise UnicodeDecodeError instead.
void raise_as(const py::handle& type, const char* what) {
    const auto message = py::reinterpret_steal<py::object>(
        PyUnicode_DecodeUTF8(what, static_cast<py::ssize_t>(std::strlen(what)), "surrogateescape"));
    if (message) PyErr_SetObject(type.ptr(), message.ptr());
}

void register_errors(py::module_& m) {
    static const py::handle error =
        py::exception<dslite::Error>(m, "Error", PyExc_RuntimeError).release();
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const dslite::Error& e) {
            raise_as(error, e.what());
        } catch (const std::invalid_argument& e) {
            raise_as(PyExc_ValueError, e.what());
        }
    });
}

}  // namespace

// Without the GIL, too: models, streams and resamplers have locks of their own, front ends are never changed,
// and the choice of an instruction set is atomic. Only a recipe that one thread changes is no other's to read.
PYBIND11_MODULE(_dslite, m, py::mod_gil_not_used()) {
    m.doc() = "The dslite core.";
    register_errors(m);
    dslite::python::bind_recipe(m);
    dslite::python::bind_front_end(m);
    dslite::python::bind_audio(m);
    dslite::python::bind_model(m);
    dslite::python::bind_stages(m);
    dslite::python::bind_stream(m);
    dslite::python::bind_checks(m);
    m.def("peak_memory_bytes", &dslite::platform::peak_memory_bytes,
          "The most memory that this process ever had in use; 0 where that is not known.");
    m.def(
        "active_isa", &dslite::active_isa,
        "Instruction set in use: \"scalar\", \"sse2\", \"avx2\", \"avx512\" or \"neon\". The best this "
        "processor runs, unless DSLITE_FORCE_ISA names another (ValueError if it cannot).");
    m.def("supported_isas", &dslite::supported_isas,
          "Instruction sets usable here, the best last.");
    m.def("force_isa", &dslite::force_isa, py::arg("name"),
          "Use this instruction set from now on, \"\" for the default. For tests and benches.");
}
