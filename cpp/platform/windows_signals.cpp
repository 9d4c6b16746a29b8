#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <string>

#include "dslite/error.hpp"
#include "platform/stop_signals.hpp"

namespace dslite::platform {
namespace {

constexpr DWORD kLookMs = 10;

HANDLE event = nullptr;

// Windows calls this on a thread of its own.
BOOL WINAPI remember(DWORD) {
    SetEvent(event);
    return TRUE;
}

}  // namespace

StopSignals::StopSignals() {
    event = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if (event == nullptr || SetConsoleCtrlHandler(remember, TRUE) == 0) {
        throw Error("Ctrl-C cannot be handled: Windows error " + std::to_string(GetLastError()));
    }
    raised_ = reinterpret_cast<std::intptr_t>(event);
}

StopSignals::~StopSignals() {
    SetConsoleCtrlHandler(remember, FALSE);
    CloseHandle(event);
}

bool StopSignals::sleep(int milliseconds) const {
    return WaitForSingleObject(event, static_cast<DWORD>(milliseconds)) == WAIT_TIMEOUT;
}

// Windows cannot wait for a pipe and an event at once: one is looked at, then the other is waited for.
bool StopSignals::wait_for_input() const {
    const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    while (GetFileType(input) == FILE_TYPE_PIPE) {
        DWORD bytes = 0;
        const bool is_open = PeekNamedPipe(input, nullptr, 0, nullptr, &bytes, nullptr) != 0;
        if (!is_open || bytes > 0) break;
        if (!sleep(kLookMs)) return false;
    }
    return !raised();
}

}  // namespace dslite::platform
