#include "dslite/model.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "answers.hpp"
#include "arrays.hpp"
#include "blocks.hpp"
#include "dslite/error.hpp"
#include "dslite/explanation.hpp"

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

// One chunk → its scores, and class maps (rows, columns, labels).
py::tuple explain(Model& model, const py::object& samples) {
    const auto in = float_array(samples, "samples", 1);
    if (model.maps() == nullptr) {
        throw Error(model.bundle().name() +
                    ": the network has no class maps; `dslite export RUN --explain` adds them");
    }
    const std::vector<int>& shape = model.maps()->shape;
    py::array_t<float> scores(static_cast<py::ssize_t>(model.labels().size()));
    py::array_t<float> maps({shape[1], shape[2], shape[3]});
    const float* const from = in.data();
    const auto count = static_cast<std::size_t>(in.size());
    float* const to = scores.mutable_data();
    float* const maps_to = maps.mutable_data();
    {
        const py::gil_scoped_release release;
        model.scores(from, count, to, maps_to);
    }
    return py::make_tuple(std::move(scores), std::move(maps));
}

py::array_t<float> relevance_of(const Model& model, const py::object& scores,
                                const py::object& maps, std::size_t label) {
    const auto given = float_array(scores, "scores", 1);
    const auto of = float_array(maps, "maps", 3);
    const Answer empty = model.empty_answer();
    if (static_cast<std::size_t>(given.size()) != empty.scores.size() ||
        static_cast<std::size_t>(of.size()) != empty.maps.size()) {
        throw py::value_error("scores and maps: expected those of this model's explain()");
    }
    Answer answer;
    answer.scores.assign(given.data(), given.data() + given.size());
    answer.maps.assign(of.data(), of.data() + of.size());
    const std::vector<float> made = relevance(model, answer, label);
    py::array_t<float> out({of.shape(0), of.shape(1)});
    std::copy(made.begin(), made.end(), out.mutable_data());
    return out;
}

py::list regions_of(const Recipe& recipe, double chunk_seconds, const py::object& relevance) {
    const auto grid = float_array(relevance, "relevance", 2);
    py::list list;
    for (const Region& region : strongest_regions(recipe, chunk_seconds, grid.data(),
                                                  static_cast<std::size_t>(grid.shape(0)),
                                                  static_cast<std::size_t>(grid.shape(1)))) {
        list.append(py::make_tuple(region.start_s, region.end_s, region.low_hz, region.high_hz,
                                   region.share));
    }
    return list;
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

// The chunks of a recording that comes in blocks, an iterator's arrays, answered one after the other.
class AnswerReader {
  public:
    AnswerReader(Model& model, const py::iterable& blocks, std::string name)
        : model_(model),
          name_(std::move(name)),
          chunks_(model.recipe(), blocks_of(blocks)),
          answer_(model.empty_answer()) {}

    py::tuple next() {
        SignalChunk chunk;
        bool found = false;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(mutex_);
            found = chunks_.next(chunk);
            if (found) model_.answer(chunk, answer_);
        }
        if (!found && chunks_.chunks() == 0) {
            throw Error(name_ + ": " + why_no_chunk(model_.recipe(), chunks_.samples()));
        }
        if (!found) throw py::stop_iteration();
        return to_tuple(model_, answer_);
    }

  private:
    Model& model_;
    std::string name_;
    ChunkReader chunks_;
    Answer answer_;
    std::mutex mutex_;
};

}  // namespace

void bind_model(py::module_& m) {
    py::class_<Model>(m, "NativeModel", "A bundle opened to answer; see dslite.Model.")
        .def(py::init([](const std::string& path, int threads, const std::string& library,
                         const std::string& package_folder, bool times_operators) {
                 return std::make_unique<Model>(
                     path, RuntimeOptions{library, package_folder, threads, times_operators});
             }),
             py::arg("path"), py::arg("threads") = 1, py::arg("library") = "",
             py::arg("package_folder") = "", py::arg("times_operators") = false)
        .def_property_readonly("recipe", [](const Model& model) { return model.recipe(); })
        .def_property_readonly("labels", [](const Model& model) { return model.labels(); })
        .def_property_readonly("is_classifier", &Model::is_classifier)
        .def_property_readonly("runtime", &Model::runtime)
        .def_property_readonly("input", [](const Model& model) { return describe(model.input()); })
        .def_property_readonly("output",
                               [](const Model& model) { return describe(model.output()); })
        .def_property_readonly("maps",
                               [](const Model& model) -> py::object {
                                   if (model.maps() == nullptr) return py::none();
                                   return describe(*model.maps());
                               })
        .def_property_readonly("entries",
                               [](const Model& model) { return entries(model.bundle()); })
        .def("scores", &scores, py::arg("samples"))
        .def("scores_of_tensor", &scores_of_tensor, py::arg("tensor"))
        .def("explain", &explain, py::arg("samples"))
        .def("relevance", &relevance_of, py::arg("scores"), py::arg("maps"), py::arg("label"));
    py::class_<AnswerReader>(
        m, "AnswerReader",
        "The answers for a recording at the recipe's rate that comes as mono float32 blocks: (start_s, end_s, "
        "best, scores, class maps or None) of each chunk, once its samples are there.")
        .def(py::init<Model&, const py::iterable&, std::string>(), py::arg("model"),
             py::arg("blocks"), py::arg("name") = "samples", py::keep_alive<1, 2>())
        .def("__iter__", [](const py::object& self) { return self; })
        .def("__next__", &AnswerReader::next);
    m.def(
        "strongest_regions", &regions_of, py::arg("recipe"), py::arg("chunk_seconds"),
        py::arg("relevance"),
        "Where a grid of relevance over a chunk's picture is strongest: (start_s, end_s, low_hz, high_hz, "
        "share), the largest share first; both frequencies -1 where rows are coefficients.");
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
