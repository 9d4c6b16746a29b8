// Sound files by their first bytes: raw PCM has none of these beginnings, and they would be noise as samples.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dslite::tool {

enum class Begin { raw, wav, other_file, undecided };

// What begins with these bytes; undecided where more of them are needed: MP3 without a tag has no other mark than
// that frame follows frame.
Begin begin_of(const std::uint8_t* bytes, std::size_t count);

}  // namespace dslite::tool
