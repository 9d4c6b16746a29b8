#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "dslite/error.hpp"
#include "platform/stop_signals.hpp"

namespace dslite::platform {
namespace {

constexpr int kAlarmMs = 100;

int writing_end = -1;

void set_alarm(int milliseconds) {
    const timeval time = {0, milliseconds * 1000};
    const itimerval repeated = {time, time};
    setitimer(ITIMER_REAL, &repeated, nullptr);
}

// The byte stays in the pipe: a signal cannot fall between looking for it and waiting for sound. One that
// falls before a call that blocks, such as the opening of a FIFO that nobody writes to, would not end it:
// the alarms that follow do.
void remember(int) {
    const int error = errno;
    static_cast<void>(!write(writing_end, "", 1));
    set_alarm(kAlarmMs);
    errno = error;
}

void wake(int) {}

// Without SA_RESTART: what blocks returns with EINTR.
void handle(int signal, void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigaction(signal, &action, nullptr);
}

// Whether one of the files has something to read, or has ended, before the time is over.
bool wait(pollfd* files, nfds_t count, int milliseconds) {
    while (true) {
        const int ready = poll(files, count, milliseconds);
        if (ready >= 0) return ready > 0;
        if (errno != EINTR) throw Error(std::string("poll: ") + std::strerror(errno));
    }
}

}  // namespace

StopSignals::StopSignals() {
    int ends[2];
    if (pipe(ends) != 0) throw Error(std::string("pipe: ") + std::strerror(errno));
    for (const int end : ends) {
        fcntl(end, F_SETFD, FD_CLOEXEC);
        fcntl(end, F_SETFL, O_NONBLOCK);  // a full pipe has told enough
    }
    raised_ = ends[0];
    writing_end = ends[1];
    handle(SIGALRM, wake);
    for (const int signal : {SIGINT, SIGTERM}) handle(signal, remember);
}

StopSignals::~StopSignals() {
    for (const int signal : {SIGINT, SIGTERM}) handle(signal, SIG_DFL);
    set_alarm(0);
    handle(SIGALRM, SIG_DFL);
    close(static_cast<int>(raised_));
    close(writing_end);
}

bool StopSignals::sleep(int milliseconds) const {
    pollfd signals = {static_cast<int>(raised_), POLLIN, 0};
    return !wait(&signals, 1, milliseconds);
}

bool StopSignals::wait_for_input() const {
    pollfd files[2] = {{static_cast<int>(raised_), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    wait(files, 2, -1);
    return !raised();  // asked again: one that came with the input is remembered as the wait ends
}

}  // namespace dslite::platform
