#include <algorithm>
#include <memory>
#include <mutex>

#include "arrays.hpp"
#include "blocks.hpp"
#include "dslite/error.hpp"
#include "dslite/resample.hpp"
#include "dslite/signal.hpp"
#include "dslite/wav.hpp"

namespace dslite::python {
namespace {

// Shares the plan that a Resampler refers to.
class OwnedResampler {
  public:
    OwnedResampler(int from_hz, int to_hz)
        : plan_(recent_plan(from_hz, to_hz)), resampler_(*plan_) {}

    py::array_t<float> push(const py::object& samples) {
        const auto in = float_array(samples, "samples", 1);
        std::vector<float> out;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(in_use_);
            resampler_.push(in.data(), static_cast<std::size_t>(in.size()), out);
        }
        return taken(std::move(out));
    }
    py::array_t<float> flush() {
        std::vector<float> out;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(in_use_);
            resampler_.flush(out);
        }
        return taken(std::move(out));
    }

  private:
    static py::array_t<float> taken(std::vector<float>&& out) {
        const auto n = static_cast<py::ssize_t>(out.size());
        return to_array(std::move(out), {n});
    }

    std::shared_ptr<const ResamplePlan> plan_;
    Resampler resampler_;
    std::mutex in_use_;  // pushes from several threads take turns
};

// A warning of Python's, which its filters may hide or make an error.
void warn(const std::string& path, const std::string& text) {
    if (text.empty()) return;
    const py::object category = py::module_::import("dslite._dslite").attr("AudioWarning");
    const std::string message = path + ": " + text;
    const py::object shown = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
        message.data(), static_cast<py::ssize_t>(message.size()), "backslashreplace"));
    if (PyErr_WarnEx(category.ptr(), py::cast<std::string>(shown).c_str(), 1) < 0)
        throw py::error_already_set();
}

py::tuple to_python(Audio&& audio, const std::string& name) {
    warn(name, audio.warning);
    const auto frames = static_cast<py::ssize_t>(audio.frames());
    const int rate = audio.rate_hz;
    const py::ssize_t channels = audio.channels;
    return py::make_tuple(to_array(std::move(audio.samples), {frames, channels}), rate);
}

py::tuple read_wav_file(const std::string& path) {
    Audio audio;
    {
        const py::gil_scoped_release release;
        audio = read_wav(path);
    }
    return to_python(std::move(audio), path);
}

py::tuple decode_wav_bytes(const py::bytes& content, const std::string& name) {
    const std::string_view bytes = content;
    Audio audio;
    {
        const py::gil_scoped_release release;
        audio = decode_wav(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), name);
    }
    return to_python(std::move(audio), name);
}

py::array_t<float> read_excerpt(const Excerpt& self) {
    py::array_t<float> mono(static_cast<py::ssize_t>(self.count));
    float* const to = mono.mutable_data();
    const py::gil_scoped_release release;
    self.read(to);
    return mono;
}

py::array_t<float> mix(const py::object& samples, int channel) {
    const auto in = float_array(samples, "samples", 2);
    Audio audio;
    audio.channels = static_cast<int>(in.shape(1));
    audio.samples.assign(in.data(), in.data() + in.size());
    std::vector<float> mono = to_mono(audio, channel);
    const auto n = static_cast<py::ssize_t>(mono.size());
    return to_array(std::move(mono), {n});
}

py::array_t<float> resampled(const py::object& samples, int from_hz, int to_hz) {
    const auto in = float_array(samples, "samples", 1);
    std::vector<float> out;
    {
        const py::gil_scoped_release release;
        out = resample(in.data(), static_cast<std::size_t>(in.size()), from_hz, to_hz);
    }
    const auto n = static_cast<py::ssize_t>(out.size());
    return to_array(std::move(out), {n});
}

