// Stages 8 to 11 of the pipeline: bands to pixels.
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "dslite/pipeline.hpp"
#include "simd/dispatch.hpp"
#include "src/picture/layout.hpp"

namespace dslite {

const ResizePlan& Pipeline::resize_for(std::size_t frames, std::optional<ResizePlan>& own) const {
    if (resize_ && resize_->frames() == frames) return *resize_;
    return own.emplace(recipe_, frames, rows());
}

template <class Value>
void Pipeline::draw(const float* samples, std::size_t count, const Output& output,
                    const Quantization* to, Value* out, Scratch& scratch) const {
    const ExactScope exact;
    const Layout at = layout_of_chunk(count);
    float* const memory = scratch.reserve(at.bytes());
    mel_of_chunk(samples, count, memory, memory + at.shared);
    draw_mel(memory, at, output, to, out);
}

template <class Value>
void Pipeline::draw_ring(const MelRing& mel, const Quantization* to, Value* out,
                         Scratch& scratch) const {
    const ExactScope exact;
    const Layout at = layout(mel.frames, 0);
    float* const memory = scratch.reserve(at.bytes());
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
    draw(samples, count, tensor_, nullptr, out, scratch);
}

void Pipeline::tensor_quantized(const float* samples, std::size_t count, const Quantization& to,
                                void* out, Scratch& scratch) const {
    draw(samples, count, tensor_, &to, static_cast<std::uint8_t*>(out), scratch);
}

void Pipeline::tensor(const MelRing& mel, float* out, Scratch& scratch) const {
    draw_ring(mel, nullptr, out, scratch);
}

void Pipeline::tensor_quantized(const MelRing& mel, const Quantization& to, void* out,
                                Scratch& scratch) const {
    draw_ring(mel, &to, static_cast<std::uint8_t*>(out), scratch);
}

}  // namespace dslite
