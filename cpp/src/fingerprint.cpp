#include "dslite/fingerprint.hpp"

#include <cstdint>

namespace dslite {

std::string fingerprint(const void* data, std::size_t bytes) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    const auto* const byte = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ byte[i]) * 0x100000001B3U;
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) {
        text.push_back("0123456789abcdef"[(hash >> shift) & 15U]);
    }
    return text;
}

}  // namespace dslite
