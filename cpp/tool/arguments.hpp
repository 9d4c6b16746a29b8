// The command line of dslite-run.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "raw_pcm.hpp"

namespace dslite::tool {

enum class Action { answer, verify, bench, info, help, version };
enum class Source { clips, standard_input, microphone };

struct Arguments {
    Action action = Action::answer;
    Source source = Source::clips;
    std::string model;
    std::vector<std::string> clips;
    std::string device = "default";  // of ALSA
    std::string runtime;             // path of the library; empty: search
    int threads = 1;
    bool events = false;     // instead of answers
    bool explain = false;    // each answer
    bool operators = false;  // timed, too
    bool verbose = false;    // what libraries write to standard error shows
    SampleFormat format = SampleFormat::s16;
    int rate_hz = 0;  // 0: not given
    int channels = 1;
};

// What the caller typed wrong, in one line.
class UsageError : public std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

// Options may stand anywhere, `--name VALUE` or `--name=VALUE`; after `--` everything is a file.
// Throws UsageError.
Arguments parse_arguments(const std::vector<std::string>& words);

const char* help_text();

}  // namespace dslite::tool
