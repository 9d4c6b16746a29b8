#include <pybind11/stl.h>

#include "arrays.hpp"
#include "dslite/error.hpp"
#include "dslite/simd.hpp"

PYBIND11_MODULE(_dslite, m) {
    namespace py = pybind11;
    m.doc() = "The dslite core.";
    py::register_exception<dslite::Error>(m, "Error", PyExc_RuntimeError);
    dslite::python::bind_recipe(m);
    dslite::python::bind_front_end(m);
    dslite::python::bind_audio(m);
    dslite::python::bind_model(m);
    dslite::python::bind_stages(m);
    dslite::python::bind_stream(m);
    dslite::python::bind_checks(m);
    m.def(
        "active_isa", &dslite::active_isa,
        "Instruction set in use: \"scalar\", \"sse2\", \"avx2\", \"avx512\" or \"neon\". The best this "
        "processor runs, unless DSLITE_FORCE_ISA names another (ValueError if it cannot).");
    m.def("supported_isas", &dslite::supported_isas,
          "Instruction sets usable here, the best last.");
    m.def("force_isa", &dslite::force_isa, py::arg("name"),
          "Use this instruction set from now on, \"\" for the default. For tests and benches.");
}
