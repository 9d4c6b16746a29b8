#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "dslite/explanation.hpp"
#include "json.hpp"
#include "platform/process.hpp"

namespace dslite::tool {
namespace {

constexpr int kPatience = 5;

std::FILE* messages = stderr;

}  // namespace

void silence_libraries() { messages = platform::part_from_standard_error(); }

void complain(const std::string& what) {
    std::fprintf(messages, "dslite-run: %s\n", printable(what).c_str());
}

void write_out(const std::string& text) {
    // Without a buffer each line is one call of the system, which says how much of it went out.
    static const bool unbuffered = std::setvbuf(stdout, nullptr, _IONBF, 0) == 0;
    static_cast<void>(unbuffered);
    int interrupted = 0;
    for (std::size_t done = 0; done < text.size();) {
        const std::size_t here = std::fwrite(text.data() + done, 1, text.size() - done, stdout);
        done += here;
        if (done == text.size()) return;
        if (here > 0) interrupted = 0;
        if (errno != EINTR) {
            throw OutputError(std::string("stdout: cannot be written: ") + std::strerror(errno));
        }
        // Only a signal to stop interrupts, ten times a second from then on: who still reads gets the rest.
        if (++interrupted == kPatience) {
            throw OutputError("stdout: cannot be written: stopped by a signal while nobody reads");
        }
        std::clearerr(stdout);
    }
}

Printer::Printer(const Model& model, std::string file, const Arguments& arguments)
    : model_(model),
      file_(std::move(file)),
      wants_events_(arguments.events),
      explains_(arguments.explain),
      decision_(model.decision()) {
    if (explains_ && model.maps() == nullptr) {
        throw Error(
            model.bundle().name() +
            ": --explain: the network has no class maps; `dslite export RUN --explain` adds them");
    }
    const Recipe::Decision& decision = model.recipe().decision;
    if (wants_events_ && !model.is_classifier() && decision.threshold == 0 &&
        decision.class_thresholds.empty()) {
        throw Error(model.bundle().name() +
                    ": --events: a model of values has events only above thresholds, and its "
                    "recipe's [decision] sets none");
    }
}

void Printer::take(const Answer& answer) {
    ++answers_;
    if (!wants_events_) {
        print(answer);
        return;
    }
    decision_.push(answer, events_);
    print_events();
}

void Printer::finish() {
    if (!wants_events_) return;
    decision_.finish(events_);
    print_events();
}

void Printer::print(const Answer& answer) const {
    const std::vector<std::string>& labels = model_.labels();
    std::string line = "{\"file\": " + json_string(file_);
    line += ", \"start\": " + json_number(answer.start_s);
    line += ", \"end\": " + json_number(answer.end_s);
    line += ", \"label\": ";
    line += model_.is_classifier() ? json_string(labels[answer.best]) : "null";
    line += ", \"scores\": {";
    for (std::size_t i = 0; i < labels.size(); ++i) {
        line += (i > 0 ? ", " : "") + json_string(labels[i]) + ": " + json_number(answer.scores[i]);
    }
    line += "}";
    if (explains_) line += why(answer);
    write_out(line + "}\n");
}

std::string Printer::why(const Answer& answer) const {
    std::string text = ", \"why\": [";
    for (const Region& region :
         strongest_regions(model_, answer, relevance(model_, answer, answer.best))) {
        if (text.back() != '[') text += ", ";
        text += "{\"start\": " + json_number(answer.start_s + region.start_s) +
                ", \"end\": " + json_number(answer.start_s + region.end_s);
        if (region.low_hz >= 0) {
            text += ", \"low_hz\": " + json_number(region.low_hz) +
                    ", \"high_hz\": " + json_number(region.high_hz);
        }
        text += ", \"share\": " + json_number(region.share) + "}";
    }
    return text + "]";
}

void Printer::print_events() {
    for (const Event& event : events_) {
        write_out("{\"file\": " + json_string(file_) + ", \"start\": " +
                  json_number(event.start_s) + ", \"end\": " + json_number(event.end_s) +
                  ", \"label\": " + json_string(model_.labels()[event.label]) +
                  ", \"peak\": " + json_number(event.peak) + "}\n");
    }
    events_.clear();
}

}  // namespace dslite::tool
