#include "dslite/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "simd/dispatch.hpp"

namespace dslite {
namespace {

constexpr float kLargestSample = 1e12F;
constexpr std::size_t kFloatsPerValue = 16;
constexpr std::size_t kRowsAtOnce = 8;

// Offsets are in floats and keep every part on a cache line of its own.
std::size_t aligned(std::size_t floats) { return (floats + 15) / 16 * 16; }

const Recipe& validated(const Recipe& recipe) {
    recipe.validate();
    return recipe;
}

}  // namespace

// Where things lie in the scratch. The spectral half (blocks) is done before the picture half
// (cells) begins, so the two share memory.
struct Pipeline::Layout {
    std::size_t frames = 0;
    std::size_t rows = 0;    // (rows, frames): stage 8, after the (bands, frames) of stage 7 where
                             // MFCCs need both
    std::size_t shared = 0;  // prepared samples, blocks | scale's work | cells
    std::size_t total = 0;
};

Pipeline::Output::Output(const Recipe& recipe, TensorScaling scaling)
    : tensor(scaling, recipe.picture.colormap == Colormap::none),
      colormap(recipe.picture.resize == ResizeMethod::nearest
                   ? ColormapPlan(recipe.picture.colormap, tensor)
                   : ColormapPlan(recipe.picture.colormap)) {}

Pipeline::Pipeline(const Recipe& recipe)
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
        check_size(recipe.chunk_samples());
        resize_.emplace(recipe, frame_.count(recipe.chunk_samples()), scale_.rows());
    }
}

std::size_t Pipeline::pixels() const {
    return static_cast<std::size_t>(recipe_.picture.width) *
           static_cast<std::size_t>(recipe_.picture.height) *
           static_cast<std::size_t>(recipe_.channels());
}

// `prepared`: samples that the chunk is copied to before frames are cut from it.
Pipeline::Layout Pipeline::layout(std::size_t frames, std::size_t prepared) const {
    Layout at;
    at.frames = frames;
    const std::size_t bands = aligned(mel_.bands() * frames);
    at.rows = recipe_.mfcc.count > 0 ? bands : 0;
    at.shared = at.rows == 0 ? bands : bands + aligned(scale_.rows() * frames);
    const auto width = static_cast<std::size_t>(recipe_.picture.width);
    const auto height = static_cast<std::size_t>(recipe_.picture.height);
    const bool nearest = recipe_.picture.resize == ResizeMethod::nearest;
    // Nearest: a few rows of cells and the same as bytes. Else: the cells, the rows' resize, one row of
    // pixels, and its bytes.
    const std::size_t cells = nearest ? aligned(5 * frames * kRowsAtOnce)
                                      : aligned(4 * scale_.rows() * frames) +
                                            aligned(4 * height * frames) + aligned(5 * width);
    at.total = at.shared + std::max({aligned(prepared) + block_floats(),
                                     aligned(scale_.work_floats(frames)), cells});
    return at;
}

Pipeline::Layout Pipeline::layout_of_chunk(std::size_t samples) const {
    return layout(frames(samples), frame_.prepares() ? frame_.prepared_samples(samples) : 0);
}

// A block's points and power, and the transform's work.
std::size_t Pipeline::block_floats() const {
    const std::size_t lanes = kernels().wide.lanes;
    return aligned(fft_.block_floats(lanes)) + aligned(fft_.bins() * lanes) +
           fft_.work_bytes(lanes) / sizeof(float);
}

std::size_t Pipeline::scratch_bytes(std::size_t samples) const {
    return layout_of_chunk(samples).total * sizeof(float);
}

void Pipeline::check(const float* samples, std::size_t count) const {
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
    check_size(count);
    if (kernels().all_within(samples, count, kLargestSample)) return;
    for (std::size_t i = 0; i < count; ++i) {
        if (!(std::fabs(samples[i]) <= kLargestSample)) {
            throw std::invalid_argument("sample " + std::to_string(i) + " is " +
                                        std::to_string(samples[i]) +
                                        ": expected finite values of magnitude up to 1e12");
        }
    }
}

// No more than kFloatsPerValue floats are laid out for a value of the picture, so that no size computed
// from here on wraps around where addresses have 32 bits.
void Pipeline::check_size(std::size_t samples) const {
    const std::size_t most = std::numeric_limits<std::size_t>::max() / (kFloatsPerValue * 4);
    const std::size_t height =
        std::max(mel_.bands(), static_cast<std::size_t>(recipe_.picture.height));
    if (std::uint64_t{frames(samples)} * height <= most) return;
    throw std::invalid_argument("picture of " + std::to_string(frames(samples)) + " frames × " +
                                std::to_string(height) + " rows: expected at most " +
                                std::to_string(most) + " values on this machine");
}

