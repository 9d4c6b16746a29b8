// What dslite-run says: JSON lines on standard output, the rest on standard error.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "dslite/decision.hpp"
#include "dslite/error.hpp"
#include "dslite/model.hpp"

namespace dslite::tool {

// From here on only complain() writes to standard error: LiteRT says there what it has made to run on, and ALSA what
// it has not found. Call it before there are threads.
void silence_libraries();
void complain(const std::string& what);

// The answers have nowhere to go: no clip is to blame, and no other is worth trying.
class OutputError : public Error {
    using Error::Error;
};

// Whole lines at once, so that whoever reads them never waits for the rest of one. Throws OutputError.
void write_out(const std::string& text);

// The answers of one recording, or the events decided on them, a line each.
class Printer {
  public:
    // Throws dslite::Error when events are wanted of a model whose recipe cannot have any, or explanations
    // of one without class maps.
    Printer(const Model& model, std::string file, const Arguments& arguments);

    void take(const Answer& answer);
    // The recording ends here, and with it the events still open.
    void finish();
    std::size_t answers() const { return answers_; }

  private:
    void print(const Answer& answer) const;
    std::string why(const Answer& answer) const;  // JSON, behind the scores
    void print_events();

    const Model& model_;
    std::string file_;
    bool wants_events_;
    bool explains_;
    Decision decision_;
    std::vector<Event> events_;
    std::size_t answers_ = 0;
};

}  // namespace dslite::tool
