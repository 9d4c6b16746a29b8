#include "stop_signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "dslite/error.hpp"

namespace dslite::tool {

StopSignals::StopSignals() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    // Blocked, a signal cannot fall between looking for it and waiting for sound.
    sigprocmask(SIG_BLOCK, &stops, nullptr);
    signals_ = signalfd(-1, &stops, SFD_CLOEXEC);
    if (signals_ < 0) throw Error(std::string("signalfd: ") + std::strerror(errno));
}

StopSignals::~StopSignals() { close(signals_); }

bool StopSignals::sleep(int milliseconds) const {
    pollfd waiting = {signals_, POLLIN, 0};
    return poll(&waiting, 1, milliseconds) <= 0;
}

bool StopSignals::wait_for(int file) const {
    pollfd waiting[2] = {{signals_, POLLIN, 0}, {file, POLLIN, 0}};
    while (poll(waiting, 2, -1) < 0) {
        if (errno != EINTR) throw Error(std::string("poll: ") + std::strerror(errno));
    }
    return waiting[0].revents == 0;
}

}  // namespace dslite::tool
