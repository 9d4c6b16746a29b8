// decision.class_thresholds: "LABEL = NUMBER; LABEL = off; …". Labels may hold anything but semicolons.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dslite {

struct ClassThreshold {
    std::string label;
    double threshold = 0;  // infinity: off, no score reaches it
};

// Throws std::invalid_argument, whose text is what was expected, on anything else.
std::vector<ClassThreshold> parse_class_thresholds(std::string_view text);

}  // namespace dslite
