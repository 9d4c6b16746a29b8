// What macOS has of its own. No machine here runs it: this is compiled and linked, and tested where there is
// one.
#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {

const char* const kLiteRtLibrary = "libLiteRt.dylib";
const char* const kTfLiteLibrary = "libtensorflowlite_c.dylib";

// The loader looks for a bare name in the working directory, too, and last.
LoadedLibrary load_library(const std::string& path) {
    if (is_bare_name(path)) {
        if (file_exists(path)) throw Error(path + ": not loaded from the working directory");
    } else if (!file_exists(path)) {
        throw Error(path + ": " + std::strerror(errno));
    }
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* why = dlerror();
        throw Error(path + ": cannot be loaded: " + (why == nullptr ? "unknown error" : why));
    }
    return {handle, path};
}

std::string program_folder() {
    std::array<char, PATH_MAX> path;
    auto size = static_cast<std::uint32_t>(path.size());
    std::array<char, PATH_MAX> real;
    if (_NSGetExecutablePath(path.data(), &size) != 0) return "";
    if (realpath(path.data(), real.data()) == nullptr) return "";
    const std::string program = real.data();
    return program.substr(0, program.rfind('/') + 1);
}

void populate(void*, std::size_t) {}

std::size_t peak_memory_bytes() {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::size_t>(usage.ru_maxrss) : 0;
}

}  // namespace dslite::platform
