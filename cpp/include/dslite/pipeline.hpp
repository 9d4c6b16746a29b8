// The spine from a chunk of sound to the network's input: stages 4 to 11 of one recipe.
//
// Immutable and thread-safe; every call works in a Scratch of the caller's. Samples are mono, at the
// recipe's rate, finite; `count` is chunk_samples(), or any length of at least one window when the
// recipe takes whole clips (chunk_samples() is 0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dslite/colormap.hpp"
#include "dslite/fft.hpp"
#include "dslite/frame.hpp"
#include "dslite/mel.hpp"
#include "dslite/recipe.hpp"
#include "dslite/resize.hpp"
#include "dslite/scale.hpp"
#include "dslite/scratch.hpp"
#include "dslite/spectrum.hpp"
#include "dslite/tensor.hpp"

namespace dslite {

class ExactScope;

// What stage 7 made of a chunk: (bands, frames) row by row, the earliest frame in column `first` and
// column 0 following the last, so that a stream adds frames without moving those it has.
struct MelRing {
    const float* values = nullptr;
    std::size_t frames = 0;
    std::size_t first = 0;
};

class Pipeline {
  public:
    // Throws std::invalid_argument as Recipe::validate() does, and where a chunk's picture exceeds
    // what this machine can address.
    explicit Pipeline(const Recipe& recipe);

    const Recipe& recipe() const { return recipe_; }
    std::size_t chunk_samples() const { return recipe_.chunk_samples(); }
    std::size_t frames(std::size_t samples) const { return frame_.count(samples); }
    // Mel bands, or FFT bins where the recipe has none: what stage 7 leaves.
    std::size_t bands() const { return mel_.bands(); }
    std::size_t rows() const { return scale_.rows(); }
    // Values of a picture or tensor: height · width · channels.
    std::size_t value_count() const;
    // What a chunk of `samples` needs. The calls below grow the scratch to it themselves; one that
    // is large enough beforehand makes them free of allocation (whole-clip recipes excepted: their
    // resize plan depends on the clip).
    std::size_t scratch_bytes(std::size_t samples) const;

    // Throws std::invalid_argument unless the chunk has the right length and finite samples of
    // magnitude up to 1e12 (beyond, powers overflow float). The calls below assume it.
    void check(const float* samples, std::size_t count) const;

    // Stages 4–8 → (frames, rows).
    void log_mel(const float* samples, std::size_t count, float* out, Scratch& scratch) const;
    // Stages 4–10 → (height, width, channels), 0…255.
    void picture(const float* samples, std::size_t count, float* out, Scratch& scratch) const;
    // Stages 4–11 → (height, width, channels).
    void tensor(const float* samples, std::size_t count, float* out, Scratch& scratch) const;
    // The same as int8 or uint8.
    void tensor_quantized(const float* samples, std::size_t count, const Quantization& to,
                          void* out, Scratch& scratch) const;

    // The same in two halves, to the same bits. Stages 4–7 → (bands, frames).
    void mel(const float* samples, std::size_t count, float* out, Scratch& scratch) const;
    // Whether a frame depends on nothing but its own samples (no centre padding, no normalisation of
    // the chunk), so that chunks can share it.
    bool frames_stand_alone() const { return !frame_.prepares(); }
    // Stages 4–7 of frames that stand alone, the first at `samples` → out[band·stride + frame].
    void mel_frames(const float* samples, std::size_t frames, float* out, std::size_t stride,
                    Scratch& scratch) const;
    // Stages 8–11.
    void tensor(const MelRing& mel, float* out, Scratch& scratch) const;
    void tensor_quantized(const MelRing& mel, const Quantization& to, void* out,
                          Scratch& scratch) const;

  private:
    Pipeline(const Recipe& recipe, const ExactScope&);

    struct Layout;
    Layout layout(std::size_t frames, std::size_t prepared) const;
    Layout layout_of_chunk(std::size_t samples) const;
    std::size_t block_floats() const;
    void mel_of_chunk(const float* samples, std::size_t count, float* out, float* memory) const;
    void mel_blocks(const float* samples, std::size_t frames, float* out, std::size_t stride,
                    float* memory) const;
    const ResizePlan& resize_for(std::size_t frames, std::optional<ResizePlan>& own) const;
    // Stages 9 and 11 of the picture, or of the tensor.
    struct Output {
        Output(const Recipe& recipe, TensorScaling scaling);
        TensorPlan tensor;
        ColormapPlan colormap;
    };
    template <class Value>
    void draw(const float* samples, std::size_t count, const Output& output, const Quantization* to,
              Value* out, Scratch& scratch) const;
    template <class Value>
    void draw_ring(const MelRing& mel, const Quantization* to, Value* out, Scratch& scratch) const;
    template <class Value>
    void draw_mel(float* memory, const Layout& at, const Output& output, const Quantization* to,
                  Value* out) const;
    template <class Value>
    void draw_nearest(const ResizePlan& resize, const float* values, ColormapPlan::Range range,
                      const ColormapPlan& colormap, float* cells, const Quantization* to,
                      Value* out) const;
    template <class Value>
    void draw_mixed(const ResizePlan& resize, const float* cells, float* work,
                    const TensorPlan& tensor, const Quantization* to, Value* out) const;

    Recipe recipe_;
    FramePlan frame_;
    FftPlan fft_;
    SpectrumPlan power_;
    MelPlan mel_;
    ScalePlan scale_;
    std::optional<ResizePlan> resize_;  // of the fixed chunk; none for whole clips
    Output picture_;
    Output tensor_;
};

}  // namespace dslite
