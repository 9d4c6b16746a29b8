#include "dslite/colormap.hpp"

#include "simd/dispatch.hpp"
#include "src/picture/palettes.hpp"

namespace dslite {
namespace {

const Palette* palette_of(Colormap colormap) {
    switch (colormap) {
        case Colormap::viridis: return &kViridis;
        case Colormap::cividis: return &kCividis;
        case Colormap::inferno: return &kInferno;
        case Colormap::magma: return &kMagma;
        case Colormap::plasma: return &kPlasma;
        default: return nullptr;
    }
}

}  // namespace

ColormapPlan::ColormapPlan(Colormap colormap) { add_entries(colormap, nullptr); }

ColormapPlan::ColormapPlan(Colormap colormap, const TensorPlan& output) {
    add_entries(colormap, &output);
}

void ColormapPlan::add_entries(Colormap colormap, const TensorPlan* output) {
    if (colormap == Colormap::none) return;
    const Palette* const palette = palette_of(colormap);
    const auto value = [&](std::size_t i, std::size_t channel) {
        double colour[3];
        for (std::size_t c = 0; c < 3; ++c) {
            colour[c] = palette ? (*palette)[i][c] / 1e6 : static_cast<double>(i) / 255.0;
        }
        return static_cast<float>(output ? output->value(colour, channel) : colour[channel]);
    };
    for (std::size_t i = 0; i < 256; ++i) {
        for (std::size_t c = 0; c < 3; ++c) entries_.push_back(value(i, c));
        entries_.push_back(0.0F);
        for (std::size_t c = 0; c < 3; ++c) {
            entries_.push_back(i < 255 ? value(i + 1, c) - value(i, c) : 0.0F);
        }
        entries_.push_back(0.0F);
    }
}

ColormapPlan::Range ColormapPlan::range(const float* values, std::size_t n) const noexcept {
    Range found;
    if (!entries_.empty()) kernels().min_max(values, n, &found.low, &found.high);
    return found;
}

void ColormapPlan::process(const float* values, std::size_t n, Range range,
                           float* cells) const noexcept {
    if (entries_.empty()) return kernels().raw_cells(values, n, cells);
    kernels().colour({entries_.data()}, values, n, range.low, range.high, cells);
}

}  // namespace dslite
