// TensorFlow Lite's own C API (libtensorflowlite_c.so), with XNNPACK where the library has it.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/process.hpp"
#include "src/runtime/backends.hpp"

// The C API's types and functions, as far as they are called here.
extern "C" {
struct TfLiteModel;
struct TfLiteInterpreterOptions;
struct TfLiteInterpreter;
struct TfLiteTensor;
struct TfLiteDelegate;
struct TfLiteQuantizationParams {
    float scale;
    std::int32_t zero_point;
};
}

namespace dslite {
namespace {

// The delegate's options grew from 4 to over 60 bytes in the life of the API. The number of threads
// was always first and the flags second; what follows is larger here than any version's.
struct XnnpackOptions {
    std::int32_t num_threads = 0;
    std::uint32_t flags = 0;
    alignas(8) unsigned char rest[504] = {};
};
constexpr std::uint32_t kXnnpackInt8 = 1;   // TFLITE_XNNPACK_DELEGATE_FLAG_QS8
constexpr std::uint32_t kXnnpackUint8 = 2;  // TFLITE_XNNPACK_DELEGATE_FLAG_QU8

using Reporter = void (*)(void* to, const char* format, std::va_list arguments);

struct Api {
    explicit Api(const Library& library);

    const char* (*version)();
    TfLiteModel* (*model_create)(const void* bytes, std::size_t size);
    void (*model_delete)(TfLiteModel*);
    TfLiteInterpreterOptions* (*options_create)();
    void (*options_delete)(TfLiteInterpreterOptions*);
    void (*options_set_threads)(TfLiteInterpreterOptions*, std::int32_t);
    void (*options_add_delegate)(TfLiteInterpreterOptions*, TfLiteDelegate*);
    void (*options_set_reporter)(TfLiteInterpreterOptions*, Reporter, void* to);
    TfLiteInterpreter* (*create)(const TfLiteModel*, const TfLiteInterpreterOptions*);
    void (*destroy)(TfLiteInterpreter*);
    int (*allocate)(TfLiteInterpreter*);
    int (*invoke)(TfLiteInterpreter*);
    std::int32_t (*input_count)(const TfLiteInterpreter*);
    std::int32_t (*output_count)(const TfLiteInterpreter*);
    TfLiteTensor* (*input)(const TfLiteInterpreter*, std::int32_t);
    const TfLiteTensor* (*output)(const TfLiteInterpreter*, std::int32_t);
    int (*tensor_type)(const TfLiteTensor*);
    std::int32_t (*tensor_rank)(const TfLiteTensor*);
    std::int32_t (*tensor_dimension)(const TfLiteTensor*, std::int32_t);
    TfLiteQuantizationParams (*tensor_quantization)(const TfLiteTensor*);
    int (*tensor_write)(TfLiteTensor*, const void* from, std::size_t size);
    int (*tensor_read)(const TfLiteTensor*, void* to, std::size_t size);
    // Null when the library was built without XNNPACK.
    XnnpackOptions (*xnnpack_defaults)();
    TfLiteDelegate* (*xnnpack_create)(const XnnpackOptions*);
    void (*xnnpack_delete)(TfLiteDelegate*);
};

Api::Api(const Library& library) {
    library.need(version, "TfLiteVersion");
    library.need(model_create, "TfLiteModelCreate");
    library.need(model_delete, "TfLiteModelDelete");
    library.need(options_create, "TfLiteInterpreterOptionsCreate");
    library.need(options_delete, "TfLiteInterpreterOptionsDelete");
    library.need(options_set_threads, "TfLiteInterpreterOptionsSetNumThreads");
    library.need(options_add_delegate, "TfLiteInterpreterOptionsAddDelegate");
    library.need(options_set_reporter, "TfLiteInterpreterOptionsSetErrorReporter");
    library.need(create, "TfLiteInterpreterCreate");
    library.need(destroy, "TfLiteInterpreterDelete");
    library.need(allocate, "TfLiteInterpreterAllocateTensors");
    library.need(invoke, "TfLiteInterpreterInvoke");
    library.need(input_count, "TfLiteInterpreterGetInputTensorCount");
    library.need(output_count, "TfLiteInterpreterGetOutputTensorCount");
    library.need(input, "TfLiteInterpreterGetInputTensor");
    library.need(output, "TfLiteInterpreterGetOutputTensor");
    library.need(tensor_type, "TfLiteTensorType");
    library.need(tensor_rank, "TfLiteTensorNumDims");
    library.need(tensor_dimension, "TfLiteTensorDim");
    library.need(tensor_quantization, "TfLiteTensorQuantizationParams");
    library.need(tensor_write, "TfLiteTensorCopyFromBuffer");
    library.need(tensor_read, "TfLiteTensorCopyToBuffer");
    library.find(xnnpack_defaults, "TfLiteXNNPackDelegateOptionsDefault");
    library.find(xnnpack_create, "TfLiteXNNPackDelegateCreate");
    library.find(xnnpack_delete, "TfLiteXNNPackDelegateDelete");
}

bool has_xnnpack(const Api& api) {
    return api.xnnpack_defaults != nullptr && api.xnnpack_create != nullptr &&
           api.xnnpack_delete != nullptr;
}

XnnpackOptions xnnpack_options(const Api& api, int threads) {
    XnnpackOptions options;
    // Before 2.13 the structure could be small enough to come back in registers, where a larger
    // declaration does not find it. Its defaults were zeros then, but for the two flags.
    int major = 0;
    int minor = 0;
    const int read = std::sscanf(api.version(), "%d.%d", &major, &minor);
    if (read == 2 && (major > 2 || (major == 2 && minor >= 13))) options = api.xnnpack_defaults();
    options.num_threads = threads;
    options.flags |= kXnnpackInt8 | kXnnpackUint8;
    return options;
}

// The last thing the library reported, kept for the error that follows.
class Report {
  public:
    static void take(void* to, const char* format, std::va_list arguments) {
        char* text = static_cast<Report*>(to)->text_;
        std::vsnprintf(text, sizeof text_, format, arguments);
        for (; *text != '\0'; ++text) {
            if (*text == '\n') *text = ' ';
        }
    }
    std::string text() const { return *text_ == '\0' ? "" : std::string(" (") + text_ + ")"; }

