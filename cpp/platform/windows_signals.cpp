#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "platform/stop_signals.hpp"

namespace dslite::platform {
namespace {

// Windows cannot wait for a pipe to have something: a thread reads ahead, one block, and says when it has it.
class StandardInput {
  public:
    // Never destroyed: its thread waits for input until the process ends.
    static StandardInput& only() {
        static StandardInput& made = *new StandardInput;
        return made;
    }

    HANDLE ready() const { return ready_; }

    std::ptrdiff_t take(void* to, std::size_t size) {
        WaitForSingleObject(ready_, INFINITE);
        if (failed_) errno = EIO;
        if (failed_ || has_ == 0) return failed_ ? -1 : 0;
        const std::size_t count = std::min<std::size_t>(size, has_ - taken_);
        std::memcpy(to, block_.data() + taken_, count);
        taken_ += count;
        if (taken_ == has_) {
            ResetEvent(ready_);
            SetEvent(empty_);
        }
        return static_cast<std::ptrdiff_t>(count);
    }

  private:
    StandardInput() { std::thread(&StandardInput::read, this).detach(); }

    void read() {
        const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
        do {
            DWORD got = 0;
            const bool ended = ReadFile(input, block_.data(), sizeof block_, &got, nullptr) == 0;
            failed_ = ended && GetLastError() != ERROR_BROKEN_PIPE;
            has_ = ended ? 0 : got;
            taken_ = 0;
            SetEvent(ready_);
            if (has_ == 0) return;
        } while (WaitForSingleObject(empty_, INFINITE) == WAIT_OBJECT_0);
    }

    const HANDLE ready_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    const HANDLE empty_ = CreateEventW(nullptr, FALSE, FALSE, nullptr);
    // Of the thread until `ready_`, of take() until `empty_`.
    std::array<std::uint8_t, 65536> block_;
    std::size_t has_ = 0;
    std::size_t taken_ = 0;
    bool failed_ = false;
};

HANDLE event = nullptr;

// Windows calls this on a thread of its own.
BOOL WINAPI remember(DWORD) {
    SetEvent(event);
    return TRUE;
}

}  // namespace

std::ptrdiff_t read_standard_input(void* to, std::size_t size) {
    return StandardInput::only().take(to, size);
}

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

bool StopSignals::wait_for_input() const {
    const HANDLE either[2] = {event, StandardInput::only().ready()};
    return WaitForMultipleObjects(2, either, FALSE, INFINITE) != WAIT_OBJECT_0;
}

}  // namespace dslite::platform
