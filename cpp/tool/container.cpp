#include "container.hpp"

#include <cstring>
#include <initializer_list>

namespace dslite::tool {
namespace {

constexpr int kFrames = 3;  // in a row: by chance, raw PCM begins so once in 10^13 times

// ISO 11172-3 and 13818-3, layer III, by the four bits of the header; 0 is free or forbidden.
constexpr std::uint16_t kKilobits[2][16] = {
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};
constexpr std::uint16_t kRatesHz[3] = {44100, 48000, 32000};

// Bytes of the MP3 frame with this header; 0 of what is none.
std::size_t mp3_frame(const std::uint8_t* header) {
    const unsigned version = header[1] >> 3 & 3U;  // 3: MPEG 1; 2: MPEG 2; 0: MPEG 2.5
    const unsigned rate = header[2] >> 2 & 3U;
    const bool is_layer_3 = header[0] == 0xFF && (header[1] & 0xE6U) == 0xE2U;
    if (!is_layer_3 || version == 1 || rate == 3) return 0;
    const bool is_first = version == 3;
    const unsigned kilobits = kKilobits[is_first ? 0 : 1][header[2] >> 4];
    if (kilobits == 0) return 0;
    const unsigned rate_hz = kRatesHz[rate] / (is_first ? 1U : version == 2 ? 2U : 4U);
    return (is_first ? 144000U : 72000U) * kilobits / rate_hz + (header[2] >> 1 & 1U);
}

Begin mp3_or_raw(const std::uint8_t* bytes, std::size_t count) {
    std::size_t at = 0;
    for (int frame = 0; frame < kFrames; ++frame) {
        if (count - at < 4) return Begin::undecided;
        const std::uint8_t* const header = bytes + at;
        const std::size_t length = mp3_frame(header);
        // Version, layer and rate are the same in every frame.
        if (length == 0 || header[1] >> 1 != bytes[1] >> 1 ||
            (header[2] & 0xCU) != (bytes[2] & 0xCU))
            return Begin::raw;
        if (frame + 1 == kFrames) return Begin::other_file;
        if (count - at < length) return Begin::undecided;
        at += length;
    }
    return Begin::raw;
}

}  // namespace

Begin begin_of(const std::uint8_t* bytes, std::size_t count) {
    if (count < 4) return Begin::undecided;
    for (const char* magic : {"RIFF", "RF64", "BW64"}) {
        if (std::memcmp(bytes, magic, 4) == 0) return Begin::wav;
    }
    // W64, FLAC, Ogg, MP3 with a tag, AIFF, AU, CAF.
    for (const char* magic : {"riff", "fLaC", "OggS", "ID3", "FORM", ".snd", "caff"}) {
        if (std::memcmp(bytes, magic, std::strlen(magic)) == 0) return Begin::other_file;
    }
    return mp3_or_raw(bytes, count);
}

}  // namespace dslite::tool
