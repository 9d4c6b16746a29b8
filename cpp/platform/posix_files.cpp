// Files and variables of the environment, as Linux, macOS and Emscripten have them.
#define _FILE_OFFSET_BITS 64  // of 32-bit systems: offsets and sizes beyond 2 GiB

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "platform/files.hpp"
#include "platform/process.hpp"

namespace dslite::platform {

File open_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    return File(file < 0 ? nullptr : ::fdopen(file, "rb"));
}

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
    : handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!is_open()) return;
    struct stat about;
    if (fstat(static_cast<int>(handle_), &about) != 0) {
        const int error = errno;
        ::close(static_cast<int>(std::exchange(handle_, kClosed)));
        errno = error;
        return;
    }
    is_regular_ = S_ISREG(about.st_mode);
    size_ = static_cast<std::uint64_t>(about.st_size);
}

RandomAccessFile::~RandomAccessFile() {
    if (is_open()) ::close(static_cast<int>(handle_));
}

std::ptrdiff_t RandomAccessFile::read_at(std::uint64_t offset, void* to, std::size_t size) const {
    while (true) {
        const ssize_t got =
            ::pread(static_cast<int>(handle_), to, size, static_cast<off_t>(offset));
        if (got >= 0 || errno != EINTR) return got;
    }
}

std::ptrdiff_t read_standard_input(void* to, std::size_t size) {
    return ::read(STDIN_FILENO, to, size);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void set_environment(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

}  // namespace dslite::platform