  private:
    char text_[512] = {};
};

class TfLite final : public Interpreter {
  public:
    TfLite(const Api& api, std::string where,
           std::shared_ptr<const std::vector<std::uint8_t>> bytes, int threads);

    const TensorInfo& input() const override { return input_; }
    const TensorInfo& output() const override { return outputs_[scores_]; }
    void run(const void* input, void* output) override {
        check_process();
        check(api_.tensor_write(api_.input(interpreter_.get(), 0), input, size_in_bytes(input_)),
              "TfLiteTensorCopyFromBuffer");
        check(api_.invoke(interpreter_.get()), "TfLiteInterpreterInvoke");
        read(scores_, output);
    }
    const TensorInfo* maps() const override {
        return outputs_.size() > 1 ? &outputs_[1 - scores_] : nullptr;
    }
    void read_maps(void* out) override { read(1 - scores_, out); }

  private:
    // The library waits forever for threads that a forked process does not have.
    void check_process() const {
        if (threads_ == 1 || platform::process_id() == process_) return;
        throw Error(where_ + ": this process was forked from one that opened the model with " +
                    std::to_string(threads_) +
                    " threads, which are not in it: open the model after " +
                    "forking, or with 1 thread");
    }
    void read(std::size_t index, void* out) const {
        const auto i = static_cast<std::int32_t>(index);
        check(api_.tensor_read(api_.output(interpreter_.get(), i), out,
                               size_in_bytes(outputs_[index])),
              "TfLiteTensorCopyToBuffer");
    }
    void check(int status, const char* call) const {
        if (status == 0) return;
        throw Error(where_ + ": " + call + " failed with status " + std::to_string(status) +
                    report_.text());
    }
    TensorInfo describe(End end, const TfLiteTensor* tensor) const;

