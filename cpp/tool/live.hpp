// Sound as it comes in → answers as they are ready.
#pragma once

#include <cstddef>
#include <string>

#include "arguments.hpp"
#include "dslite/model.hpp"
#include "dslite/stream.hpp"
#include "output.hpp"
#include "platform/stop_signals.hpp"

namespace dslite::tool {

using platform::StopSignals;

// A stream whose answers are printed at once. What the network does wrong is reported and counted,
// and the sound goes on.
class Live {
  public:
    Live(Model& model, std::string name, int rate_hz, const Arguments& arguments);

    int rate_hz() const { return stream_.rate_hz(); }
    // Interleaved. Throws std::invalid_argument for samples that are not finite.
    void push(const float* samples, std::size_t frames);
    void finish();

    std::int64_t frames() const { return stream_.frames(); }
    std::size_t answers() const { return printer_.answers(); }
    std::size_t failures() const { return failures_; }

  private:
    void print();

    std::string name_;
    Stream stream_;
    Printer printer_;
    Answer answer_;
    std::size_t failures_ = 0;
    std::uint64_t dropped_ = 0;
};

// Both return the exit code; they throw dslite::Error when there is nothing to listen to.
int answer_standard_input(Model& model, const Arguments& arguments, const StopSignals& stop);
int answer_microphone(Model& model, const Arguments& arguments, const StopSignals& stop);

}  // namespace dslite::tool
