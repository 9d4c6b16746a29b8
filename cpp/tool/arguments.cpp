#include "arguments.hpp"

#include <cstdlib>

#include "dslite/resample.hpp"
#include "dslite/stream.hpp"

namespace dslite::tool {
namespace {

int to_integer(const std::string& name, const std::string& text, int least, int most) {
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || number < least || number > most) {
        throw UsageError(name + " " + text + ": expected " + std::to_string(least) + " to " +
                         std::to_string(most));
    }
    return static_cast<int>(number);
}

SampleFormat to_format(const std::string& text) {
    if (text == "s16") return SampleFormat::s16;
    if (text == "s32") return SampleFormat::s32;
    if (text == "f32") return SampleFormat::f32;
    throw UsageError("--format " + text + ": expected s16, s32 or f32");
}

class Parser {
  public:
    explicit Parser(const std::vector<std::string>& words) : words_(words) {}

    Arguments parse() {
        while (at_ < words_.size()) take(words_[at_++]);
        if (arguments_.action != Action::help && arguments_.action != Action::version) {
            sort_files();
            check();
        }
        return std::move(arguments_);
    }

  private:
    void take(const std::string& word) {
        if (only_files_ || word.size() < 2 || word[0] != '-') {
            files_.push_back(word);
        } else if (word == "--") {
            only_files_ = true;
        } else if (!take_with_value(word) && !take_alone(word)) {
            throw UsageError("unknown option '" + word + "'");
        }
    }

    bool take_with_value(const std::string& word) {
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const auto value = [&] {
            if (equals != std::string::npos) return word.substr(equals + 1);
            if (at_ == words_.size()) throw UsageError(name + ": expected a value after it");
            return words_[at_++];
        };
        if (name == "--threads") {
            arguments_.threads = to_integer(name, value(), 1, 256);
        } else if (name == "--runtime") {
            arguments_.runtime = value();
        } else if (name == "--rate") {
            arguments_.rate_hz = to_integer(name, value(), kMinRateHz, kMaxRateHz);
        } else if (name == "--channels") {
            arguments_.channels = to_integer(name, value(), 1, kMaxChannels);
            layout_ = name;
        } else if (name == "--format") {
            arguments_.format = to_format(value());
            layout_ = name;
        } else if (name == "--mic" && equals != std::string::npos) {
            arguments_.source = Source::microphone;
            arguments_.device = value();
        } else {
            return false;
        }
        return true;
    }

    bool take_alone(const std::string& word) {
        if (word == "--events") {
            arguments_.events = true;
        } else if (word == "--explain") {
            arguments_.explain = true;
        } else if (word == "--ops") {
            arguments_.operators = true;
        } else if (word == "--verbose" || word == "-v") {
            arguments_.verbose = true;
        } else if (word == "--mic") {
            arguments_.source = Source::microphone;
        } else if (word == "--verify") {
            set_action(Action::verify, word);
        } else if (word == "--bench") {
            set_action(Action::bench, word);
        } else if (word == "--info") {
            set_action(Action::info, word);
        } else if (word == "--help" || word == "-h") {
            arguments_.action = Action::help;
        } else if (word == "--version") {
            arguments_.action = Action::version;
        } else {
            return false;
        }
        return true;
    }

    void set_action(Action action, const std::string& word) {
        if (!action_.empty() && action_ != word) {
            throw UsageError(action_ + " and " + word + ": expected one of them");
        }
        arguments_.action = action;
        action_ = word;
    }

    void sort_files() {
        if (files_.empty()) throw UsageError("expected a model");
        arguments_.model = files_.front();
        arguments_.clips.assign(files_.begin() + 1, files_.end());
        if (arguments_.source == Source::microphone || arguments_.clips.empty()) return;
        for (const std::string& clip : arguments_.clips) {
            if (clip != "-") continue;
            if (arguments_.clips.size() > 1) throw UsageError("expected '-' or clips, got both");
            arguments_.source = Source::standard_input;
        }
    }

    // No option may be given where it would do nothing.
    void check() const {
        const bool answers = arguments_.action == Action::answer;
        const bool live = answers && arguments_.source != Source::clips;
        const bool mic = arguments_.source == Source::microphone;
        if (answers && !mic && arguments_.clips.empty()) {
            throw UsageError("expected clips, '-' or --mic after the model");
        }
        if ((!answers || mic) && !arguments_.clips.empty()) {
            throw UsageError((mic ? "--mic" : action_) + " takes a model and no clips, got '" +
                             arguments_.clips[0] + "'");
        }
        if (!answers && (mic || arguments_.events || arguments_.explain)) {
            throw UsageError(action_ + " takes no " +
                             (mic                 ? "--mic"
                              : arguments_.events ? "--events"
                                                  : "--explain"));
        }
        if (arguments_.operators && arguments_.action != Action::bench) {
            throw UsageError("--ops is for --bench");
        }
        if (arguments_.events && arguments_.explain) {
            throw UsageError("--events and --explain: expected one of them");
        }
        if (!live && !layout_.empty()) throw UsageError(layout_ + " is for '-' and --mic");
        if (!live && arguments_.rate_hz != 0 && arguments_.action != Action::bench) {
            throw UsageError("--rate is for '-', --mic and --bench");
        }
    }

    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    bool only_files_ = false;
    std::string action_;  // the option that chose it
    std::string layout_;  // an option that describes raw samples
    std::vector<std::string> files_;
    Arguments arguments_;
};

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& words) { return Parser(words).parse(); }

}  // namespace dslite::tool
