// Stages 1 and 2 of a recording: mono samples at a recipe's rate. The one way from a file to a signal.
#pragma once

#include <string>
#include <vector>

#include "dslite/recipe.hpp"
#include "dslite/wav.hpp"

namespace dslite {

// Decoded sound → its channel or mix, at the recipe's rate. Throws dslite::Error when there is no such channel.
std::vector<float> to_signal(const Audio& audio, const Recipe& recipe);

struct Signal {
    std::vector<float> samples;
    std::string warning;  // as Audio::warning
};

// Throws dslite::Error as read_wav() and to_signal() do.
Signal read_signal(const std::string& path, const Recipe& recipe);

}  // namespace dslite
