#include "dslite/stream.hpp"

#include <pybind11/stl.h>

#include <limits>
#include <mutex>
#include <optional>

#include "answers.hpp"
#include "arrays.hpp"
#include "dslite/decision.hpp"

namespace dslite::python {
namespace {

// Sound in, answers out in one call: they are all taken at once, so none is ever dropped. One thread
// at a time, for Python code may share it.
class NativeStream {
  public:
    NativeStream(Model& model, int rate_hz, int channels)
        : model_(model),
          stream_(model, rate_hz, channels, {std::numeric_limits<std::size_t>::max()}) {}

    int rate_hz() const { return stream_.rate_hz(); }
    int channels() const { return stream_.channels(); }
    std::int64_t frames() {
        const std::lock_guard<std::mutex> lock(mutex_);
        return stream_.frames();
    }

    py::list push(const py::object& samples) {
        const bool plain = stream_.channels() == 1 && py::isinstance<py::array>(samples) &&
                           py::reinterpret_borrow<py::array>(samples).ndim() == 1;
        const auto in = float_array(samples, "samples", plain ? 1 : 2);
        if (!plain && in.shape(1) != stream_.channels()) {
            throw py::value_error("samples: expected " + std::to_string(stream_.channels()) +
                                  " channels (columns), got " + std::to_string(in.shape(1)));
        }
        const float* const from = in.data();
        const auto frames = static_cast<std::size_t>(in.shape(0));
        return taken([&] { stream_.push(from, frames); });
    }
    py::list finish() {
        return taken([&] { stream_.finish(); });
    }

  private:
    template <typename Work>
    py::list taken(Work work) {
        std::vector<Answer> answers;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(mutex_);
            work();
            Answer answer;
            while (stream_.next(answer)) answers.push_back(answer);
        }
        py::list list;
        for (Answer& answer : answers) {
            list.append(to_tuple(model_, std::move(answer)));
        }
        return list;
    }

    const Model& model_;
    Stream stream_;
    std::mutex mutex_;
};

// A decision and, where its rules are not the model's own, their plan.
class NativeDecision {
  public:
    NativeDecision(const Model& model, const std::optional<Recipe>& recipe)
        : own_(recipe
                   ? std::make_unique<DecisionPlan>(*recipe, model.labels(), model.is_classifier())
                   : nullptr),
          decision_(own_ ? *own_ : model.decision()) {}

    py::list push(double start_s, double end_s, const py::object& scores) {
        const auto in = float_array(scores, "scores", 1);
        answer_.start_s = start_s;
        answer_.end_s = end_s;
        answer_.scores.assign(in.data(), in.data() + in.size());
        decision_.push(answer_, events_);
        return taken();
    }
    py::list finish() {
        decision_.finish(events_);
        return taken();
    }
    py::array_t<float> smoothed() const {
        const std::vector<float>& values = decision_.smoothed();
        return py::array_t<float>(static_cast<py::ssize_t>(values.size()), values.data());
    }

  private:
    py::list taken() {
        py::list list;
        for (const Event& event : events_) {
            list.append(py::make_tuple(event.start_s, event.end_s, event.label, event.peak));
        }
        events_.clear();
        return list;
    }

    std::unique_ptr<const DecisionPlan> own_;
    Decision decision_;
    Answer answer_;
    std::vector<Event> events_;
};

}  // namespace

void bind_stream(py::module_& m) {
    py::class_<NativeStream>(m, "NativeStream", "A model fed live; see dslite.Stream.")
        .def(py::init<Model&, int, int>(), py::arg("model"), py::arg("rate_hz"),
             py::arg("channels"), py::keep_alive<1, 2>())
        .def_property_readonly("rate_hz", &NativeStream::rate_hz)
        .def_property_readonly("channels", &NativeStream::channels)
        .def_property_readonly("frames", &NativeStream::frames)
        .def("push", &NativeStream::push, py::arg("samples"))
        .def("finish", &NativeStream::finish);
    py::class_<NativeDecision>(m, "NativeDecision", "Answers → events; see dslite.Decision.")
        .def(py::init<const Model&, const std::optional<Recipe>&>(), py::arg("model"),
             py::arg("recipe") = py::none(), py::keep_alive<1, 2>())
        .def_property_readonly("smoothed", &NativeDecision::smoothed)
        .def("push", &NativeDecision::push, py::arg("start_s"), py::arg("end_s"), py::arg("scores"))
        .def("finish", &NativeDecision::finish);
}

}  // namespace dslite::python
