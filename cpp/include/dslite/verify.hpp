// Replays a bundle's golden clip on the machine at hand and compares every stage with what it was
// when the model was made.
//
// golden/clip.wav goes through stages 1 to 12; golden/{samples,log_mel,tensor,scores}.f32 are what
// is expected (little-endian float32; golden/golden.toml has their shapes). Up to the tensor every
// bit must be the same; scores may differ by kScoreTolerance, for inference runtimes do.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dslite/model.hpp"

namespace dslite {

constexpr double kScoreTolerance = 1e-4;
// Of scores in integers: so many of their steps, as libraries round between layers each in its way.
constexpr double kScoreSteps = 2.01;

struct StageCheck {
    std::string stage;          // "samples", "log_mel", "tensor" or "scores"
    std::size_t values = 0;     // compared
    std::size_t different = 0;  // of them, by more than the tolerance
    std::size_t first = 0;      // index of the first different one
    double found = 0;           // there
    double expected = 0;
    double largest = 0;    // |found − expected| of all
    double tolerance = 0;  // 0: the same bits

    bool agrees() const { return different == 0; }
    // One line: the stage, and where it diverges and by how much if it does.
    std::string text() const;
};

struct Verification {
    std::vector<StageCheck> stages;  // in the order of the spine

    // Null when all agree.
    const StageCheck* first_divergence() const;
};

// "samples" to "tensor", which need no inference runtime. Throws dslite::Error when the bundle's network
// is damaged (Bundle::check_network), or it has no golden clip or a damaged one.
Verification verify_front_end(const Bundle& bundle);
// "scores", of a network that runs elsewhere, given what it makes of golden_tensor().
StageCheck verify_scores(const Model& model, const std::vector<float>& scores);
// What the golden clip's tensor is expected to be: (height, width, channels). Throws dslite::Error.
std::vector<float> golden_tensor(const Model& model);
// All of them. Throws dslite::Error as above, and when the network fails.
Verification verify(Model& model);

}  // namespace dslite