    // In the order in which they depend on each other, so that they go in the reverse.
    const Api& api_;
    std::string where_;
    std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
    int threads_;
    long process_ = platform::process_id();
    Report report_;
    Owned<TfLiteModel> model_;
    Owned<TfLiteInterpreterOptions> options_;
    Owned<TfLiteDelegate> delegate_;
    Owned<TfLiteInterpreter> interpreter_;
    TensorInfo input_;
    std::vector<TensorInfo> outputs_;
    std::size_t scores_ = 0;  // which of the outputs
};

TfLite::TfLite(const Api& api, std::string where,
               std::shared_ptr<const std::vector<std::uint8_t>> bytes, int threads)
    : api_(api),
      where_(std::move(where)),
      bytes_(std::move(bytes)),
      threads_(threads),
      model_(api.model_create(bytes_->data(), bytes_->size()), api.model_delete),
      options_(api.options_create(), api.options_delete),
      delegate_(nullptr, api.xnnpack_delete),
      interpreter_(nullptr, api.destroy) {
    if (model_ == nullptr || options_ == nullptr) {
        throw Error(where_ + ": TfLiteModelCreate does not accept the model");
    }
    api.options_set_threads(options_.get(), threads);
    api.options_set_reporter(options_.get(), Report::take, &report_);
    if (has_xnnpack(api)) {
        const XnnpackOptions options = xnnpack_options(api, threads);
        // Null on a processor XNNPACK does not support; the library's own kernels serve there.
        delegate_.reset(api.xnnpack_create(&options));
        if (delegate_ != nullptr) api.options_add_delegate(options_.get(), delegate_.get());
    }
    interpreter_.reset(api.create(model_.get(), options_.get()));
    if (interpreter_ == nullptr) {
        throw Error(where_ + ": TfLiteInterpreterCreate does not accept the model" +
                    report_.text());
    }
    check(api.allocate(interpreter_.get()), "TfLiteInterpreterAllocateTensors");
    check_ends(where_, static_cast<std::size_t>(api.input_count(interpreter_.get())),
               static_cast<std::size_t>(api.output_count(interpreter_.get())));
    input_ = describe(End::input, api.input(interpreter_.get(), 0));
    for (std::int32_t i = 0; i < api.output_count(interpreter_.get()); ++i) {
        outputs_.push_back(describe(End::output, api.output(interpreter_.get(), i)));
    }
    scores_ = index_of_scores(where_, outputs_);
}

TensorInfo TfLite::describe(End end, const TfLiteTensor* tensor) const {
    std::vector<int> shape;
    for (std::int32_t i = 0; i < api_.tensor_rank(tensor); ++i) {
        shape.push_back(api_.tensor_dimension(tensor, i));
    }
    const TfLiteQuantizationParams quantization = api_.tensor_quantization(tensor);
    return checked_tensor(where_, end, api_.tensor_type(tensor), std::move(shape),
                          quantization.scale, quantization.zero_point);
}

class TfLiteRuntime final : public Runtime {
  public:
    explicit TfLiteRuntime(const Library& library)
        : api_(library), path_(library.path), name_(library.name()) {}

    const std::string& path() const override { return path_; }
    std::string description() const override {
        return std::string("TensorFlow Lite C API ") + api_.version() +
               (has_xnnpack(api_) ? " with XNNPACK (" : " without XNNPACK (") + path_ + ")";
    }
    std::unique_ptr<Interpreter> interpreter(std::shared_ptr<const std::vector<std::uint8_t>> model,
                                             const RuntimeOptions& options) const override {
        check_threads(options.threads);
        return std::make_unique<TfLite>(api_, name_, std::move(model), options.threads);
    }

  private:
    Api api_;
    std::string path_;
    std::string name_;
};

}  // namespace

std::shared_ptr<const Runtime> make_tflite(const Library& library) {
    return std::make_shared<const TfLiteRuntime>(library);
}

}  // namespace dslite
