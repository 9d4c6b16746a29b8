#include "dslite/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "dslite/limits.hpp"
#include "simd/dispatch.hpp"
#include "src/picture/layout.hpp"

namespace dslite {
namespace {

const Recipe& validated(const Recipe& recipe) {
    recipe.validate();
    return recipe;
}

}  // namespace

Pipeline::Output::Output(const Recipe& recipe, TensorScaling scaling)
    : tensor(scaling, recipe.picture.colormap == Colormap::none),
      colormap(recipe.picture.resize == ResizeMethod::nearest
                   ? ColormapPlan(recipe.picture.colormap, tensor)
                   : ColormapPlan(recipe.picture.colormap)) {}

Pipeline::Pipeline(const Recipe& recipe) : Pipeline(recipe, ExactScope()) {}

Pipeline::Pipeline(const Recipe& recipe, const ExactScope&)
    : recipe_(validated(recipe)),
      frame_(recipe),
      fft_(recipe.fft_samples()),
      power_(recipe),
      mel_(recipe),
      scale_(recipe),
      picture_(recipe, TensorScaling::none),
      tensor_(recipe, recipe.tensor.scaling) {
    kernels();  // an impossible DSLITE_FORCE_ISA is an error here, not in the middle of a stream
    if (recipe.chunk_samples() > 0) {
        layout_of_chunk(recipe.chunk_samples());
        resize_.emplace(recipe, frame_.count(recipe.chunk_samples()), scale_.rows());
    }
}

std::size_t Pipeline::value_count() const {
    return static_cast<std::size_t>(recipe_.picture.width) *
           static_cast<std::size_t>(recipe_.picture.height) *
           static_cast<std::size_t>(recipe_.channels());
}

// `prepared`: samples that the chunk is copied to before frames are cut from it.
Pipeline::Layout Pipeline::layout(std::size_t frames, std::size_t prepared) const {
    Layout at;
    at.frames = frames;
    const std::uint64_t columns = frames;
    const std::uint64_t bands = aligned(mel_.bands() * columns);
    at.rows = recipe_.mfcc.count > 0 ? bands : 0;
    at.shared = at.rows == 0 ? bands : bands + aligned(scale_.rows() * columns);
    const auto width = static_cast<std::uint64_t>(recipe_.picture.width);
    const auto height = static_cast<std::uint64_t>(recipe_.picture.height);
    const bool nearest = recipe_.picture.resize == ResizeMethod::nearest;
    // Nearest: a few rows of cells and the same as bytes. Else: the cells, the rows' resize, one row of
    // pixels, and its bytes.
    const std::uint64_t cells = nearest ? aligned(5 * columns * kRowsAtOnce)
                                        : aligned(4 * scale_.rows() * columns) +
                                              aligned(4 * height * columns) + aligned(5 * width);
    at.total = at.shared + std::max({aligned(prepared) + block_floats(),
                                     aligned(scale_.work_floats(frames)), cells});
    // Where addresses have 32 bits a picture may be larger than what can be addressed.
    if (at.total > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float)) {
        throw std::invalid_argument("picture of " + std::to_string(frames) + " frames × " +
                                    std::to_string(std::max(mel_.bands(), scale_.rows())) +
                                    " rows: needs " + std::to_string(at.total * sizeof(float)) +
                                    " bytes, more than this machine can address");
    }
    return at;
}

Pipeline::Layout Pipeline::layout_of_chunk(std::size_t samples) const {
    return layout(frames(samples), frame_.prepares() ? frame_.prepared_samples(samples) : 0);
}

// A block's points and power, and the transform's work.
std::size_t Pipeline::block_floats() const {
    const std::size_t lanes = kernels().wide.lanes;
    return static_cast<std::size_t>(aligned(fft_.block_floats(lanes)) +
                                    aligned(fft_.bins() * lanes)) +
           fft_.work_bytes(lanes) / sizeof(float);
}

std::size_t Pipeline::scratch_bytes(std::size_t samples) const {
    return layout_of_chunk(samples).bytes();
}

void Pipeline::check(const float* samples, std::size_t count) const {
    const ExactScope exact;
    if (chunk_samples() > 0 && count != chunk_samples()) {
        throw std::invalid_argument("chunk of " + std::to_string(count) + " samples: expected " +
                                    std::to_string(chunk_samples()) + ", chunk.seconds at " +
                                    std::to_string(recipe_.audio.sample_rate_hz) + " Hz");
    }
    if (frames(count) == 0) {
        throw std::invalid_argument("clip of " + std::to_string(count) +
                                    " samples: expected at least one stft window, " +
                                    std::to_string(frame_.window_samples()));
    }
    layout_of_chunk(count);
    if (kernels().all_within(samples, count, kLargestSample)) return;
    for (std::size_t i = 0; i < count; ++i) {
        if (!(std::fabs(samples[i]) <= kLargestSample)) {
            throw std::invalid_argument(
                "sample " + std::to_string(i) + " is " + std::to_string(samples[i]) +
                ": expected finite values of magnitude up to " + kLargestSampleText);
        }
    }
}

// Stages 4 to 7, a block of frames at a time.
void Pipeline::mel_blocks(const float* samples, std::size_t frames, float* out, std::size_t stride,
                          float* memory) const {
    const std::size_t lanes = kernels().wide.lanes;
    float* const block = memory;
    float* const power = block + aligned(fft_.block_floats(lanes));
    double* const work = reinterpret_cast<double*>(power + aligned(fft_.bins() * lanes));
    for (std::size_t f = 0; f < frames;) {
        const bool one = frames - f == 1;
        const BlockKernels& k = one ? kernels().single : kernels().wide;
        const std::size_t here = std::min(frames - f, k.lanes);
        power_.process(k, frame_, fft_, samples + f * frame_.hop(), here, block, work, power);
        mel_.process(k, power, here, out + f, stride);
        f += here;
    }
}

void Pipeline::mel_of_chunk(const float* samples, std::size_t count, float* out,
                            float* memory) const {
    if (frame_.prepares()) {
        frame_.prepare(samples, count, memory);
        samples = memory;
        memory += aligned(frame_.prepared_samples(count));
    }
    mel_blocks(samples, frames(count), out, frames(count), memory);
}

void Pipeline::mel(const float* samples, std::size_t count, float* out, Scratch& scratch) const {
    const ExactScope exact;
    const Layout at = layout_of_chunk(count);
    mel_of_chunk(samples, count, out, scratch.reserve(at.bytes()));
}

void Pipeline::mel_frames(const float* samples, std::size_t frames, float* out, std::size_t stride,
                          Scratch& scratch) const {
    const ExactScope exact;
    mel_blocks(samples, frames, out, stride, scratch.reserve(block_floats() * sizeof(float)));
}

void Pipeline::log_mel(const float* samples, std::size_t count, float* out,
                       Scratch& scratch) const {
    const ExactScope exact;
    const Layout at = layout_of_chunk(count);
    float* const memory = scratch.reserve(at.bytes());
    mel_of_chunk(samples, count, memory, memory + at.shared);
    scale_.process(memory, at.frames, memory + at.rows, memory + at.shared);
    kernels().transpose(memory + at.rows, rows(), at.frames, at.frames, out, rows());
}

}  // namespace dslite
