// A WAV that can be read once only, from its beginning to its end: a pipe, a FIFO, a device.
//
// Its samples are those that a file of the same bytes has, by the same policy on sizes that are not true.
// Where the file says that its sound ends, whether a chunk follows or more sound is decided by the bytes
// there, which are held meanwhile; nothing else is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dslite/signal.hpp"
#include "src/sound/wav_format.hpp"

namespace dslite {

class WavPipe {
  public:
    // Reads the head, and the first frame. `name` is what errors call it. Throws dslite::Error for what is no
    // WAV or holds no frame, and whatever `read` throws.
    WavPipe(ReadBytes read, std::string name);

    int rate_hz() const { return static_cast<int>(format_.rate_hz); }
    int channels() const { return static_cast<int>(format_.channels); }
    bool is_float() const { return format_.is_float(); }
    // The next frames, at most `count`, as to_mono() of the whole has them; 0 at the end.
    std::size_t read_mono(std::size_t count, int channel, float* mono);
    // As Audio::warning, once read_mono() has returned 0.
    const std::string& warning() const { return warning_; }

  private:
    bool hold(std::size_t count);
    void find_sound();
    std::size_t held_frames(std::size_t count);
    bool sound_goes_on();
    std::size_t end();

    ReadBytes read_;
    std::string name_;
    WavFormat format_;
    std::uint64_t says_ = 0;   // bytes of sound, as the header has it
    std::uint64_t taken_ = 0;  // of them, that were given
    bool to_the_end_ = false;  // more sound follows what the header says
    bool ended_ = false;
    std::vector<std::uint8_t> held_;  // bytes that were read and not given yet
    std::string warning_;
};

}  // namespace dslite
