#include "src/sound/wav_pipe.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "dslite/error.hpp"
#include "simd/dispatch.hpp"

namespace dslite {
namespace {

constexpr std::size_t kReadBytes = 65536;                  // a pipe holds as much
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;  // given at once
constexpr std::size_t kRiffHeader = 12;

}  // namespace

WavPipe::WavPipe(ReadBytes read, std::string name)
    : read_(std::move(read)), name_(std::move(name)) {
    find_sound();
    if (held_frames(1) == 0) fail_without_frames(name_);
}

// Whether that many bytes could be held; fewer are where the pipe ends.
bool WavPipe::hold(std::size_t count) {
    while (held_.size() < count) {
        const std::size_t before = held_.size();
        held_.resize(before + kReadBytes);
        std::size_t got = 0;
        try {
            got = read_(held_.data() + before, kReadBytes);
        } catch (...) {
            held_.resize(before);
            throw;
        }
        held_.resize(before + got);
        if (got == 0) return false;
    }
    return true;
}

// Reads on to the first byte of sound. The head asks for its bytes in their order.
void WavPipe::find_sound() {
    std::size_t at = 0;  // of the first byte that is held
    const ReadAt read = [this, &at](std::size_t offset, std::size_t count, std::uint8_t* to) {
        while (at + held_.size() < offset + count) {
            const std::size_t done = std::min(offset - at, held_.size());
            held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
            at += done;
            if (!hold(held_.size() + 1)) fail_without_data(name_, at + held_.size());
        }
        std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(offset - at), count, to);
    };
    hold(kRiffHeader);
    if (held_.empty()) fail(name_, "the file is empty, expected RIFF/WAVE");
    // Before more is asked for: a device may go on for ever.
    if (!begins_like_wav(held_.data(), held_.size())) fail(name_, "this is no RIFF/WAVE file");
    const WavSound sound = find_wav_sound(read, std::numeric_limits<std::size_t>::max(), name_);
    format_ = sound.format;
    says_ = sound.says;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(sound.offset - at));
}

// Frames, at most `count`, that begin what is held; 0 at the end of the sound.
std::size_t WavPipe::held_frames(std::size_t count) {
    const std::size_t frame = format_.frame_bytes;
    if (ended_) return 0;
    if (!to_the_end_) {
        if (says_ - taken_ < frame && !sound_goes_on()) return 0;
        if (!to_the_end_) {
            count =
                static_cast<std::size_t>(std::min<std::uint64_t>(count, (says_ - taken_) / frame));
        }
    }
    count = std::min(count, std::max<std::size_t>(1, kBlockBytes / frame));
    hold(count * frame);
    return std::min(count, held_.size() / frame);
}

// At the end that the header gives: whether it is not one.
bool WavPipe::sound_goes_on() {
    const std::uint64_t rest = says_ - taken_;
    const std::size_t end = static_cast<std::size_t>(rest + says_ % 2);
    hold(end + kWavChunkHeader);
    const ReadAt read = [this](std::size_t offset, std::size_t size, std::uint8_t* to) {
        std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(offset), size, to);
    };
    const std::size_t size = held_.size();
    if (size > rest && size >= end + kWavChunkHeader) {
        hold(end + bytes_that_tell_a_chunk(held_.data() + end));
        to_the_end_ = !is_wav_chunk(read, held_.size(), end);
    }
    return to_the_end_;
}

std::size_t WavPipe::end() {
    if (ended_) return 0;
    ended_ = true;
    const std::uint64_t held =
        to_the_end_ ? taken_ + held_.size() : std::min<std::uint64_t>(says_, taken_ + held_.size());
    warning_ = wav_length_warning(says_, held, to_the_end_, format_);
    held_ = {};
    return 0;
}

std::size_t WavPipe::read_mono(std::size_t count, int channel, float* mono) {
    const std::size_t frames = held_frames(count);
    if (frames == 0) return end();
    const ExactScope exact;  // 32-bit integers are rounded
    const std::size_t bytes = frames * format_.frame_bytes;
    decode_mono(held_.data(), format_, frames, channel, mono);
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(bytes));
    taken_ += bytes;
    return frames;
}

}  // namespace dslite
