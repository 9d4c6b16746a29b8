// SIGINT and SIGTERM as something to look at, so that they end the work between two answers.
#pragma once

namespace dslite::tool {

// Make one before any thread starts: threads inherit that the signals wait here.
class StopSignals {
  public:
    // Throws dslite::Error when the system refuses.
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    bool raised() const { return !sleep(0); }
    // False at once when one was raised, true when the time is over.
    bool sleep(int milliseconds) const;
    // Until `file` has something to read or has ended: true; false when one was raised.
    bool wait_for(int file) const;

  private:
    int signals_;
};

}  // namespace dslite::tool
