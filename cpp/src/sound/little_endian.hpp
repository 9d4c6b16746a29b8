// Numbers as RIFF files have them.
#pragma once

#include <cstdint>

namespace dslite {

// Byte by byte, so that neither alignment nor the machine's byte order matters.
inline std::uint32_t u16(const std::uint8_t* p) { return p[0] | std::uint32_t{p[1]} << 8; }
inline std::uint32_t u24(const std::uint8_t* p) { return u16(p) | std::uint32_t{p[2]} << 16; }
inline std::uint32_t u32(const std::uint8_t* p) { return u24(p) | std::uint32_t{p[3]} << 24; }
inline std::uint64_t u64(const std::uint8_t* p) { return u32(p) | std::uint64_t{u32(p + 4)} << 32; }

}  // namespace dslite
