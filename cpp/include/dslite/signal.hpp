// Stages 1 and 2 of a recording: mono samples at one rate. The one way from a file to a signal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dslite/recipe.hpp"
#include "dslite/wav.hpp"

namespace dslite {

// Decoded sound → its channel or mix, at a rate. Throws as SignalReader does.
std::vector<float> to_signal(const Audio& audio, int rate_hz, int channel);

struct Signal {
    std::vector<float> samples;
    std::string warning;  // as Audio::warning
};

// The same of a file, block by block: memory does not grow with its length. What can be read once only, a
// pipe, is held whole.
class SignalReader {
  public:
    // Reads the head. `channel` is as of to_mono(). Throws dslite::Error when the file cannot be opened, is no
    // WAV with a frame, or lacks the channel; std::invalid_argument for an impossible rate.
    SignalReader(const std::string& path, int rate_hz, int channel);
    ~SignalReader();
    SignalReader(const SignalReader&) = delete;
    SignalReader& operator=(const SignalReader&) = delete;

    const std::string& warning() const;  // as Audio::warning
    // The next samples, one or more, in place of what `block` holds; false at the end. Throws dslite::Error
    // where a sample is not finite, or the file cannot be read (any longer).
    bool next(std::vector<float>& block);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// All of it. Throws dslite::Error as SignalReader does.
Signal read_signal(const std::string& path, const Recipe& recipe);

}  // namespace dslite
