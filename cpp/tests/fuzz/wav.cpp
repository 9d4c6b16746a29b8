// Whatever the bytes, the reader decodes them or throws dslite::Error: nothing else, and no byte is
// read that is not there. What comes through a pipe, in pieces, has the samples and the warning of the file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dslite/error.hpp"
#include "dslite/signal.hpp"
#include "dslite/wav.hpp"

namespace {

void check_pipe(const std::uint8_t* bytes, std::size_t size, const dslite::Audio& audio) {
    std::size_t at = 0;
    const dslite::ReadBytes read = [&](std::uint8_t* to, std::size_t most) {
        const std::size_t count = std::min({most, size - at, std::size_t{1} + bytes[at / 2] % 64});
        std::copy_n(bytes + at, count, to);
        at += count;
        return count;
    };
    dslite::SignalReader pipe(read, "fuzz", audio.rate_hz, -1);
    std::vector<float> all;
    for (std::vector<float> block; pipe.next(block);) {
        all.insert(all.end(), block.begin(), block.end());
    }
    if (all != dslite::to_mono(audio, -1) || pipe.warning() != audio.warning) std::abort();
}

}  // namespace

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
        check_pipe(bytes, size, audio);
    } catch (const dslite::Error&) {
    }
    return 0;
}
