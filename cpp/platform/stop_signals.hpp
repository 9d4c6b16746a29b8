// What asks a program to end (SIGINT and SIGTERM; on Windows Ctrl-C, Ctrl-Break and the closing of its
// window), as something to look at, so that it ends the work between two answers.
#pragma once

#include <cstdint>

namespace dslite::platform {

// One at a time. Once a signal came, calls of the system that block return with EINTR within 100 ms, again and
// again.
class StopSignals {
  public:
    // Throws dslite::Error when the system refuses.
    StopSignals();
    // Signals do from here on what they did before.
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    bool raised() const { return !sleep(0); }
    // False at once when one was raised, true when the time is over.
    bool sleep(int milliseconds) const;
    // Until standard input has something to read or has ended: true; false when one was raised.
    bool wait_for_input() const;

  private:
    std::intptr_t raised_;  // the file or event that tells
};

}  // namespace dslite::platform
