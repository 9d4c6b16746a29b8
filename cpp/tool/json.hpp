// JSON lines, as dslite-run writes them.
#pragma once

#include <string>
#include <string_view>

namespace dslite::tool {

// Text → a JSON string with its quotes. Bytes that are not UTF-8, as a file's name may hold,
// become the lone surrogates \udc80 … \udcff, as in Python, whose os.fsencode() makes bytes of them again.
std::string json_string(std::string_view text);
// Text for a terminal: control characters, but for those in `kept`, and bytes that are not UTF-8 are
// written as \x1b, so that what a file holds commands nothing.
std::string printable(std::string_view text, std::string_view kept = {});
// A decimal that reads back as the same number (the shortest of a double, nine digits of a float);
// null when it is not finite.
std::string json_number(double value);
std::string json_number(float value);

// An object, member by member; names need no escapes.
class JsonObject {
  public:
    JsonObject& number(const char* name, double value);
    JsonObject& text(const char* name, std::string_view value);
    JsonObject& json(const char* name, std::string_view value);
    std::string end() const { return text_ + "}"; }

  private:
    std::string text_ = "{";
};

}  // namespace dslite::tool
