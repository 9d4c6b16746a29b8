// Single stages, for tests against oracles and for those who build something else from them.
#include <pybind11/complex.h>

#include "arrays.hpp"
#include "dslite/fft.hpp"
#include "dslite/frame.hpp"
#include "dslite/mel.hpp"

namespace dslite::python {
namespace {

class Fft {
  public:
    explicit Fft(std::size_t length) : plan_(length) {}

    py::array operator()(const py::object& frames, const py::object& out) {
        const auto in = float_array(frames, "frames", 2);
        if (static_cast<std::size_t>(in.shape(1)) != plan_.length()) {
            throw py::value_error("frames: expected rows of " + std::to_string(plan_.length()));
        }
        const auto bins = static_cast<py::ssize_t>(plan_.bins());
        using Spectra = py::array_t<std::complex<float>, py::array::c_style>;
        if (!out.is_none() && !py::isinstance<Spectra>(out)) {
            throw py::type_error("out: expected a C-contiguous complex64 array");
        }
        auto spectra =
            out.is_none() ? Spectra({in.shape(0), bins}) : py::reinterpret_borrow<Spectra>(out);
        if (spectra.ndim() != 2 || spectra.shape(0) != in.shape(0) || spectra.shape(1) != bins) {
            throw py::value_error("out: expected one row per frame of length // 2 + 1 bins");
        }
        plan_.transform(in.data(), static_cast<std::size_t>(in.shape(0)), spectra.mutable_data(),
                        scratch_);
        return spectra;
    }

  private:
    FftPlan plan_;
    Scratch scratch_;
};

py::array_t<float> window(const Recipe& recipe) {
    std::vector<float> values = FramePlan(recipe).window();
    const auto n = static_cast<py::ssize_t>(values.size());
    return to_array(std::move(values), {n});
}

py::array_t<float> mel_matrix(const Recipe& recipe) {
    const MelPlan plan(recipe);
    return to_array(plan.matrix(), {static_cast<py::ssize_t>(plan.bands()),
                                    static_cast<py::ssize_t>(recipe.bins())});
}

}  // namespace

void bind_stages(py::module_& m) {
    py::class_<Fft>(
        m, "Fft",
        "Real FFT of one length: (n, length) float32 → (n, length // 2 + 1) complex64. Not "
        "thread-safe. ValueError unless 1 ≤ length ≤ 2^22.")
        .def(py::init<std::size_t>(), py::arg("length"))
        .def("__call__", &Fft::operator(), py::arg("frames"), py::arg("out") = py::none());
    m.def("window", &window, py::arg("recipe"), "The analysis window, float32.");
    m.def("mel_matrix", &mel_matrix, py::arg("recipe"), "The filterbank: (bands, bins) float32.");
}

}  // namespace dslite::python
