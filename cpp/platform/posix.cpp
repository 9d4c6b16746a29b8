// What Linux and macOS have in common.
#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <locale.h>
#include <pthread.h>
#include <unistd.h>

#if __has_include(<xlocale.h>)
#include <xlocale.h>  // uselocale, where it is not in <locale.h>
#endif

#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {

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

std::FILE* part_from_standard_error() {
    const int place = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    std::FILE* const messages = place < 0 ? nullptr : ::fdopen(place, "w");
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (messages == nullptr || nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0) return stderr;
    ::close(nowhere);
    std::setvbuf(messages, nullptr, _IONBF, 0);
    return messages;
}

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
