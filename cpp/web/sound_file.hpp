// A WAV file that the page holds, read part by part: the core's own decoding, whatever the file's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "src/sound/wav_format.hpp"

namespace dslite::web {

class SoundFile {
  public:
    // `handle` is Module.readFile's. Throws dslite::Error for what is no WAV, or a file that cannot be read.
    SoundFile(int handle, std::size_t size, std::string name);

    // JSON: rate, channels, frames, warning.
    std::string about() const;
    // At most `count` frames from the next one on → interleaved samples, at most count · channels; returns
    // how many frames, 0 at the end. Throws dslite::Error when the file cannot be read any longer.
    std::size_t read(std::size_t count, float* samples);

  private:
    void read_bytes(std::size_t offset, std::size_t count, std::uint8_t* bytes) const;

    int handle_;
    std::string name_;
    WavHeader header_;
    std::size_t next_ = 0;  // frame
    std::vector<std::uint8_t> bytes_;
};

}  // namespace dslite::web
