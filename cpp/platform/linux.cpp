// What Linux has of its own: ELF, its loader, /proc.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {
namespace {

constexpr const char* kLoaderPath = "LD_LIBRARY_PATH";

using ElfStart = std::array<unsigned char, 20>;  // up to and with e_machine

// The first bytes of a file; false, and errno, when they cannot be read.
bool read_start(const std::string& path, ElfStart& start) {
    const File file = open_file(path);
    if (file == nullptr) return false;
    errno = 0;
    start = {};
    const std::size_t got = std::fread(start.data(), 1, start.size(), file.get());
    return got == start.size() || errno == 0;
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
    std::string rest = environment(kLoaderPath);
    if (rest.empty()) rest = "/";
    while (true) {
        const std::size_t end = rest.find_first_of(":;");
        const std::string folder = rest.substr(0, end);
        if (folder[0] != '/') {
            const std::string file = (folder.empty() ? "." : folder) + "/" + name;
            if (file_exists(file)) {
                throw Error(file + ": not loaded from a folder that " + kLoaderPath +
                            " names relative to the working directory");
            }
        }
        if (end == std::string::npos) return;
        rest.erase(0, end + 1);
    }
}

}  // namespace

const char* const kLiteRtLibrary = "libLiteRt.so";
const char* const kTfLiteLibrary = "libtensorflowlite_c.so";

LoadedLibrary load_library(const std::string& path) {
    if (is_bare_name(path)) {
        check_loader_path(path);
    } else {
        check_file(path);
    }
    void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* why = dlerror();
        // The loader's message begins with the path when there is one.
        throw Error(why == nullptr ? path + ": cannot be loaded" : std::string(why));
    }
    link_map* map = nullptr;
    const bool known = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr &&
                       map->l_name != nullptr && *map->l_name != '\0';
    return {handle, known ? map->l_name : path};
}

std::string program_folder() {
    std::array<char, PATH_MAX> path;
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
    if (length <= 0) return "";
    const std::string program(path.data(), static_cast<std::size_t>(length));
    return program.substr(0, program.rfind('/') + 1);
}

void populate(void* begin, std::size_t size) {
#ifdef MADV_POPULATE_WRITE                   // since Linux 5.14
    constexpr std::uintptr_t kPage = 65536;  // the largest that systems are compiled with
    auto* const first = static_cast<std::uint8_t*>(begin);
    const std::size_t skipped = (kPage - reinterpret_cast<std::uintptr_t>(first) % kPage) % kPage;
    if (size < skipped + kPage) return;
    const std::size_t pages = (size - skipped) / kPage * kPage;
    madvise(first + skipped, pages, MADV_HUGEPAGE);
    madvise(first + skipped, pages, MADV_POPULATE_WRITE);
#else
    static_cast<void>(begin);
    static_cast<void>(size);
#endif
}

std::size_t peak_memory_bytes() {
    // Not getrusage(): a process inherits that peak from the one that started it.
    const File file = open_file("/proc/self/status");
    unsigned long kilobytes = 0;
    char line[256];
    while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
        if (std::sscanf(line, "VmHWM: %lu kB", &kilobytes) == 1) break;
    }
    return std::size_t{kilobytes} * 1024;
}

}  // namespace dslite::platform
