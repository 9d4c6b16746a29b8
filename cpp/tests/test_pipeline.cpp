#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "dslite/pipeline.hpp"
#include "platform/process.hpp"

namespace {

// A frame at every sample, as many bands as there can be, and all cells at once: 5 GB for four seconds.
const std::string kHuge =
    "[stft]\nwindow_seconds = 0.008\nhop_seconds = 0.0000626\nfft_seconds = 0.512\n"
    "[mel]\nbands = 4096\n[picture]\nresize = \"bilinear\"\n";

dslite::Recipe huge(const std::string& more = "") {
    dslite::platform::set_environment("DSLITE_RECIPE_MIB", "100000");
    return dslite::Recipe::parse(kHuge + more);
}

TEST(sizes_beyond_the_address_space_are_refused) {
    const auto recipe = huge();
    if constexpr (sizeof(std::size_t) == 4) {
        CHECK_THROWS(dslite::Pipeline(recipe), std::invalid_argument,
                     "bytes, more than this machine can address");
    } else {
        const dslite::Pipeline pipeline(recipe);
        CHECK(pipeline.scratch_bytes(recipe.chunk_samples()) > UINT32_MAX);
    }
}

TEST(clips_beyond_the_address_space_are_refused) {
    if constexpr (sizeof(std::size_t) == 4) {
        const auto recipe = huge("[chunk]\nseconds = 0\n");
        const std::vector<float> samples(64000);
        CHECK_THROWS(dslite::Pipeline(recipe).check(samples.data(), samples.size()),
                     std::invalid_argument, "bytes, more than this machine can address");
    }
}

TEST(chunks_of_another_length_are_refused) {
    const dslite::Pipeline pipeline{dslite::Recipe()};
    const std::vector<float> samples(63999);
    CHECK_THROWS(pipeline.check(samples.data(), samples.size()), std::invalid_argument,
                 "chunk of 63999 samples: expected 64000");
}

}  // namespace
