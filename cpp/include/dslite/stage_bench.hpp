// How long a model's stages take on the machine at hand.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dslite/model.hpp"

namespace dslite {

struct StageBenchOptions {
    std::size_t repeats = 50;   // of every stage
    std::size_t warmup = 5;     // before them, not counted
    int rate_hz = 48000;        // of the sound that comes in
    double clip_seconds = 4.0;  // of the chunk where the recipe takes whole clips
};

struct StageTime {
    std::string stage;
    double median_ms = 0;
    double p99_ms = 0;  // nearest rank
};

struct StageBench {
    // Of one chunk: "mel" (stages 4–7), "tensor" (8–11), "network" (12), and "answer", all of them in
    // one go. Of one hop of live sound, where the recipe takes no whole clips: before them "resample"
    // (2), unless the sound comes at the recipe's rate; after them "stream" (2–12), which completes a
    // chunk whose other frames are there.
    std::vector<StageTime> stages;
    std::size_t repeats = 0;
    double chunk_seconds = 0;
    double hop_seconds = 0;  // between answers; of whole clips: their length
    // Median time of "stream" ("answer" of whole clips) over hop_seconds. Below 1: live.
    double real_time_factor = 0;
    std::size_t peak_memory_bytes = 0;  // of this process since it started (VmHWM); 0: unknown
    std::string isa;
    std::string runtime;
};

// Runs on noise, the same each time. Throws std::invalid_argument for no repeats, an impossible rate or
// a clip shorter than a window, dslite::Error when the network fails.
StageBench bench_stages(Model& model, const StageBenchOptions& options = {});

// What the operators of each kind take of an inference, on average, the most first; of a model that was opened
// with RuntimeOptions::times_operators. Throws as bench_stages() does, and where the library does not time operators.
std::vector<OperatorTime> bench_operators(Model& model, const StageBenchOptions& options = {});

}  // namespace dslite
