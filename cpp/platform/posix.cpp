// What Linux and macOS have in common.
#define _FILE_OFFSET_BITS 64  // of 32-bit systems: offsets and sizes beyond 2 GiB

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <locale.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#if __has_include(<xlocale.h>)
#include <xlocale.h>  // uselocale, where it is not in <locale.h>
#endif

#include "platform/files.hpp"
#include "platform/libraries.hpp"
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

void* find_symbol(void* library, const char* name) { return dlsym(library, name); }

std::vector<std::string> start_program(int count, char** words) {
    // In the place of a closed descriptor the next file would be opened, and answers be written into it. What
    // stands there instead refuses what the descriptor is for.
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
        if (fcntl(file, F_GETFD) >= 0) continue;
        static_cast<void>(::open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
    return {words + (count > 0 ? 1 : 0), words + count};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void set_environment(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

// pip puts a program in an environment's bin, and its packages into lib/python3.x beside that.
std::string litert_package() {
    const std::string bin = program_folder();
    if (bin.empty()) return "";
    const std::string pattern = bin + "../lib/python3*/site-packages/ai_edge_litert";
    glob_t found{};
    std::string folder;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) folder = found.gl_pathv[0];
    globfree(&found);
    return folder;
}

long process_id() { return getpid(); }
void after_fork(void (*function)()) { pthread_atfork(nullptr, nullptr, function); }

CLocale::CLocale() : before_(uselocale(newlocale(LC_ALL_MASK, "C", nullptr))) {}
CLocale::~CLocale() { freelocale(uselocale(static_cast<locale_t>(before_))); }

}  // namespace dslite::platform
