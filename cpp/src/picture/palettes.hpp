// matplotlib's perceptually uniform palettes, 256 entries of (red, green, blue) in millionths.
#pragma once

#include <cstdint>

namespace dslite {

using Palette = std::int32_t[256][3];

extern const Palette kViridis;
extern const Palette kCividis;
extern const Palette kInferno;
extern const Palette kMagma;
extern const Palette kPlasma;

}  // namespace dslite
