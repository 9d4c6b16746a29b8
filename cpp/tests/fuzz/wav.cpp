// Whatever the bytes, the reader decodes them or throws dslite::Error: nothing else, and no byte is
// read that is not there.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "dslite/error.hpp"
#include "dslite/wav.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const bool readable = dslite::wav_is_readable(bytes, size);
    try {
        const dslite::Audio audio = dslite::decode_wav(bytes, size, "fuzz");
        if (!readable || audio.frames() == 0) std::abort();
        if (audio.samples.size() != audio.frames() * static_cast<std::size_t>(audio.channels)) {
            std::abort();
        }
        for (const float sample : audio.samples) {
            if (!std::isfinite(sample)) std::abort();
        }
        for (const float sample : dslite::to_mono(audio, -1)) {
            if (!std::isfinite(sample)) std::abort();
        }
    } catch (const dslite::Error&) {
    }
    return 0;
}
