// Windows. Its text is UTF-16: paths, words and variables are UTF-8 to the rest of dslite.
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#define PSAPI_VERSION 2  // GetProcessMemoryInfo is kernel32's
#include <windows.h>
// After <windows.h>, which they need.
#include <fcntl.h>
#include <io.h>
#include <locale.h>
#include <psapi.h>
#include <shellapi.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {
namespace {

constexpr DWORD kLongestPath = 32768;  // in UTF-16, with the zero at its end

std::wstring wide(const std::string& text) {
    const int bytes = static_cast<int>(text.size());
    const int count = MultiByteToWideChar(CP_UTF8, 0, text.data(), bytes, nullptr, 0);
    std::wstring made(static_cast<std::size_t>(count), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, text.data(), bytes, made.data(), count);
    return made;
}

std::string utf8(const wchar_t* text, std::size_t length) {
    const int units = static_cast<int>(length);
    const int count = WideCharToMultiByte(CP_UTF8, 0, text, units, nullptr, 0, nullptr, nullptr);
    std::string made(static_cast<std::size_t>(count), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text, units, made.data(), count, nullptr, nullptr);
    return made;
}

int errno_of(DWORD error) {
    switch (error) {
        case ERROR_FILE_NOT_FOUND:
        case ERROR_PATH_NOT_FOUND:
        case ERROR_INVALID_NAME: return ENOENT;
        case ERROR_ACCESS_DENIED:
        case ERROR_SHARING_VIOLATION: return EACCES;
        case ERROR_NOT_ENOUGH_MEMORY: return ENOMEM;
        default: return EIO;
    }
}

// Others may go on writing, renaming and deleting it, as on other systems. INVALID_HANDLE_VALUE, and errno.
HANDLE open_shared(const std::string& path) {
    constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const HANDLE file = CreateFileW(wide(path).c_str(), GENERIC_READ, kShared, nullptr,
                                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file != INVALID_HANDLE_VALUE) return file;
    errno = errno_of(GetLastError());
    const DWORD kind = GetFileAttributesW(wide(path).c_str());
    const bool is_folder =
        kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY) != 0;
    if (is_folder) errno = EISDIR;
    return file;
}

std::string path_of(HMODULE library) {
    std::wstring path(kLongestPath, L'\0');
    return utf8(path.data(), GetModuleFileNameW(library, path.data(), kLongestPath));
}

const char* why_not_loaded(DWORD error) {
    switch (error) {
        case ERROR_MOD_NOT_FOUND: return "it, or a library that it needs, was not found";
        case ERROR_BAD_EXE_FORMAT: return "not a library for this program's machine";
        case ERROR_PROC_NOT_FOUND: return "a library that it needs lacks a function";
        case ERROR_DLL_INIT_FAILED: return "it failed to start";
        default: return nullptr;
    }
}

HMODULE load(const std::string& path) {
    if (is_bare_name(
            path)) {  // the program's folder and the system's, but not the working directory
        return LoadLibraryExW(wide(path).c_str(), nullptr, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    }
    std::wstring full(kLongestPath, L'\0');
    full.resize(GetFullPathNameW(wide(path).c_str(), kLongestPath, full.data(), nullptr));
    return LoadLibraryExW(full.c_str(), nullptr,
                          LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
}

}  // namespace

File open_file(const std::string& path) {
    const HANDLE file = open_shared(path);
    if (file == INVALID_HANDLE_VALUE) return nullptr;
    const int number =
        _open_osfhandle(reinterpret_cast<std::intptr_t>(file), _O_RDONLY | _O_BINARY);
    return File(_fdopen(number, "rb"));
}

std::uint64_t file_size(std::FILE* file) {
    struct _stat64 about;
    if (_fstat64(_fileno(file), &about) != 0 || (about.st_mode & _S_IFMT) != _S_IFREG) return 0;
    return static_cast<std::uint64_t>(about.st_size);
}

bool file_exists(const std::string& path) {
    return GetFileAttributesW(wide(path).c_str()) != INVALID_FILE_ATTRIBUTES;
}

bool is_regular(const std::string& path) {
    const DWORD attributes = GetFileAttributesW(wide(path).c_str());
    constexpr DWORD kOther = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE;
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & kOther) == 0;
}

std::string file_name(const std::string& path) {
    return path.substr(path.find_last_of("/\\:") + 1);
}

bool is_bare_name(const std::string& path) {
    return path.find_first_of("/\\:") == std::string::npos;
}

