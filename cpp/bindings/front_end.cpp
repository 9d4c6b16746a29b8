#include <pybind11/stl.h>

#include <algorithm>
#include <optional>

#include "arrays.hpp"
#include "dslite/batch.hpp"
#include "dslite/chunk.hpp"
#include "dslite/fingerprint.hpp"
#include "dslite/pipeline.hpp"

namespace dslite::python {
namespace {

// The pipeline and what it needs to hand arrays over. Immutable after construction; every thread
// that calls keeps a scratch of its own.
class FrontEnd {
  public:
    explicit FrontEnd(const Recipe& recipe) : pipeline_(recipe), chunks_(recipe) {}

    const Pipeline& pipeline() const { return pipeline_; }
    const ChunkPlan& chunks() const { return chunks_; }
    const Recipe& recipe() const { return pipeline_.recipe(); }

    std::vector<py::ssize_t> picture_shape() const {
        return {recipe().picture.height, recipe().picture.width, recipe().channels()};
    }

  private:
    Pipeline pipeline_;
    ChunkPlan chunks_;
};

Scratch& thread_scratch() {
    static thread_local Scratch scratch;
    return scratch;
}

using Stage = void (Pipeline::*)(const float*, std::size_t, float*, Scratch&) const;

template <Stage stage>
void run(const Pipeline& pipeline, const py::array_t<float>& samples, float* out) {
    const float* const from = samples.data();
    const auto count = static_cast<std::size_t>(samples.size());
    const py::gil_scoped_release release;
    pipeline.check(from, count);
    (pipeline.*stage)(from, count, out, thread_scratch());
}

py::array_t<float> log_mel(const FrontEnd& self, const py::object& samples, const py::object& out) {
    const auto in = float_array(samples, "samples", 1);
    const Pipeline& pipeline = self.pipeline();
    const auto frames =
        static_cast<py::ssize_t>(pipeline.frames(static_cast<std::size_t>(in.size())));
    auto result = output_array(out, {frames, static_cast<py::ssize_t>(pipeline.rows())});
    run<&Pipeline::log_mel>(pipeline, in, result.mutable_data());
    return result;
}

template <Stage stage>
py::array_t<float> drawn(const FrontEnd& self, const py::object& samples, const py::object& out) {
    const auto in = float_array(samples, "samples", 1);
    auto result = output_array(out, self.picture_shape());
    run<stage>(self.pipeline(), in, result.mutable_data());
    return result;
}

// `out` if the caller gave one of exactly this type and shape, else a new array.
py::array integer_array(const py::object& out, const std::string& dtype,
                        const std::vector<py::ssize_t>& shape) {
    if (out.is_none()) return py::array(py::dtype(dtype), shape);
    if (!py::isinstance<py::array>(out)) throw py::type_error("out: expected a NumPy array");
    auto array = py::reinterpret_borrow<py::array>(out);
    const bool same =
        array.dtype().equal(py::dtype(dtype)) &&
        std::equal(shape.begin(), shape.end(), array.shape(), array.shape() + array.ndim());
    if (!same || !array.writeable() || !(array.flags() & py::array::c_style)) {
        throw py::value_error("out: expected a writeable, C-contiguous " + dtype +
                              " array of the picture's shape");
    }
    return array;
}

py::array tensor_quantized(const FrontEnd& self, const py::object& samples, float scale,
                           int zero_point, const std::string& dtype, const py::object& out) {
    const auto in = float_array(samples, "samples", 1);
    if (dtype != "int8" && dtype != "uint8") {
        throw py::value_error("dtype = \"" + dtype + "\": expected \"int8\" or \"uint8\"");
    }
    const bool is_signed = dtype == "int8";
    if (!(scale > 0.0F)) throw py::value_error("scale: expected a number above 0");
    if (zero_point < (is_signed ? -128 : 0) || zero_point > (is_signed ? 127 : 255)) {
        throw py::value_error("zero_point = " + std::to_string(zero_point) + ": outside " + dtype);
    }
    py::array result = integer_array(out, dtype, self.picture_shape());
    void* const to = result.mutable_data();
    const float* const from = in.data();
    const auto count = static_cast<std::size_t>(in.size());
    {
        const py::gil_scoped_release release;
        self.pipeline().check(from, count);
        self.pipeline().tensor_quantized(from, count, {scale, zero_point, is_signed}, to,
                                         thread_scratch());
    }
    return result;
}

// The chunks of a batch: samples in memory, which `kept_` holds on to, or parts of WAV files.
class Batch {
  public:
    explicit Batch(const py::object& batch) {
        if (!py::isinstance<py::list>(batch)) {
            add_rows(float_array(batch, "batch", 2));
            return;
        }
        for (const py::handle item : batch) {
            if (py::isinstance<Excerpt>(item)) {
                chunks_.push_back({nullptr, 0, item.cast<Excerpt>()});
            } else {
                const auto object = py::reinterpret_borrow<py::object>(item);
                add_rows(float_array(object, "batch", 1).reshape({1, -1}));
            }
        }
    }