// Bytes from a function of Python's: read(size), which gives fewer or as many, none at the end.
ReadBytes bytes_of(const py::function& read) {
    // Whoever drops it may not hold the GIL.
    const std::shared_ptr<py::function> held(new py::function(read), [](py::function* function) {
        const py::gil_scoped_acquire acquire;
        delete function;
    });
    return [held](std::uint8_t* to, std::size_t size) {
        const py::gil_scoped_acquire acquire;
        const py::bytes found = (*held)(size);
        const std::string_view bytes = found;
        if (bytes.size() > size) throw Error("more bytes than were asked for");
        std::copy(bytes.begin(), bytes.end(), to);
        return bytes.size();
    };
}

// Warns of what is not as the header says as soon as it is known: of a pipe at its end.
class PythonSignalReader {
  public:
    PythonSignalReader(const std::string& path, int rate_hz, int channel) : path_(path) {
        begin([&] { return std::make_unique<SignalReader>(path, rate_hz, channel); });
    }
    PythonSignalReader(const py::function& read, const std::string& name, int rate_hz, int channel)
        : path_(name) {
        ReadBytes bytes = bytes_of(read);
        begin([&] {
            return std::make_unique<SignalReader>(std::move(bytes), name, rate_hz, channel);
        });
    }

    py::array_t<float> next() {
        std::vector<float> block;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(in_use_);
            reader_->next(block);
        }
        if (block.empty()) {
            warn_once();
            throw py::stop_iteration();
        }
        const auto n = static_cast<py::ssize_t>(block.size());
        return to_array(std::move(block), {n});
    }

  private:
    template <class Make>
    void begin(Make make) {
        {
            const py::gil_scoped_release release;
            reader_ = make();
        }
        warn_once();
    }
    void warn_once() {
        if (warned_ || reader_->warning().empty()) return;
        warned_ = true;
        warn(path_, reader_->warning());
    }

    std::string path_;
    std::unique_ptr<SignalReader> reader_;
    bool warned_ = false;
    std::mutex in_use_;
};

class PythonChunkReader {
  public:
    PythonChunkReader(const Recipe& recipe, const py::iterable& blocks)
        : chunks_(recipe, blocks_of(blocks)) {}

    py::tuple next() {
        SignalChunk chunk;
        std::vector<float> samples;
        bool found = false;
        {
            const py::gil_scoped_release release;
            const std::lock_guard<std::mutex> lock(in_use_);
            found = chunks_.next(chunk);
            if (found) samples.assign(chunk.samples, chunk.samples + chunk.count);
        }
        if (!found) throw py::stop_iteration();
        const auto n = static_cast<py::ssize_t>(samples.size());
        return py::make_tuple(chunk.span.start, chunk.span.stop, to_array(std::move(samples), {n}));
    }

  private:
    ChunkReader chunks_;
    std::mutex in_use_;
};

}  // namespace

