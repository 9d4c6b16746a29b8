// A short name for the bits of a picture, to compare machines by.
#pragma once

#include <cstddef>
#include <string>

namespace dslite {

// FNV-1a, 64 bits (Fowler, Noll, Vo), of `bytes` bytes, as 16 hex digits. Little-endian machines only
// are supported, so equal values have equal bytes.
std::string fingerprint(const void* data, std::size_t bytes);

}  // namespace dslite
