#include "sound_file.hpp"

#include <emscripten.h>

#include <algorithm>
#include <utility>

#include "json.hpp"

// Returns 0, or −1 when the browser could not read the file.
EM_JS(int, dslite_read_file, (int handle, std::size_t offset, std::size_t count, void* to),
      { return Module.readFile(handle, offset >>> 0, count >>> 0, to); })

namespace dslite::web {

SoundFile::SoundFile(int handle, std::size_t size, std::string name)
    : handle_(handle), name_(std::move(name)) {
    const ReadAt read = [this](std::size_t offset, std::size_t count, std::uint8_t* to) {
        read_bytes(offset, count, to);
    };
    header_ = read_wav_header(read, size, name_);
}

std::string SoundFile::about() const {
    return tool::JsonObject()
        .number("rate", header_.format.rate_hz)
        .number("channels", header_.format.channels)
        .number("frames", static_cast<double>(header_.frames))
        .text("warning", header_.warning)
        .end();
}

std::size_t SoundFile::read(std::size_t count, float* samples) {
    const WavFormat& format = header_.format;
    count = std::min(count, header_.frames - next_);
    bytes_.resize(count * format.frame_bytes);
    if (count == 0) return 0;
    read_bytes(header_.offset + next_ * format.frame_bytes, bytes_.size(), bytes_.data());
    decode_samples(bytes_.data(), format, count * format.channels, samples);
    next_ += count;
    return count;
}

void SoundFile::read_bytes(std::size_t offset, std::size_t count, std::uint8_t* bytes) const {
    if (dslite_read_file(handle_, offset, count, bytes) < 0)
        fail(name_, "cannot be read any longer");
}

}  // namespace dslite::web
