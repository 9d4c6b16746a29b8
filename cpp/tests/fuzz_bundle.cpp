// libFuzzer target: whatever the bytes, the bundle reader returns or throws dslite::Error, and what
// it returns lies within them.
//
// Start it with a corpus of a bundle or two; it does not invent checksums by itself.
#include <cstdlib>
#include <memory>
#include <vector>

#include "dslite/bundle.hpp"
#include "dslite/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    auto file = std::make_shared<std::vector<std::uint8_t>>(bytes, bytes + size);
    // The identifier is given, so that every input reaches the archive's reader.
    for (std::size_t i = 0; i < 4 && 4 + i < size; ++i) {
        (*file)[4 + i] = static_cast<std::uint8_t>("TFL3"[i]);
    }
    try {
        const dslite::Bundle bundle = dslite::Bundle::parse(file, "fuzz");
        const char* const begin = reinterpret_cast<const char*>(file->data());
        for (const dslite::Bundle::Entry& entry : bundle.entries()) {
            const bool inside = entry.data.data() >= begin &&
                                entry.data.data() + entry.data.size() <= begin + file->size();
            if (!inside || bundle.read(entry.name).data() != entry.data.data()) std::abort();
        }
        bundle.labels();
    } catch (const dslite::Error&) {
    }
    return 0;
}
