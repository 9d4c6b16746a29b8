// The stages of the default recipe one by one, each timed where it happens.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>

#include "dslite/pipeline.hpp"
#include "simd/dispatch.hpp"

namespace dslite::bench {

using Clock = std::chrono::steady_clock;

enum Row {
    kPower,
    kMel,
    kScale,
    kPicture,  // the stages, of one chunk
    kLogMel,
    kTensor,
    kInt8,
    kStream,
    kFft2048,
    kFft512,
    kRows
};
struct RowText {
    const char* name;
    const char* per;
};
constexpr std::array<RowText, kRows> kTexts = {{
    {"frames to power", "chunk"},
    {"mel", "chunk"},
    {"scale", "chunk"},
    {"colours, pixels", "chunk"},
    {"log_mel()", "chunk"},
    {"tensor()", "chunk"},
    {"tensor_quantized()", "chunk"},
    {"one frame to mel", "frame"},
    {"FftPlan(2048)", "transform"},
    {"FftPlan(512)", "transform"},
}};
constexpr std::size_t kTransforms = 64;

using Nanoseconds = std::array<double, kRows>;

inline double since(Clock::time_point& start) {
    const Clock::time_point now = Clock::now();
    const double ns = std::chrono::duration<double, std::nano>(now - start).count();
    start = now;
    return ns;
}

// The plans of the default recipe, run one by one on memory of their own.
class Stages {
  public:
    Stages()
        : frames_(frame_.count(recipe_.chunk_samples())),
          resize_(recipe_, frames_, mel_.bands()),
          block_(fft_.block_floats(kMaxLanes) * sizeof(float)),
          power_rows_(fft_.bins() * kMaxLanes * sizeof(float)),
          bands_(mel_.bands() * frames_ * sizeof(float)),
          cells_(4 * frames_ * sizeof(float)) {}

    std::size_t frames() const { return frames_; }

    void tensor(const float* samples, float* out, Nanoseconds& ns) {
        float* const bands = bands_.reserve(0);
        for (std::size_t f = 0; f < frames_;) {
            const bool one = frames_ - f == 1;
            const BlockKernels& k = one ? kernels().single : kernels().wide;
            const std::size_t here = std::min(frames_ - f, k.lanes);
            block(k, samples + f * frame_.hop(), here, bands + f, frames_, ns);
            f += here;
        }
        Clock::time_point at = Clock::now();
        scale_.process(bands, frames_, bands, nullptr);
        ns[kScale] += since(at);
        picture(bands, out);
        ns[kPicture] += since(at);
    }

    // One frame through stages 4 to 7, as a stream does it.
    void stream(const float* samples, float* bands) {
        Nanoseconds unused{};
        block(kernels().single, samples, 1, bands, 1, unused);
    }

  private:
    void block(const BlockKernels& k, const float* samples, std::size_t here, float* bands,
               std::size_t stride, Nanoseconds& ns) {
        float* const block = block_.reserve(0);
        float* const power = power_rows_.reserve(0);
        Clock::time_point at = Clock::now();
        power_.process(k, frame_, fft_, samples, here, block, nullptr, power);
        ns[kPower] += since(at);
        mel_.process(k, power, here, bands, stride);
        ns[kMel] += since(at);
    }

    void picture(const float* bands, float* out) {
        const std::size_t row = 3 * resize_.width();
        const ColormapPlan::Range range = colormap_.range(bands, mel_.bands() * frames_);
        float* const cells = cells_.reserve(0);
        for (std::size_t y = 0; y < resize_.height();) {
            const std::size_t equal = resize_.equal_rows(y);
            colormap_.process(bands + resize_.source_row(y) * frames_, frames_, range, cells);
            resize_.pack(cells, 3, equal, out);
            y += equal;
            out += equal * row;
        }
    }

    Recipe recipe_;
    FramePlan frame_{recipe_};
    FftPlan fft_{recipe_.fft_samples()};
    SpectrumPlan power_{recipe_};
    MelPlan mel_{recipe_};
    ScalePlan scale_{recipe_};
    TensorPlan output_{recipe_.tensor.scaling, false};
    ColormapPlan colormap_{recipe_.picture.colormap, output_};
    std::size_t frames_;
    ResizePlan resize_;
    Scratch block_, power_rows_, bands_, cells_;
};

}  // namespace dslite::bench