void bind_audio(py::module_& m) {
    // Of recordings that were read, but not as they say they are.
    m.attr("AudioWarning") = py::reinterpret_steal<py::object>(PyErr_NewExceptionWithDoc(
        "dslite.AudioWarning", "A recording was read, but is not what its header says it is.",
        PyExc_UserWarning, nullptr));
    m.attr("MIN_RATE_HZ") = kMinRateHz;
    m.attr("MAX_RATE_HZ") = kMaxRateHz;
    m.attr("MAX_CHANNELS") = kMaxChannels;
    m.def("read_wav", &read_wav_file, py::arg("path"),
          "A WAV file → ((frames, channels) float32, rate in Hz). Error for what is no WAV or has "
          "no finite frame; AudioWarning where the file is not as long as its header says.");
    m.def("decode_wav", &decode_wav_bytes, py::arg("content"), py::arg("name"),
          "read_wav of bytes in memory; errors call them `name`.");
    m.def(
        "wav_is_readable",
        [](const py::bytes& head) {
            const std::string_view view = head;
            return wav_is_readable(reinterpret_cast<const std::uint8_t*>(view.data()), view.size());
        },
        py::arg("head"),
        "Whether a file that begins with these bytes is a WAV that read_wav decodes.");
    py::class_<WavFile>(
        m, "WavFile",
        "The head of a WAV file, whose frames can be read from where they lie. Error "
        "for what is no complete WAV.")
        .def(py::init([](const std::string& path) {
                 std::unique_ptr<WavFile> file;
                 {
                     const py::gil_scoped_release release;
                     file = std::make_unique<WavFile>(path);
                 }
                 warn(path, file->warning());
                 return file;
             }),
             py::arg("path"))
        .def_property_readonly("frames", &WavFile::frames)
        .def_property_readonly("rate_hz", &WavFile::rate_hz)
        .def_property_readonly("channels", &WavFile::channels)
        .def_property_readonly("is_float", &WavFile::is_float,
                               "Whether samples may not be finite: nobody has looked at them yet.");
    py::class_<PythonSignalReader>(
        m, "SignalReader",
        "A WAV file as mono float32 blocks at one rate: to_mono and resample of the whole, bit for bit, in "
        "memory that does not grow with it. Error for what is no WAV or lacks the channel, and, while it is "
        "read, at the first sample that is not finite. A pipe is given by read(size), which returns its next "
        "bytes, b\"\" at its end, and by a name for errors.")
        .def(py::init<const std::string&, int, int>(), py::arg("path"), py::arg("rate_hz"),
             py::arg("channel") = -1)
        .def(py::init<const py::function&, const std::string&, int, int>(), py::arg("read"),
             py::arg("name"), py::arg("rate_hz"), py::arg("channel") = -1)
        .def("__iter__", [](const py::object& self) { return self; })
        .def("__next__", &PythonSignalReader::next);
    py::class_<PythonChunkReader>(
        m, "ChunkReader",
        "The chunks of a recording at the recipe's rate that comes as mono float32 blocks: (start, stop, "
        "samples) of each, as FrontEnd.spans and FrontEnd.chunk cut the whole.")
        .def(py::init<const Recipe&, const py::iterable&>(), py::arg("recipe"), py::arg("blocks"))
        .def("__iter__", [](const py::object& self) { return self; })
        .def("__next__", &PythonChunkReader::next);
    py::class_<Excerpt>(
        m, "Excerpt",
        "`count` frames of a WAV file from frame `first` on, read when they are needed: "
        "the mean of all channels (-1), or one of them.")
        .def(py::init<std::string, std::size_t, std::size_t, int>(), py::arg("path"),
             py::arg("first"), py::arg("count"), py::arg("channel") = -1)
        .def("__len__", [](const Excerpt& self) { return self.count; })
        .def(
            "read", &read_excerpt,
            "(count,) float32, as read_wav and to_mono give them. Error when the file has not as many "
            "frames, or no such channel, or cannot be read.");
    m.def("to_mono", &mix, py::arg("samples"), py::arg("channel") = -1,
          "(frames, channels) → (frames,): the mean of all channels (-1), or one of them.");
    m.def(
        "resample", &resampled, py::arg("samples"), py::arg("from_hz"), py::arg("to_hz"),
        "A mono signal at another rate: ceil(n·to/from) samples, without delay. Flat to 0.91 of the "
        "lower Nyquist frequency, more than 120 dB down beyond it. ValueError for a rate outside "
        "MIN_RATE_HZ … MAX_RATE_HZ.");
    py::class_<OwnedResampler>(m, "Resampler",
                               "resample() fed piece by piece: any split gives the same bits.")
        .def(py::init<int, int>(), py::arg("from_hz"), py::arg("to_hz"),
             py::call_guard<py::gil_scoped_release>())
        .def("push", &OwnedResampler::push, py::arg("samples"),
             "The output samples that the input so far determines and were not returned yet.")
        .def("flush", &OwnedResampler::flush, "The rest: the signal ends here.");
}

}  // namespace dslite::python
