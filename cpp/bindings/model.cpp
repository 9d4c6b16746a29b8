#include "dslite/model.hpp"

#include <pybind11/stl.h>

#include "arrays.hpp"

namespace dslite::python {
namespace {

py::array_t<float> scores(Model& model, const py::object& samples) {
    const auto in = float_array(samples, "samples", 1);
    py::array_t<float> out(static_cast<py::ssize_t>(model.labels().size()));
    const float* const from = in.data();
    const auto count = static_cast<std::size_t>(in.size());
    float* const to = out.mutable_data();
    {
        const py::gil_scoped_release release;
        model.scores(from, count, to);
    }
    return out;
}

py::array_t<float> scores_of_tensor(Model& model, const py::object& tensor) {
    const auto in = float_array(tensor, "tensor", 3);
    const Recipe& recipe = model.recipe();
    if (in.shape(0) != recipe.picture.height || in.shape(1) != recipe.picture.width ||
        in.shape(2) != recipe.channels()) {
        throw py::value_error("tensor: expected shape (" + std::to_string(recipe.picture.height) +
                              ", " + std::to_string(recipe.picture.width) + ", " +
                              std::to_string(recipe.channels()) + ")");
    }
    py::array_t<float> out(static_cast<py::ssize_t>(model.labels().size()));
    const float* const from = in.data();
    float* const to = out.mutable_data();
    {
        const py::gil_scoped_release release;
        model.scores_of_tensor(from, to);
    }
    return out;
}

py::dict describe(const TensorInfo& info) {
    static const char* const names[] = {"float32", "int8", "uint8"};
    py::dict dict;
    dict["dtype"] = names[static_cast<std::size_t>(info.type)];
    dict["shape"] = py::tuple(py::cast(info.shape));
    dict["scale"] = info.scale;
    dict["zero_point"] = info.zero_point;
    return dict;
}

py::dict entries(const Bundle& bundle) {
    py::dict dict;
    for (const Bundle::Entry& entry : bundle.entries()) {
        dict[entry.name.c_str()] = py::bytes(entry.data.data(), entry.data.size());
    }
    return dict;
}

}  // namespace

void bind_model(py::module_& m) {
    py::class_<Model>(m, "NativeModel", "A bundle opened to answer; see dslite.Model.")
        .def(py::init([](const std::string& path, int threads, const std::string& library,
                         const std::string& package_folder) {
                 return std::make_unique<Model>(path,
                                                RuntimeOptions{library, package_folder, threads});
             }),
             py::arg("path"), py::arg("threads") = 1, py::arg("library") = "",
             py::arg("package_folder") = "")
        .def_property_readonly("recipe", [](const Model& model) { return model.recipe(); })
        .def_property_readonly("labels", [](const Model& model) { return model.labels(); })
        .def_property_readonly("is_classifier", &Model::is_classifier)
        .def_property_readonly("runtime", &Model::runtime)
        .def_property_readonly("input", [](const Model& model) { return describe(model.input()); })
        .def_property_readonly("output",
                               [](const Model& model) { return describe(model.output()); })
        .def_property_readonly("entries",
                               [](const Model& model) { return entries(model.bundle()); })
        .def("scores", &scores, py::arg("samples"))
        .def("scores_of_tensor", &scores_of_tensor, py::arg("tensor"));
    m.def(
        "read_bundle",
        [](const std::string& path) {
            const Bundle bundle = Bundle::open(path);
            bundle.check_network();
            return entries(bundle);
        },
        py::arg("path"),
        "The entries of a bundle, {name: bytes}, without loading its network. Error if it is none, or its "
        "network is not what was written.");
}

}  // namespace dslite::python
