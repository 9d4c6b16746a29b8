// WebAssembly: no libraries to load, no other processes, one locale.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {
namespace {

constexpr std::size_t kPage = 65536;

}  // namespace

File open_file(const std::string& path) { return File(std::fopen(path.c_str(), "rb")); }

std::uint64_t file_size(std::FILE* file) {
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0) return 0;
    return static_cast<std::uint64_t>(about.st_size);
}

bool file_exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }
bool is_regular(const std::string& path) {
    struct stat about;
    return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}
std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }
bool is_bare_name(const std::string& path) { return path.find('/') == std::string::npos; }

RandomAccessFile::RandomAccessFile(const std::string& path)
    : handle_(::open(path.c_str(), O_RDONLY)) {
    struct stat about;
    if (!is_open() || fstat(static_cast<int>(handle_), &about) != 0) return;
    is_regular_ = S_ISREG(about.st_mode);
    size_ = static_cast<std::uint64_t>(about.st_size);
}

RandomAccessFile::~RandomAccessFile() {
    if (is_open()) ::close(static_cast<int>(handle_));
}

std::ptrdiff_t RandomAccessFile::read_at(std::uint64_t offset, void* to, std::size_t size) const {
    return ::pread(static_cast<int>(handle_), to, size, static_cast<off_t>(offset));
}

std::ptrdiff_t read_standard_input(void* to, std::size_t size) {
    return ::read(STDIN_FILENO, to, size);
}

const char* const kLiteRtLibrary = "LiteRT";
const char* const kTfLiteLibrary = "TensorFlow Lite";

LoadedLibrary load_library(const std::string& path) {
    throw Error(path + ": WebAssembly loads no libraries: the page runs the network");
}

void* find_symbol(void*, const char*) { return nullptr; }

std::vector<std::string> start_program(int count, char** words) {
    return {words + (count > 0 ? 1 : 0), words + count};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void set_environment(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

std::string program_folder() { return ""; }
std::string litert_package() { return ""; }
void populate(void*, std::size_t) {}
// Memory only grows.
std::size_t peak_memory_bytes() { return __builtin_wasm_memory_size(0) * kPage; }
long process_id() { return 1; }
void after_fork(void (*)()) {}
CLocale::CLocale() : before_(nullptr) {}
CLocale::~CLocale() = default;

}  // namespace dslite::platform
