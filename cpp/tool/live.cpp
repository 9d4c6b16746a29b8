#include "live.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "container.hpp"
#include "exit_code.hpp"
#include "platform/files.hpp"

namespace dslite::tool {
namespace {

constexpr std::size_t kReadBytes = 65536;  // a pipe holds as much

// What raw PCM ended with, or was, that it should not have.
int check_end(const Live& live, const RawPcm& pcm, bool stopped, const Arguments& arguments) {
    if (live.failures() > 0) return kFailed;
    if (stopped) return kDone;  // whoever made the sound was cut off too
    if (pcm.left_over() > 0) {
        complain("stdin: ends " + std::to_string(pcm.left_over()) + " bytes into a frame, after " +
                 std::to_string(live.frames()) + " whole ones: expected frames of " +
                 std::to_string(pcm.frame_bytes()) + " bytes (" + name_of(arguments.format) +
                 ", channels = " + std::to_string(arguments.channels) + ")");
        return kFailed;
    }
    if (live.answers() == 0) {
        complain("stdin: " + std::to_string(live.frames()) +
                 " frames of sound are too short for an answer");
        return kFailed;
    }
    return kDone;
}

// Bytes are held until it is clear that they do not begin a sound file.
class RawBegin {
  public:
    // False as long as more bytes must come; throws dslite::Error for a sound file.
    bool is_clear(const std::vector<std::uint8_t>& bytes) {
        if (clear_) return true;
        const Begin begin = begin_of(bytes.data(), bytes.size());
        if (begin == Begin::undecided) return false;
        clear_ = begin == Begin::raw;
        if (clear_) return true;
        throw Error(std::string("stdin: begins like a ") + (begin == Begin::wav ? "WAV" : "sound") +
                    " file: expected raw PCM (arecord -t raw), or name the file instead of '-'");
    }

  private:
    bool clear_ = false;
};

void push_all(std::vector<std::uint8_t>& bytes, RawPcm& pcm, Live& live, int channels) {
    const std::vector<float>& samples = pcm.take(bytes.data(), bytes.size());
    bytes.clear();
    live.push(samples.data(), samples.size() / static_cast<std::size_t>(channels));
}

}  // namespace

Live::Live(Model& model, std::string name, int rate_hz, const Arguments& arguments)
    : name_(std::move(name)),
      stream_(model, rate_hz, arguments.channels),
      printer_(model, name_, arguments) {}

void Live::push(const float* samples, std::size_t frames) {
    try {
        stream_.push(samples, frames);
    } catch (const Error& error) {
        complain(name_ + ": " + error.what());
        ++failures_;
    } catch (const std::invalid_argument& error) {
        throw Error(name_ + ": after " + std::to_string(stream_.frames()) +
                    " frames: " + error.what());
    }
    print();
}

void Live::finish() {
    try {
        stream_.finish();
    } catch (const Error& error) {
        complain(name_ + ": " + error.what());
        ++failures_;
    }
    print();
    printer_.finish();
}

void Live::print() {
    while (stream_.next(answer_)) printer_.take(answer_);
    if (stream_.dropped() == dropped_) return;
    dropped_ = stream_.dropped();
    complain(name_ + ": " + std::to_string(dropped_) + " answers so far were too many to print");
    ++failures_;
}

int answer_standard_input(Model& model, const Arguments& arguments, const StopSignals& stop) {
    const int rate_hz =
        arguments.rate_hz > 0 ? arguments.rate_hz : model.recipe().audio.sample_rate_hz;
    Live live(model, "-", rate_hz, arguments);
    RawPcm pcm(arguments.format, arguments.channels);
    std::vector<std::uint8_t> bytes;  // not pushed yet
    RawBegin begin;
    bool stopped = false;
    std::string wrong;
    try {
        while (!(stopped = !stop.wait_for_input())) {
            const std::size_t held = bytes.size();
            bytes.resize(held + kReadBytes);
            const std::ptrdiff_t got =
                platform::read_standard_input(bytes.data() + held, kReadBytes);
            const int error = errno;
            bytes.resize(held + static_cast<std::size_t>(got > 0 ? got : 0));
            if (got < 0 && (error == EINTR || error == EAGAIN)) continue;
            if (got < 0) throw Error(std::string("stdin: cannot be read: ") + std::strerror(error));
            if (got == 0) break;
            if (begin.is_clear(bytes)) push_all(bytes, pcm, live, arguments.channels);
        }
        push_all(bytes, pcm, live, arguments.channels);
    } catch (const OutputError&) {
        throw;
    } catch (const Error& error) {
        wrong = error.what();  // the pushes before it still have their answers
    }
    live.finish();
    if (wrong.empty()) return check_end(live, pcm, stopped, arguments);
    complain(wrong);
    return kFailed;
}

}  // namespace dslite::tool
