// Models for tests: bundles written around the network under test.
#pragma once

#include <string>
#include <vector>

#include "bundle_writer.hpp"
#include "dslite/model.hpp"
#include "runtime_fixture.hpp"

namespace model_fixture {

// The bundle's texts; a recipe and labels that fit the network under test.
struct Parts {
    std::string recipe;
    std::string model = "task = \"classes\"\nbackbone = \"test\"\n";
    std::string labels;
};

inline Parts fitting_parts(const std::string& library) {
    const auto network = runtime_fixture::load(library)->interpreter(
        runtime_fixture::model(), runtime_fixture::with_threads(1));
    const std::vector<int>& shape = network->input().shape;
    Parts parts;
    parts.recipe = "[chunk]\nseconds = 1.0\nhop_seconds = 0.5\n[picture]\nheight = " +
                   std::to_string(shape.at(1)) + "\nwidth = " + std::to_string(shape.at(2)) + "\n";
    for (std::size_t i = 0; i < network->output().elements(); ++i) {
        parts.labels += "label " + std::to_string(i) + "\n";
    }
    return parts;
}

inline dslite::Model open(const std::string& library, const Parts& parts) {
    const runtime_fixture::TemporaryFile file(bundle_writer::build({{"recipe.toml", parts.recipe},
                                                                    {"model.toml", parts.model},
                                                                    {"labels.txt", parts.labels}},
                                                                   "", false,
                                                                   *runtime_fixture::model())
                                                  .bytes);
    dslite::RuntimeOptions options;
    options.library = library;
    return dslite::Model(file.path(), options);
}

// Chunks of a second; the frame hop of 64 ms divides the first's hop and not the second's. The third's
// frames depend on their chunk.
inline const char* const kHops[] = {
    "seconds = 1.0\nhop_seconds = 0.512\n", "seconds = 1.0\nhop_seconds = 0.5\n",
    "seconds = 1.0\nhop_seconds = 0.512\n[audio]\nnormalize = \"peak\"\n"};

inline dslite::Model with_chunks(const std::string& library, const std::string& chunk,
                                 const std::string& more = "") {
    Parts parts = fitting_parts(library);
    parts.recipe = "[chunk]\n" + chunk + parts.recipe.substr(parts.recipe.find("[picture]")) + more;
    return open(library, parts);
}

}  // namespace model_fixture
