#include "dslite/runtime.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "src/runtime/backends.hpp"

namespace dslite {
namespace {

constexpr const char* kVariable = "DSLITE_TFLITE_LIBRARY";
constexpr const char* kLoaderPath = "LD_LIBRARY_PATH";
constexpr std::array<const char*, 2> kNames = {"libLiteRt.so", "libtensorflowlite_c.so"};

using ElfStart = std::array<unsigned char, 20>;  // up to and with e_machine

// The first bytes of a file; false, and errno, when they cannot be read.
bool read_start(const std::string& path, ElfStart& start) {
    std::FILE* file = std::fopen(path.c_str(), "rbe");
    if (file == nullptr) return false;
    errno = 0;
    start = {};
    const std::size_t got = std::fread(start.data(), 1, start.size(), file);
    const int error = errno;
    std::fclose(file);
    errno = error;
    return got == start.size() || error == 0;
}

std::string machine_name(const ElfStart& start) {
    const bool little = start[EI_DATA] == ELFDATA2LSB;
    const int machine = little ? start[18] | start[19] << 8 : start[19] | start[18] << 8;
    switch (machine) {
        case EM_X86_64: return "x86-64";
        case EM_386: return "32-bit x86";
        case EM_AARCH64: return "AArch64";
        case EM_ARM: return "32-bit ARM";
        case EM_RISCV: return start[EI_CLASS] == ELFCLASS64 ? "64-bit RISC-V" : "32-bit RISC-V";
        default: return "machine " + std::to_string(machine);
    }
}

// The loader calls a library of another architecture "not found", so look before it does.
void check_file(const std::string& path) {
    ElfStart library;
    if (!read_start(path, library)) throw Error(path + ": " + std::strerror(errno));
    if (std::memcmp(library.data(), ELFMAG, SELFMAG) != 0) {
        throw Error(path + ": not a shared library");
    }
    ElfStart program;
    if (!read_start("/proc/self/exe", program)) return;
    const std::string is = machine_name(library);
    const std::string expected = machine_name(program);
    if (is != expected) {
        throw Error(path + ": a library for " + is + ", expected one for " + expected);
    }
}

// The loader takes an empty entry of its path for the working directory, and `PATH=$PATH:/opt` with nothing
// before the colon makes one unasked.
void check_loader_path(const std::string& name) {
    const char* variable = std::getenv(kLoaderPath);
    std::string rest = variable == nullptr || *variable == '\0' ? "/" : variable;
    while (true) {
        const std::size_t end = rest.find_first_of(":;");
        const std::string folder = rest.substr(0, end);
        if (folder[0] != '/') {
            const std::string file = (folder.empty() ? "." : folder) + "/" + name;
            if (access(file.c_str(), F_OK) == 0) {
                throw Error(file + ": not loaded from a folder that " + kLoaderPath +
                            " names relative to the working directory");
            }
        }
        if (end == std::string::npos) return;
        rest.erase(0, end + 1);
    }
}

// A name with a slash is a file; any other is looked for on the loader's path.
Library open_library(const std::string& file) {
    if (file.find('/') != std::string::npos) {
        check_file(file);
    } else {
        check_loader_path(file);
    }
    Library library;
    library.handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library.handle == nullptr) {
        const char* why = dlerror();
        // The loader's message begins with the path when there is one.
        throw Error(why == nullptr ? file + ": cannot be loaded" : std::string(why));
    }
    link_map* map = nullptr;
    const bool known = dlinfo(library.handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr &&
                       map->l_name != nullptr && *map->l_name != '\0';
    library.path = known ? map->l_name : file;
    return library;
}

std::shared_ptr<const Runtime> make_runtime(const Library& library) {
    if (library.exports("LiteRtCreateEnvironment")) return make_litert(library);
    if (library.exports("TfLiteModelCreate")) return make_tflite(library);
    throw Error(library.path +
                ": exports neither the LiteRT nor the TensorFlow Lite C API, expected libLiteRt.so "
                "or libtensorflowlite_c.so");
}

std::shared_ptr<const Runtime> open_runtime(const std::string& path) {
    using Loaded = std::vector<std::pair<void*, std::shared_ptr<const Runtime>>>;
    static std::mutex mutex;
    // Never destroyed: a library must outlive whatever still runs in it when the process exits.
    static Loaded& loaded = *new Loaded;
    const std::lock_guard<std::mutex> lock(mutex);
    const Library library = open_library(path);
    for (const auto& [handle, runtime] : loaded) {
        if (handle == library.handle) return runtime;
    }
    loaded.emplace_back(library.handle, make_runtime(library));
    return loaded.back().second;
}

// What the caller or the user's variable names, which may lie in the working directory: `libLiteRt.so` is
// that file if there is one, and else a name for the loader.
std::shared_ptr<const Runtime> open_named(const std::string& path) {
    const bool bare = path.find('/') == std::string::npos;
    return open_runtime(bare && access(path.c_str(), F_OK) == 0 ? "./" + path : path);
}

// The folder of the running program, with a slash at its end; "" when it cannot be told.
std::string program_folder() {
    std::array<char, PATH_MAX> path;
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    if (length <= 0) return "";
    const std::string program(path.data(), static_cast<std::size_t>(length));
    return program.substr(0, program.rfind('/') + 1);
}

// Where a library is looked for that nobody named, in this order: the ai-edge-litert package, the program's
// folder, the loader's path. Whoever may write to the working directory must not choose what code runs here,
// so no place is relative to it.
std::vector<std::string> places(const RuntimeOptions& options) {
    std::vector<std::string> all;
    if (!options.package_folder.empty()) all.push_back(options.package_folder + "/" + kNames[0]);
    const std::string folder = program_folder();
    if (!folder.empty()) {
        for (const char* name : kNames) all.push_back(folder + name);
    }
    for (const char* name : kNames) all.emplace_back(name);
    return all;
}

}  // namespace

void* Library::symbol(const char* name) const {
    void* found = dlsym(handle, name);
    if (found == nullptr) throw Error(path + ": does not export " + name);
    return found;
}

std::size_t TensorInfo::elements() const {
    std::size_t product = 1;
    for (const int dimension : shape) product *= static_cast<std::size_t>(dimension);
    return product;
}

std::shared_ptr<const Runtime> Runtime::load(const RuntimeOptions& options) {
    if (!options.library.empty()) return open_named(options.library);
    const char* variable = std::getenv(kVariable);
    if (variable != nullptr && *variable != '\0') {
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
                std::string(kVariable) +
                " to the path of a libLiteRt.so or libtensorflowlite_c.so (tried: " + tried + ")");
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
    if (inputs == 1 && outputs == 1) return;
    throw Error(where + ": the model has " + std::to_string(inputs) + " inputs and " +
                std::to_string(outputs) + " outputs, expected one of each");
}

void check_threads(int threads) {
    if (threads >= 1 && threads <= 256) return;
    throw std::invalid_argument("threads: " + std::to_string(threads) + ", expected 1 to 256");
}

std::size_t size_in_bytes(const TensorInfo& info) {
    return info.elements() * (info.type == ElementType::float32 ? sizeof(float) : 1);
}

}  // namespace dslite
