// What a model does on the machine at hand: whether it computes the same, and how fast.
#include <pybind11/stl.h>

#include "arrays.hpp"
#include "dslite/stage_bench.hpp"
#include "dslite/verify.hpp"

namespace dslite::python {
namespace {

std::vector<StageCheck> verify_model(Model& model) {
    const py::gil_scoped_release release;
    return verify(model).stages;
}

StageBench bench_model(Model& model, std::size_t repeats, int rate_hz) {
    const py::gil_scoped_release release;
    StageBenchOptions options;
    options.repeats = repeats;
    options.rate_hz = rate_hz;
    return bench_stages(model, options);
}

std::vector<OperatorTime> bench_model_operators(Model& model, std::size_t repeats) {
    const py::gil_scoped_release release;
    StageBenchOptions options;
    options.repeats = repeats;
    return bench_operators(model, options);
}

}  // namespace

void bind_checks(py::module_& m) {
    py::class_<StageCheck>(m, "StageCheck", R"(One stage of the golden clip, replayed and compared.

Attributes: ``stage`` ("samples", "log_mel", "tensor" or "scores"), ``values`` compared, ``different``
of them by more than ``tolerance`` (0: the same bits), the index ``first`` of the first of those with
what was ``found`` and ``expected`` there, and the ``largest`` difference. str() is one line.)")
        .def_readonly("stage", &StageCheck::stage)
        .def_readonly("values", &StageCheck::values)
        .def_readonly("different", &StageCheck::different)
        .def_readonly("first", &StageCheck::first)
        .def_readonly("found", &StageCheck::found)
        .def_readonly("expected", &StageCheck::expected)
        .def_readonly("largest", &StageCheck::largest)
        .def_readonly("tolerance", &StageCheck::tolerance)
        .def_property_readonly("agrees", &StageCheck::agrees)
        .def("__str__", &StageCheck::text)
        .def("__repr__", [](const StageCheck& check) { return "<" + check.text() + ">"; });
    m.def(
        "verify", &verify_model, py::arg("model"),
        "Replays the model's golden clip: a StageCheck per stage, in the order of the spine. Error "
        "when there is none.");
    py::class_<StageTime>(m, "StageTime", "One stage, timed: median and 99th percentile, in ms.")
        .def_readonly("stage", &StageTime::stage)
        .def_readonly("median_ms", &StageTime::median_ms)
        .def_readonly("p99_ms", &StageTime::p99_ms);
    py::class_<StageBench>(m, "StageBench", "All stages of a model, timed; see dslite.Model.bench.")
        .def_readonly("stages", &StageBench::stages)
        .def_readonly("repeats", &StageBench::repeats)
        .def_readonly("chunk_seconds", &StageBench::chunk_seconds)
        .def_readonly("hop_seconds", &StageBench::hop_seconds)
        .def_readonly("real_time_factor", &StageBench::real_time_factor)
        .def_readonly("peak_memory_bytes", &StageBench::peak_memory_bytes)
        .def_readonly("isa", &StageBench::isa)
        .def_readonly("runtime", &StageBench::runtime);
    m.def("bench", &bench_model, py::arg("model"), py::arg("repeats") = 50,
          py::arg("rate_hz") = 48000, "Times the model's stages here.");
    py::class_<OperatorTime>(
        m, "OperatorTime",
        "The operators of one kind, by the library's name for it: how many, and the "
        "ms that all of them take.")
        .def_readonly("kind", &OperatorTime::kind)
        .def_readonly("count", &OperatorTime::count)
        .def_readonly("ms", &OperatorTime::ms);
    m.def(
        "bench_operators", &bench_model_operators, py::arg("model"), py::arg("repeats") = 50,
        "What the operators of each kind take of an inference on average, the most first; of a model "
        "opened with times_operators. Error where the library does not time them.");
}

}  // namespace dslite::python
