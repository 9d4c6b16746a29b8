#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "json.hpp"

namespace dslite::tool {

void complain(const std::string& what) {
    std::fprintf(stderr, "dslite-run: %s\n", printable(what).c_str());
}

void write_out(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0) {
        throw OutputError(std::string("stdout: cannot be written: ") + std::strerror(errno));
    }
}

Printer::Printer(const Model& model, std::string file, bool events)
    : model_(model), file_(std::move(file)), wants_events_(events), decision_(model.decision()) {
    const Recipe::Decision& decision = model.recipe().decision;
    if (events && !model.is_classifier() && decision.threshold == 0 &&
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
    write_out(line + "}}\n");
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
