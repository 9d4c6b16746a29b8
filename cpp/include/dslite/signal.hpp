// Stages 1 and 2 of a recording: mono samples at one rate. The one way from a file to a signal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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

// Gives up to `size` bytes, one or more; 0 at the end.
using ReadBytes = std::function<std::size_t(std::uint8_t* to, std::size_t size)>;

// The same of a file or a pipe, block by block: memory does not grow with its length.
class SignalReader {
  public:
    // Reads the head. `channel` is as of to_mono(). Throws dslite::Error when the file cannot be opened, is no
    // WAV with a frame, or lacks the channel; std::invalid_argument for an impossible rate.
    SignalReader(const std::string& path, int rate_hz, int channel);
    // Of bytes that come once, from the first on. `name` is what errors call them. Also throws what `read` does.
    SignalReader(ReadBytes read, const std::string& name, int rate_hz, int channel);
    ~SignalReader();
    SignalReader(const SignalReader&) = delete;
    SignalReader& operator=(const SignalReader&) = delete;

    // As Audio::warning. A pipe has it at its end only, once next() has returned false.
    const std::string& warning() const;
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
