#include "dslite/wav.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "dslite/error.hpp"
#include "platform/files.hpp"
#include "simd/dispatch.hpp"
#include "src/sound/wav_format.hpp"

namespace dslite {
namespace {

void check_finite(const Audio& audio, const std::string& name) {
    for (std::size_t i = 0; i < audio.samples.size(); ++i) {
        if (std::isfinite(audio.samples[i])) continue;
        const auto channels = static_cast<std::size_t>(audio.channels);
        fail(name, "frame " + std::to_string(i / channels) + ", channel " +
                       std::to_string(i % channels) + " is " +
                       (std::isnan(audio.samples[i]) ? "not a number" : "infinite") +
                       ", expected a finite float32");
    }
}

void check_channel(int channel, int channels) {
    if (channel >= -1 && channel < channels) return;
    throw Error("channel is " + std::to_string(channel) + ", but the audio has channels 0 to " +
                std::to_string(channels - 1) + " (or -1: the mean of all)");
}

// A byte more than the file says it holds, so that one read takes it all and the next one ends it; 0
// where it does not say, as a pipe.
std::size_t size_hint(std::FILE* file) {
    const std::uint64_t size = platform::file_size(file);
    return size == 0 ? 0 : static_cast<std::size_t>(size) + 1;
}

}  // namespace

Audio decode_wav(const std::uint8_t* bytes, std::size_t size, const std::string& name) {
    const ReadAt read = [bytes](std::size_t offset, std::size_t count, std::uint8_t* to) {
        std::copy_n(bytes + offset, count, to);
    };
    const ExactScope exact;  // 32-bit integers are rounded
    const WavHeader header = read_wav_header(read, size, name);
    const WavFormat& format = header.format;
    Audio audio;
    audio.warning = header.warning;
    audio.rate_hz = static_cast<int>(format.rate_hz);
    audio.channels = static_cast<int>(format.channels);
    audio.samples.resize(header.frames * format.channels);
    decode_samples(bytes + header.offset, format, audio.samples.size(), audio.samples.data());
    if (format.is_float()) check_finite(audio, name);
    return audio;
}

Audio read_wav(const std::string& path) {
    const platform::File file = platform::open_file(path);
    if (!file) fail_with_errno(path, "cannot be opened: ");
    // Its length is a hint and no more: a pipe has none, and a file may be growing.
    std::vector<std::uint8_t> bytes(size_hint(file.get()));
    std::size_t used = 0;
    std::size_t got = 0;
    do {
        if (used == bytes.size()) bytes.resize(used == 0 ? std::size_t{1} << 16 : 2 * used);
        got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
        const bool is_head = used == 0;
        used += got;
        // A device may go on for ever.
        if (is_head && used > 0 && !begins_like_wav(bytes.data(), used)) {
            fail(path, "this is no RIFF/WAVE file");
        }
    } while (got > 0);
    if (std::ferror(file.get()) != 0) fail_with_errno(path, "cannot be read: ");
    return decode_wav(bytes.data(), used, path);
}

WavFile::WavFile(const std::string& path)
    : path_(path), file_(std::make_unique<const platform::RandomAccessFile>(path)) {
    if (!file_->is_open()) fail_with_errno(path, "cannot be opened: ");
    if (!file_->is_regular()) fail(path, "is no file whose parts can be read");
    const auto size = static_cast<std::size_t>(file_->size());
    const ReadAt read_at = [this](std::size_t offset, std::size_t count, std::uint8_t* bytes) {
        read(offset, count, bytes);
    };
    header_ = std::make_unique<const WavHeader>(read_wav_header(read_at, size, path));
}

WavFile::~WavFile() = default;

std::size_t WavFile::frames() const { return header_->frames; }
int WavFile::rate_hz() const { return static_cast<int>(header_->format.rate_hz); }
int WavFile::channels() const { return static_cast<int>(header_->format.channels); }
bool WavFile::is_float() const { return header_->format.is_float(); }
const std::string& WavFile::warning() const { return header_->warning; }

void WavFile::read(std::size_t offset, std::size_t size, std::uint8_t* bytes) const {
    while (size > 0) {
        const std::ptrdiff_t got = file_->read_at(offset, bytes, size);
        if (got < 0) fail_with_errno(path_, "cannot be read: ");
        if (got == 0) fail(path_, "has become shorter while it was read");
        const auto count = static_cast<std::size_t>(got);
        offset += count;
        bytes += count;
        size -= count;
    }
}

void WavFile::read_mono(std::size_t first, std::size_t count, int channel, float* mono) const {
    if (first > frames() || count > frames() - first) {
        fail(path_, "has " + std::to_string(frames()) + " frames, expected at least " +
                        std::to_string(first + count));
    }
    const ExactScope exact;
    check_channel(channel, channels());
    const WavFormat& format = header_->format;
    const std::size_t at_once = kDecodedAtOnce / format.channels;
    std::uint8_t bytes[kDecodedAtOnce * sizeof(double)];
    while (count > 0) {
        const std::size_t here = std::min(count, at_once);
        read(header_->offset + first * format.frame_bytes, here * format.frame_bytes, bytes);
        decode_mono(bytes, format, here, channel, mono);
        first += here;
        count -= here;
        mono += here;
    }
}

std::vector<float> to_mono(const Audio& audio, int channel) {
    check_channel(channel, audio.channels);
    std::vector<float> mono(audio.frames());
    mix(audio.samples.data(), mono.size(), audio.channels, channel, mono.data());
    return mono;
}

void mix(const float* samples, std::size_t frames, int channels, int channel,
         float* mono) noexcept {
    if (channels == 1 && channel < 0) {  // the sum below, which makes a negative zero positive
        for (std::size_t i = 0; i < frames; ++i) mono[i] = samples[i] + 0.0F;
        return;
    }
    for (std::size_t i = 0; i < frames; ++i, samples += channels) {
        if (channel >= 0) {
            mono[i] = samples[channel];
            continue;
        }
        // In double, so that loud float channels do not overflow before they are divided.
        double sum = 0.0;
        for (int c = 0; c < channels; ++c) sum += static_cast<double>(samples[c]);
        mono[i] = static_cast<float>(sum / channels);
    }
}

}  // namespace dslite