RandomAccessFile::RandomAccessFile(const std::string& path)
    : handle_(reinterpret_cast<std::intptr_t>(open_shared(path))) {
    if (!is_open()) return;  // INVALID_HANDLE_VALUE is -1, as kClosed
    const auto file = reinterpret_cast<HANDLE>(handle_);
    LARGE_INTEGER size{};
    is_regular_ = GetFileType(file) == FILE_TYPE_DISK && GetFileSizeEx(file, &size) != 0;
    if (is_regular_) size_ = static_cast<std::uint64_t>(size.QuadPart);
}

RandomAccessFile::~RandomAccessFile() {
    if (is_open()) CloseHandle(reinterpret_cast<HANDLE>(handle_));
}

std::ptrdiff_t RandomAccessFile::read_at(std::uint64_t offset, void* to, std::size_t size) const {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(offset);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32U);
    const auto wanted = static_cast<DWORD>(std::min<std::size_t>(size, 1U << 30U));
    DWORD got = 0;
    if (ReadFile(reinterpret_cast<HANDLE>(handle_), to, wanted, &got, &at) != 0) return got;
    const DWORD error = GetLastError();
    if (error == ERROR_HANDLE_EOF) return 0;
    errno = errno_of(error);
    return -1;
}

const char* const kLiteRtLibrary = "libLiteRt.dll";
const char* const kTfLiteLibrary = "tensorflowlite_c.dll";

LoadedLibrary load_library(const std::string& path) {
    if (!is_bare_name(path) && !file_exists(path)) {
        throw Error(path + ": " + std::strerror(errno_of(GetLastError())));
    }
    const HMODULE library = load(path);
    if (library != nullptr) return {reinterpret_cast<void*>(library), path_of(library)};
    const DWORD error = GetLastError();
    const char* why = why_not_loaded(error);
    throw Error(path + ": cannot be loaded: " +
                (why == nullptr ? "Windows error " + std::to_string(error) : std::string(why)));
}

void* find_symbol(void* library, const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
}

std::vector<std::string> start_program(int, char**) {
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    SetConsoleOutputCP(CP_UTF8);
    int count = 0;
    wchar_t** const words = CommandLineToArgvW(GetCommandLineW(), &count);
    std::vector<std::string> made;
    for (int i = 1; i < count; ++i) made.push_back(utf8(words[i], std::wcslen(words[i])));
    LocalFree(words);
    return made;
}

std::FILE* part_from_standard_error() {
    const int place = _dup(_fileno(stderr));
    std::FILE* const messages = place < 0 ? nullptr : _fdopen(place, "w");
    const int nowhere = _open("NUL", _O_WRONLY);
    if (messages == nullptr || nowhere < 0 || _dup2(nowhere, _fileno(stderr)) < 0) return stderr;
    _close(nowhere);
    std::setvbuf(messages, nullptr, _IONBF, 0);
    return messages;
}

std::string environment(const char* name) {
    const std::wstring wide_name = wide(name);
    std::wstring value(GetEnvironmentVariableW(wide_name.c_str(), nullptr, 0), L'\0');
    const DWORD length =
        GetEnvironmentVariableW(wide_name.c_str(), value.data(), static_cast<DWORD>(value.size()));
    return utf8(value.data(), std::min<std::size_t>(length, value.size()));
}

void set_environment(const char* name, const std::string& value) {
    SetEnvironmentVariableW(wide(name).c_str(), wide(value).c_str());
}

std::string program_folder() {
    const std::string program = path_of(nullptr);
    return program.substr(0, program.size() - file_name(program).size());
}

// pip puts a program in an environment's Scripts, and its packages into Lib beside that.
std::string litert_package() {
    const std::string folder = program_folder() + "..\\Lib\\site-packages\\ai_edge_litert";
    return file_exists(folder) ? folder : "";
}

void populate(void*, std::size_t) {}

std::size_t peak_memory_bytes() {
    PROCESS_MEMORY_COUNTERS counters{};
    const bool known = GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) != 0;
    return known ? counters.PeakWorkingSetSize : 0;
}

long process_id() { return static_cast<long>(GetCurrentProcessId()); }
void after_fork(void (*)()) {}

namespace {

struct LocaleBefore {
    int per_thread;
    std::string numbers;
};

}  // namespace

CLocale::CLocale() {
    const int per_thread = _configthreadlocale(_ENABLE_PER_THREAD_LOCALE);
    before_ = new LocaleBefore{per_thread, setlocale(LC_NUMERIC, nullptr)};
    setlocale(LC_NUMERIC, "C");
}

CLocale::~CLocale() {
    const std::unique_ptr<LocaleBefore> before(static_cast<LocaleBefore*>(before_));
    setlocale(LC_NUMERIC, before->numbers.c_str());
    _configthreadlocale(before->per_thread);
}

}  // namespace dslite::platform
