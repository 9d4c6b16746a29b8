// The LiteRT C API (libLiteRt.so of the ai-edge-litert wheel, 2.1.6 and later), on the CPU.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#include "platform/threads.hpp"
#include "src/runtime/backends.hpp"
#include "src/runtime/litert_api.hpp"

namespace dslite {
namespace {

const char* meaning(int status) {
    switch (status) {
        case 1: return "invalid argument";
        case 2: return "out of memory";
        case 3: return "runtime failure";
        case 4: return "missing input";
        case 5: return "unsupported";
        case 6: return "not found";
        case 8: return "wrong version";
        case 500: return "file error";
        case 501: return "not a valid model";
        case 504: return "compilation failed";
        default: return "see LiteRtStatus";
    }
}

// Calls functions and throws when their status is not 0.
struct Checked {
    std::string where;

    template <typename... Parameters, typename... Arguments>
    void operator()(const char* name, int (*function)(Parameters...),
                    Arguments... arguments) const {
        const int status = function(arguments...);
        if (status != 0) fail(name, status);
    }
    [[noreturn]] void fail(const char* name, int status) const {
        throw Error(where + ": " + name + " failed with status " + std::to_string(status) + " (" +
                    meaning(status) + ")");
    }
};

// The same for a function whose last parameter is where it puts what it creates.
template <typename T, typename... Parameters, typename... Arguments>
Owned<T> created(const Checked& checked, void (*destroy)(T*), const char* name,
                 int (*function)(Parameters...), Arguments... arguments) {
    T* object = nullptr;
    checked(name, function, arguments..., &object);
    return Owned<T>(object, destroy);
}

class LiteRt final : public Interpreter {
  public:
    LiteRt(const LiteRtApi& api, LiteRtEnvironment* environment, std::string where,
           std::shared_ptr<const std::vector<std::uint8_t>> bytes, const RuntimeOptions& options);

    const TensorInfo& input() const override { return input_; }
    const TensorInfo& output() const override { return outputs_[scores_]; }
    const TensorInfo* maps() const override {
        return outputs_.size() > 1 ? &outputs_[1 - scores_] : nullptr;
    }
    void run(const void* input, void* output) override;
    void run_timed(const void* input, void* output, std::vector<OperatorTime>& times) override;
    void read_maps(void* out) override { read(1 - scores_, out); }

  private:
    struct EndOfModel {
        TensorInfo info;
        LiteRtTensorType type;
    };
    void set_options(const RuntimeOptions& options);
    void add_option(const char* identifier, const std::string& text);
    EndOfModel describe(End end, std::size_t index, LiteRtSubgraph* subgraph) const;
    Owned<LiteRtTensorBuffer> make_buffer(End end, std::size_t index,
                                          LiteRtEnvironment* environment,
                                          const EndOfModel& model_end) const;
    void read(std::size_t index, void* out) const;

