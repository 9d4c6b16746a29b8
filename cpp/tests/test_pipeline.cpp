#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/simd.hpp"
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

// Lanes hold columns of a single frame, and frames of a block.
void compare_one_frame_with_a_block(const dslite::Recipe& recipe, const std::string& what) {
    const dslite::Pipeline pipeline(recipe);
    const std::size_t hop = recipe.hop_samples(), bands = pipeline.rows();
    std::vector<float> samples(2 * hop + recipe.window_samples());
    std::uint32_t state = 1;
    for (float& sample : samples) {
        state = state * 1664525U + 1013904223U;
        sample = static_cast<float>(state >> 8) / (1 << 24) - 0.4F;
    }
    dslite::Scratch scratch;
    std::vector<float> block(3 * bands), one(bands);
    pipeline.mel_frames(samples.data(), 3, block.data(), 3, scratch);
    for (std::size_t f = 0; f < 3; ++f) {
        pipeline.mel_frames(samples.data() + f * hop, 1, one.data(), 1, scratch);
        std::size_t equal = 0;
        for (std::size_t b = 0; b < bands; ++b) equal += one[b] == block[3 * b + f] ? 1 : 0;
        CHECK_EQ(what + ": " + std::to_string(equal), what + ": " + std::to_string(bands));
    }
}

TEST(one_frame_has_the_bits_of_a_block) {
    for (const std::string& isa : dslite::supported_isas()) {
        dslite::force_isa(isa);
        for (const std::size_t length :
             {50, 64, 74, 75, 96, 128, 192, 256, 320, 512, 576, 960, 1024, 2048, 4096, 8192}) {
            dslite::Recipe recipe;
            recipe.audio.sample_rate_hz = 16000;
            recipe.stft.fft_seconds = static_cast<double>(length) / 16000;
            recipe.stft.window = dslite::Window::hamming;  // whose first coefficient counts
            recipe.mel.bands = 20;
            const std::string what = isa + ", " + std::to_string(length);
            for (const double power : {1.0, 2.0, 0.7}) {
                recipe.stft.power = power;
                recipe.stft.window_seconds = recipe.stft.fft_seconds;
                compare_one_frame_with_a_block(recipe, what + ", whole");
                recipe.stft.window_seconds = (static_cast<double>(length) - 13) / 16000;
                recipe.stft.remove_dc = power == 1.0;
                recipe.stft.preemphasis = power == 2.0 ? 0.97 : 0.0;
                compare_one_frame_with_a_block(recipe, what + ", shorter window");
            }
        }
    }
    dslite::force_isa("");
}

}  // namespace
