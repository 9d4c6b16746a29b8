#include "dslite/runtime.hpp"

#include <array>
#include <climits>
#include <stdexcept>
#include <utility>

#include "platform/files.hpp"
#include "platform/process.hpp"
#include "platform/threads.hpp"
#include "src/runtime/backends.hpp"

namespace dslite {
namespace {

constexpr const char* kVariable = "DSLITE_TFLITE_LIBRARY";

// "libLiteRt.so or libtensorflowlite_c.so"
std::string libraries() {
    return std::string(platform::kLiteRtLibrary) + " or " + platform::kTfLiteLibrary;
}

std::shared_ptr<const Runtime> make_runtime(const Library& library) {
    if (library.exports("LiteRtCreateEnvironment")) return make_litert(library);
    if (library.exports("TfLiteModelCreate")) return make_tflite(library);
    throw Error(library.path +
                ": exports neither the LiteRT nor the TensorFlow Lite C API, expected " +
                libraries());
}

std::shared_ptr<const Runtime> open_runtime(const std::string& path) {
    using Loaded = std::vector<std::pair<void*, std::shared_ptr<const Runtime>>>;
    static platform::Mutex mutex;
    // Never destroyed: a library must outlive whatever still runs in it when the process exits.
    static Loaded& loaded = *new Loaded;
    const platform::Lock lock(mutex);
    const Library library(platform::load_library(path));
    for (const auto& [handle, runtime] : loaded) {
        if (handle == library.handle) return runtime;
    }
    loaded.emplace_back(library.handle, make_runtime(library));
    return loaded.back().second;
}

// What the caller or the user's variable names, which may lie in the working directory: `libLiteRt.so` is
// that file if there is one, and else a name for the loader.
std::shared_ptr<const Runtime> open_named(const std::string& path) {
    const bool is_here = platform::is_bare_name(path) && platform::file_exists(path);
    return open_runtime(is_here ? "./" + path : path);
}

// Where a library is looked for that nobody named, in this order: the ai-edge-litert package, the program's
// folder, the loader's path. Whoever may write to the working directory must not choose what code runs here,
// so no place is relative to it.
std::vector<std::string> places(const RuntimeOptions& options) {
    using platform::kLiteRtLibrary;
    using platform::kTfLiteLibrary;
    std::vector<std::string> all;
    if (!options.package_folder.empty()) {
        all.push_back(options.package_folder + "/" + kLiteRtLibrary);
    }
    const std::string folder = platform::program_folder();
    if (!folder.empty()) {
        for (const char* name : {kLiteRtLibrary, kTfLiteLibrary}) all.push_back(folder + name);
    }
    for (const char* name : {kLiteRtLibrary, kTfLiteLibrary}) all.emplace_back(name);
    return all;
}

}  // namespace

void* Library::symbol(const char* name) const {
    void* found = platform::find_symbol(handle, name);
    if (found == nullptr) throw Error(path + ": does not export " + name);
    return found;
}

std::size_t TensorInfo::elements() const {
    std::size_t product = 1;
    for (const int dimension : shape) product *= static_cast<std::size_t>(dimension);
    return product;
}

void Interpreter::run_timed(const void* /*input*/, void* /*output*/,
                            std::vector<OperatorTime>& /*times*/) {
    throw Error("the runtime library does not time operators; expected LiteRT");
}

std::shared_ptr<const Runtime> Runtime::load(const RuntimeOptions& options) {
    if (!options.library.empty()) return open_named(options.library);
    const std::string variable = platform::environment(kVariable);
    if (!variable.empty()) {
        try {
            return open_named(variable);
        } catch (const Error& error) {
            throw Error(std::string(kVariable) + ": " + error.what());
        }
    }
    std::string tried;
    for (const std::string& place : places(options)) {
        try {
            return open_runtime(place);
        } catch (const Error& error) {
            tried += (tried.empty() ? "" : "; ") + std::string(error.what());
        }
    }
    throw Error("no TensorFlow Lite library found: `pip install ai-edge-litert`, or set " +
                std::string(kVariable) + " to the path of a " + libraries() + " (tried: " + tried +
                ")");
}

TensorInfo checked_tensor(const std::string& where, End end, int type, std::vector<int> shape,
                          float scale, long long zero_point) {
    const std::string what = where + ": the model's " + (end == End::input ? "input" : "output");
    TensorInfo info;
    switch (type) {
        case 1: info.type = ElementType::float32; break;
        case 3: info.type = ElementType::uint8; break;
        case 9: info.type = ElementType::int8; break;
        default:
            throw Error(what + " is of TensorFlow Lite's type " + std::to_string(type) +
                        ", expected float32, int8 or uint8");
    }
    if (!shape.empty() && shape[0] == -1) shape[0] = 1;
    constexpr std::size_t kMost = INT_MAX / sizeof(float);
    std::size_t product = 1;
    for (const int dimension : shape) {
        if (dimension <= 0) {
            throw Error(what + " has a dimension of " + std::to_string(dimension) +
                        ", expected a fixed shape");
        }
        if (static_cast<std::size_t>(dimension) > kMost / product) {  // a product might wrap
            throw Error(what + " is larger than 2 GiB");
        }
        product *= static_cast<std::size_t>(dimension);
    }
    info.shape = std::move(shape);
    if (info.type == ElementType::float32) return info;
    const int lowest = info.type == ElementType::int8 ? -128 : 0;
    if (!(scale > 0.0F) || zero_point < lowest || zero_point > lowest + 255) {
        throw Error(what + " is quantised with scale " + std::to_string(scale) +
                    " and zero point " + std::to_string(zero_point) +
                    ", expected a positive scale and a zero point within its type");
    }
    info.scale = scale;
    info.zero_point = static_cast<int>(zero_point);
    return info;
}

void check_ends(const std::string& where, std::size_t inputs, std::size_t outputs) {
    if (inputs == 1 && (outputs == 1 || outputs == 2)) return;
    throw Error(where + ": the model has " + std::to_string(inputs) + " inputs and " +
                std::to_string(outputs) +
                " outputs, expected one of each, or class maps as a second output");
}

std::size_t index_of_scores(const std::string& where, const std::vector<TensorInfo>& outputs) {
    if (outputs.size() == 1) return 0;
    const bool first_is_maps = outputs[0].shape.size() == 4;
    if (first_is_maps == (outputs[1].shape.size() == 4)) {
        throw Error(where + ": the model has two outputs, expected one of rank 4, its class maps");
    }
    return first_is_maps ? 1 : 0;
}

void check_threads(int threads) {
    if (threads >= 1 && threads <= 256) return;
    throw std::invalid_argument("threads: " + std::to_string(threads) + ", expected 1 to 256");
}

std::size_t size_in_bytes(const TensorInfo& info) {
    return info.elements() * (info.type == ElementType::float32 ? sizeof(float) : 1);
}

}  // namespace dslite