    // In the order in which they depend on each other, so that they go in the reverse.
    const LiteRtApi& api_;
    Checked checked_;
    std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
    Owned<LiteRtModel> model_;
    Owned<LiteRtOptions> options_;
    Owned<LiteRtCompiledModel> compiled_;
    Owned<LiteRtTensorBuffer> input_buffer_;
    std::vector<Owned<LiteRtTensorBuffer>> output_buffers_;
    LiteRtProfiler* profiler_ = nullptr;  // the compiled model's, where operators are to be timed
    TensorInfo input_;
    std::vector<TensorInfo> outputs_;
    std::size_t scores_ = 0;  // which of the outputs
};

LiteRt::LiteRt(const LiteRtApi& api, LiteRtEnvironment* environment, std::string where,
               std::shared_ptr<const std::vector<std::uint8_t>> bytes,
               const RuntimeOptions& options)
    : api_(api),
      checked_{std::move(where)},
      bytes_(std::move(bytes)),
      model_(created(checked_, api.destroy_model, "LiteRtCreateModelFromBuffer", api.create_model,
                     environment, bytes_->data(), bytes_->size())),
      options_(created(checked_, api.destroy_options, "LiteRtCreateOptions", api.create_options)),
      compiled_(nullptr, api.destroy_compiled),
      input_buffer_(nullptr, api.destroy_buffer) {
    std::size_t signatures = 0;
    checked_("LiteRtGetNumModelSignatures", api.signature_count, model_.get(), &signatures);
    if (signatures == 0) throw Error(checked_.where + ": the model has no signature");
    LiteRtSignature* signature = nullptr;
    LiteRtSubgraph* subgraph = nullptr;
    checked_("LiteRtGetModelSignature", api.signature, model_.get(), 0, &signature);
    checked_("LiteRtGetSignatureSubgraph", api.subgraph, signature, &subgraph);
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    checked_("LiteRtGetNumSubgraphInputs", api.input_count, subgraph, &inputs);
    checked_("LiteRtGetNumSubgraphOutputs", api.output_count, subgraph, &outputs);
    check_ends(checked_.where, inputs, outputs);
    const EndOfModel input = describe(End::input, 0, subgraph);

    set_options(options);
    compiled_ = created(checked_, api.destroy_compiled, "LiteRtCreateCompiledModel", api.compile,
                        environment, model_.get(), options_.get());
    if (options.times_operators && api.events != nullptr) {
        checked_("LiteRtCompiledModelGetProfiler", api.profiler, compiled_.get(), &profiler_);
    }
    input_buffer_ = make_buffer(End::input, 0, environment, input);
    input_ = input.info;
    for (std::size_t i = 0; i < outputs; ++i) {
        const EndOfModel output = describe(End::output, i, subgraph);
        output_buffers_.push_back(make_buffer(End::output, i, environment, output));
        outputs_.push_back(output.info);
    }
    scores_ = index_of_scores(checked_.where, outputs_);
}

void LiteRt::set_options(const RuntimeOptions& options) {
    checked_("LiteRtSetOptionsHardwareAccelerators", api_.set_accelerators, options_.get(), kCpu);
    add_option("xnnpack", "num_threads = " + std::to_string(options.threads) + "\n");
    if (options.times_operators) add_option("runtime_options_string", "enable_profiling = true\n");
}

void LiteRt::add_option(const char* identifier, const std::string& text) {
    std::unique_ptr<char, void (*)(void*)> payload(strdup(text.c_str()), std::free);
    LiteRtOpaqueOptions* opaque = nullptr;
    checked_("LiteRtCreateOpaqueOptions", api_.create_opaque, identifier, payload.get(), std::free,
             &opaque);
    static_cast<void>(payload.release());  // the options free it from here on
    checked_("LiteRtAddOpaqueOptions", api_.add_opaque, options_.get(), opaque);
}

LiteRt::EndOfModel LiteRt::describe(End end, std::size_t index, LiteRtSubgraph* subgraph) const {
    EndOfModel found{};
    LiteRtTensor* tensor = nullptr;
    if (end == End::input) {
        checked_("LiteRtGetSubgraphInput", api_.input, subgraph, index, &tensor);
    } else {
        checked_("LiteRtGetSubgraphOutput", api_.output, subgraph, index, &tensor);
    }
    checked_("LiteRtGetRankedTensorType", api_.tensor_type, tensor, &found.type);
    int kind = kQuantizationNone;
    checked_("LiteRtGetQuantizationTypeId", api_.quantization_kind, tensor, &kind);
    LiteRtQuantization quantization{};
    if (kind == kQuantizationPerTensor) {
        checked_("LiteRtGetPerTensorQuantization", api_.quantization, tensor, &quantization);
    }
    const std::int32_t* dimensions = found.type.dimensions;
    if (found.type.rank > std::size(found.type.dimensions)) {
        throw Error(checked_.where + ": the model has a tensor of rank " +
                    std::to_string(found.type.rank) + ", expected 8 at most");
    }
    found.info = checked_tensor(checked_.where, end, found.type.element_type,
                                {dimensions, dimensions + found.type.rank}, quantization.scale,
                                quantization.zero_point);
    std::copy(found.info.shape.begin(), found.info.shape.end(), found.type.dimensions);
    return found;
}

Owned<LiteRtTensorBuffer> LiteRt::make_buffer(End end, std::size_t index,
                                              LiteRtEnvironment* environment,
                                              const EndOfModel& model_end) const {
    LiteRtRequirements* requirements = nullptr;
    if (end == End::input) {
        checked_("LiteRtGetCompiledModelInputBufferRequirements", api_.input_requirements,
                 compiled_.get(), 0, index, &requirements);
    } else {
        checked_("LiteRtGetCompiledModelOutputBufferRequirements", api_.output_requirements,
                 compiled_.get(), 0, index, &requirements);
    }
    Owned<LiteRtTensorBuffer> buffer =
        created(checked_, api_.destroy_buffer, "LiteRtCreateManagedTensorBufferFromRequirements",
                api_.create_buffer, environment, &model_end.type, requirements);
    std::size_t size = 0;
    checked_("LiteRtGetTensorBufferSize", api_.buffer_size, buffer.get(), &size);
    if (size < size_in_bytes(model_end.info)) {
        throw Error(checked_.where + ": a tensor buffer of " + std::to_string(size) +
                    " bytes, expected " + std::to_string(size_in_bytes(model_end.info)));
    }
    return buffer;
}

void LiteRt::run(const void* input, void* output) {
    void* memory = nullptr;
    checked_("LiteRtLockTensorBuffer", api_.lock, input_buffer_.get(), &memory, kLockWrite);
    std::memcpy(memory, input, size_in_bytes(input_));
    checked_("LiteRtUnlockTensorBuffer", api_.unlock, input_buffer_.get());
    LiteRtTensorBuffer* in = input_buffer_.get();
    LiteRtTensorBuffer* out[2] = {};
    for (std::size_t i = 0; i < output_buffers_.size(); ++i) out[i] = output_buffers_[i].get();
    checked_("LiteRtRunCompiledModel", api_.run, compiled_.get(), 0, 1, &in, output_buffers_.size(),
             out);
    read(scores_, output);
}

void LiteRt::run_timed(const void* input, void* output, std::vector<OperatorTime>& times) {
    if (profiler_ == nullptr) {
        Interpreter::run_timed(input, output, times);
        return;
    }
    // Until it is reset, what also stops it, the profiler keeps what it has seen.
    checked_("LiteRtResetProfiler", api_.profiler_reset, profiler_);
    checked_("LiteRtStartProfiler", api_.profiler_start, profiler_);
    run(input, output);
    int count = 0;
    checked_("LiteRtGetNumProfilerEvents", api_.event_count, profiler_, &count);
    std::vector<LiteRtEvent> events(static_cast<std::size_t>(std::max(count, 0)));
    checked_("LiteRtGetProfilerEvents", api_.events, profiler_, count, events.data());
    for (const LiteRtEvent& event : events) {
        if (event.type != kEventOperator && event.type != kEventDelegated) continue;
        std::size_t at = 0;
        while (at < times.size() && times[at].kind != event.tag) ++at;
        if (at == times.size()) times.push_back({event.tag, 0, 0});
        ++times[at].count;
        times[at].ms += static_cast<double>(event.elapsed_us) / 1000;
    }
}

void LiteRt::read(std::size_t index, void* out) const {
    LiteRtTensorBuffer* buffer = output_buffers_[index].get();
    void* memory = nullptr;
    checked_("LiteRtLockTensorBuffer", api_.lock, buffer, &memory, kLockRead);
    std::memcpy(out, memory, size_in_bytes(outputs_[index]));
    checked_("LiteRtUnlockTensorBuffer", api_.unlock, buffer);
}

class LiteRtRuntime final : public Runtime {
  public:
    explicit LiteRtRuntime(const Library& library)
        : api_(library), path_(library.path), name_(library.name()) {
        // Neither looking for a GPU nor telling about it; a version that does not know these
        // options does without.
        const std::array<LiteRtEnvironmentOption, 2> quiet = {
            {{kTagLogSeverity, {kInteger, kLogErrors}}, {kTagAccelerators, {kInteger, kCpu}}}};
        const int status =
            api_.create_environment(static_cast<int>(quiet.size()), quiet.data(), &environment_);
        if (status == 0) return;
        Checked{path_}("LiteRtCreateEnvironment", api_.create_environment, 0, nullptr,
                       &environment_);
    }

    const std::string& path() const override { return path_; }
    std::string description() const override { return "LiteRT C API (" + path_ + ")"; }
    std::unique_ptr<Interpreter> interpreter(std::shared_ptr<const std::vector<std::uint8_t>> model,
                                             const RuntimeOptions& options) const override {
        check_threads(options.threads);
        // The environment is shared, and nothing says that models may be compiled in it at once.
        const platform::Lock lock(mutex_);
        return std::make_unique<LiteRt>(api_, environment_, name_, std::move(model), options);
    }

  private:
    LiteRtApi api_;
    std::string path_;
    std::string name_;
    LiteRtEnvironment* environment_ = nullptr;  // lives as long as the library: for good
    mutable platform::Mutex mutex_;
};

}  // namespace

std::shared_ptr<const Runtime> make_litert(const Library& library) {
    return std::make_shared<const LiteRtRuntime>(library);
}

}  // namespace dslite