    std::size_t size() const { return chunks_.size(); }

    ChunkSamples read(std::size_t i, std::vector<float>& room) const {
        const auto& [samples, count, excerpt] = chunks_[i];
        if (samples != nullptr) return {samples, count};
        room.resize(excerpt.count);
        excerpt.read(room.data());
        return {room.data(), room.size()};
    }

  private:
    struct Chunk {
        const float* samples;  // or null: to be read
        std::size_t count;
        Excerpt excerpt;
    };

    void add_rows(const py::array_t<float>& rows) {
        const auto count = static_cast<std::size_t>(rows.shape(1));
        for (py::ssize_t i = 0; i < rows.shape(0); ++i) {
            chunks_.push_back({rows.data() + static_cast<std::size_t>(i) * count, count, {}});
        }
        kept_.push_back(rows);
    }

    std::vector<Chunk> chunks_;
    std::vector<py::array_t<float>> kept_;
};

py::array_t<float> tensors(const FrontEnd& self, const py::object& batch, int threads,
                           const py::object& out) {
    if (threads < 0) throw py::value_error("threads: expected 0 (every core) or more");
    const Batch chunks(batch);
    std::vector<py::ssize_t> shape = self.picture_shape();
    shape.insert(shape.begin(), static_cast<py::ssize_t>(chunks.size()));
    auto result = output_array(out, shape);
    float* const to = result.mutable_data();
    const Pipeline& pipeline = self.pipeline();
    const py::gil_scoped_release release;
    draw_tensors(
        pipeline, chunks.size(),
        [&](std::size_t i, std::vector<float>& room) { return chunks.read(i, room); },
        static_cast<unsigned>(threads), to);
    return result;
}

py::array_t<float> chunk(const FrontEnd& self, const py::object& samples, std::size_t index) {
    const auto in = float_array(samples, "samples", 1);
    const auto count = static_cast<std::size_t>(in.size());
    const ChunkPlan& plan = self.chunks();
    if (index >= plan.count(count)) {
        throw py::index_error("chunk " + std::to_string(index) + " of " +
                              std::to_string(plan.count(count)));
    }
    py::array_t<float> result(static_cast<py::ssize_t>(plan.length(count)));
    plan.fill(in.data(), count, index, result.mutable_data());
    return result;
}

py::array_t<float> chunks(const FrontEnd& self, const py::object& samples) {
    const auto in = float_array(samples, "samples", 1);
    const auto count = static_cast<std::size_t>(in.size());
    const ChunkPlan& plan = self.chunks();
    const std::size_t n = plan.count(count);
    const std::size_t length = plan.length(count);
    py::array_t<float> result({static_cast<py::ssize_t>(n), static_cast<py::ssize_t>(length)});
    float* const to = result.mutable_data();
    for (std::size_t i = 0; i < n; ++i) plan.fill(in.data(), count, i, to + i * length);
    return result;
}

std::vector<std::pair<std::size_t, std::size_t>> spans(const FrontEnd& self, std::size_t count) {
    std::vector<std::pair<std::size_t, std::size_t>> list;
    for (std::size_t i = 0; i < self.chunks().count(count); ++i) {
        const Span span = self.chunks().span(i, count);
        list.emplace_back(span.start, span.stop);
    }
    return list;
}

}  // namespace

void bind_front_end(py::module_& m) {
    const auto samples = py::arg("samples");
    const auto out = py::arg("out") = py::none();
    py::class_<FrontEnd>(m, "FrontEnd",
                         R"(Sound → picture, by one recipe. Immutable and thread-safe.

Samples are C-contiguous float32, mono, at the recipe's rate, exactly one chunk (any length of at least
one window where ``chunk.seconds`` is 0). ``out`` takes the result instead of a new array. ValueError
for a wrong length or samples that are not finite, TypeError for another dtype.)")
        .def("__repr__",
             [](const FrontEnd& front) {
                 return "FrontEnd(" + py::repr(py::cast(front.recipe())).cast<std::string>() + ")";
             })
        .def(py::init([](const std::optional<Recipe>& recipe) {
                 const Recipe chosen = recipe.value_or(Recipe());
                 const py::gil_scoped_release release;
                 return std::make_unique<FrontEnd>(chosen);
             }),
             py::arg("recipe") = py::none())
        .def_property_readonly("recipe", [](const FrontEnd& self) { return self.recipe(); })
        .def_property_readonly(
            "chunk_samples", [](const FrontEnd& self) { return self.pipeline().chunk_samples(); },
            "Samples in a chunk; 0 when the whole clip is one.")
        .def("log_mel", &log_mel, samples, out,
             "One chunk → (frames, bands) float32: dB, or as the recipe's [scale] and [mfcc] say.")
        .def(
            "picture", &drawn<&Pipeline::picture>, samples, out,
            "One chunk → (height, width, 3) float32 in 0…255, row 0 the highest band; one channel of "
            "raw values with colormap \"none\".")
        .def("tensor", &drawn<&Pipeline::tensor>, samples, out,
             "One chunk → (height, width, channels) float32 as the backbone wants it.")
        .def("tensor_quantized", &tensor_quantized, samples, py::arg("scale"),
             py::arg("zero_point"), py::arg("dtype") = "int8", out,
             "The tensor as round(value/scale) + zero_point, ties to even, clamped: int8 or uint8.")
        .def(
            "tensors", &tensors, py::arg("batch"), py::arg("threads") = 0, out,
            "(n, samples), or a list of n chunks, each (samples,) or an Excerpt → (n, height, width, "
            "channels), on `threads` threads (0: every core), the GIL released.")
        .def("chunk", &chunk, samples, py::arg("index"),
             "One of chunks(), by its number. IndexError when there are fewer.")
        .def("chunks", &chunks, samples,
             "A whole recording → (n, chunk_samples): its chunks, the tail as the recipe says.")
        .def(
            "spans", &spans, py::arg("count"),
            "[(start, stop), …] in samples: the part of a recording of `count` samples in each chunk.")
        .def(py::pickle([](const FrontEnd& self) { return self.recipe().to_toml(); },
                        [](const std::string& text) {
                            return std::make_unique<FrontEnd>(Recipe::parse(text));
                        }));
    m.def(
        "fingerprint",
        [](const py::array& array) {
            if (!(array.flags() & py::array::c_style)) {
                throw py::value_error("fingerprint: expected a C-contiguous array");
            }
            return fingerprint(array.data(), static_cast<std::size_t>(array.nbytes()));
        },
        py::arg("picture"),
        "16 hex digits that two arrays share when, and in practice only when, their bytes are equal "
        "(FNV-1a, 64 bits).");
}

}  // namespace dslite::python