void Pipeline::check_scaling() const {
    if (recipe_.channels() == 1 && recipe_.tensor.scaling != TensorScaling::none) {
        throw std::invalid_argument(
            "tensor.scaling is for colours: expected \"none\" with picture.colormap = \"none\"");
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
    const Layout at = layout_of_chunk(count);
    mel_of_chunk(samples, count, out, scratch.reserve(at.total * sizeof(float)));
}

void Pipeline::mel_frames(const float* samples, std::size_t frames, float* out, std::size_t stride,
                          Scratch& scratch) const {
    mel_blocks(samples, frames, out, stride, scratch.reserve(block_floats() * sizeof(float)));
}

void Pipeline::log_mel(const float* samples, std::size_t count, float* out,
                       Scratch& scratch) const {
    const Layout at = layout_of_chunk(count);
    float* const memory = scratch.reserve(at.total * sizeof(float));
    mel_of_chunk(samples, count, memory, memory + at.shared);
    scale_.process(memory, at.frames, memory + at.rows, memory + at.shared);
    kernels().transpose(memory + at.rows, rows(), at.frames, at.frames, out, rows());
}

const ResizePlan& Pipeline::resize_for(std::size_t frames, std::optional<ResizePlan>& own) const {
    if (resize_ && resize_->frames() == frames) return *resize_;
    return own.emplace(recipe_, frames, rows());
}

template <class Value>
void Pipeline::draw(const float* samples, std::size_t count, const Output& output,
                    const Quantization* to, Value* out, Scratch& scratch) const {
    const Layout at = layout_of_chunk(count);
    float* const memory = scratch.reserve(at.total * sizeof(float));
    mel_of_chunk(samples, count, memory, memory + at.shared);
    draw_mel(memory, at, output, to, out);
}

template <class Value>
void Pipeline::draw_ring(const MelRing& mel, const Quantization* to, Value* out,
                         Scratch& scratch) const {
    const Layout at = layout(mel.frames, 0);
    float* const memory = scratch.reserve(at.total * sizeof(float));
    for (std::size_t band = 0; band < bands(); ++band) {
        const float* const row = mel.values + band * mel.frames;
        std::rotate_copy(row, row + mel.first, row + mel.frames, memory + band * mel.frames);
    }
    draw_mel(memory, at, tensor_, to, out);
}

// Stages 8 to 11 of the bands at `memory`. What is done per cell (colours, scaling, integers) commutes
// with "nearest", so it is done before pixels repeat cells; every other method mixes colours first.
template <class Value>
void Pipeline::draw_mel(float* memory, const Layout& at, const Output& output,
                        const Quantization* to, Value* out) const {
    scale_.process(memory, at.frames, memory + at.rows, memory + at.shared);
    std::optional<ResizePlan> own;
    const ResizePlan& resize = resize_for(at.frames, own);
    const std::size_t n = rows() * at.frames;
    const float* const values = memory + at.rows;
    const ColormapPlan::Range range = output.colormap.range(values, n);
    float* const cells = memory + at.shared;
    if (resize.is_nearest()) {
        draw_nearest(resize, values, range, output.colormap, cells, to, out);
    } else {
        output.colormap.process(values, n, range, cells);
        draw_mixed(resize, cells, cells + aligned(4 * n), output.tensor, to, out);
    }
}

// A few rows of cells at a time: few enough for the first-level cache to hold, and enough that they have
// got there when pixels are made of them.
template <class Value>
void Pipeline::draw_nearest(const ResizePlan& resize, const float* values,
                            ColormapPlan::Range range, const ColormapPlan& colormap, float* cells,
                            const Quantization* to, Value* out) const {
    const int channels = recipe_.channels();
    const std::size_t frames = resize.frames();
    const std::size_t row_values = resize.width() * static_cast<std::size_t>(channels);
    const std::size_t at_once = resize.height() < rows() ? 1 : kRowsAtOnce;
    std::size_t first = rows();  // of the input rows whose cells there are; they go downwards
    const Value* source = reinterpret_cast<const Value*>(cells);
    for (std::size_t y = 0; y < resize.height();) {
        const std::size_t row = resize.source_row(y);
        const std::size_t equal = resize.equal_rows(y);
        if (row < first) {
            first = row + 1 - std::min(at_once, row + 1);
            const std::size_t n = (row + 1 - first) * frames;
            colormap.process(values + first * frames, n, range, cells);
            if constexpr (!std::is_same_v<Value, float>) {
                auto* const bytes = reinterpret_cast<std::uint8_t*>(cells + 4 * n);
                TensorPlan::quantize(*to, cells, n, bytes);
                source = bytes;
            }
        }
        resize.pack(source + 4 * frames * (row - first), channels, equal, out);
        y += equal;
        out += equal * row_values;
    }
}

template <class Value>
void Pipeline::draw_mixed(const ResizePlan& resize, const float* cells, float* work,
                          const TensorPlan& tensor, const Quantization* to, Value* out) const {
    const int channels = recipe_.channels();
    float* const row = work + resize.work_floats();
    resize.process_rows(cells, work);
    for (std::size_t y = 0; y < resize.height(); ++y) {
        resize.process_row(work, y, row);
        tensor.process(row, resize.width());
        if constexpr (std::is_same_v<Value, float>) {
            resize.pack(row, channels, 1, out);
        } else {
            auto* const bytes = reinterpret_cast<std::uint8_t*>(row + 4 * resize.width());
            TensorPlan::quantize(*to, row, resize.width(), bytes);
            resize.pack(bytes, channels, 1, out);
        }
        out += resize.width() * static_cast<std::size_t>(channels);
    }
}

void Pipeline::picture(const float* samples, std::size_t count, float* out,
                       Scratch& scratch) const {
    draw(samples, count, picture_, nullptr, out, scratch);
}

void Pipeline::tensor(const float* samples, std::size_t count, float* out, Scratch& scratch) const {
    check_scaling();
    draw(samples, count, tensor_, nullptr, out, scratch);
}

void Pipeline::tensor_quantized(const float* samples, std::size_t count, const Quantization& to,
                                void* out, Scratch& scratch) const {
    check_scaling();
    draw(samples, count, tensor_, &to, static_cast<std::uint8_t*>(out), scratch);
}

void Pipeline::tensor(const MelRing& mel, float* out, Scratch& scratch) const {
    check_scaling();
    draw_ring(mel, nullptr, out, scratch);
}

void Pipeline::tensor_quantized(const MelRing& mel, const Quantization& to, void* out,
                                Scratch& scratch) const {
    check_scaling();
    draw_ring(mel, &to, static_cast<std::uint8_t*>(out), scratch);
}

}  // namespace dslite
