#include "alsa.hpp"

#include <cerrno>

#include "dslite/error.hpp"
#include "platform/libraries.hpp"

namespace dslite::tool {
namespace {

// Of alsa/pcm.h, which need not be there to build this.
constexpr int kCapture = 1;
constexpr int kNonBlocking = 1;
constexpr int kInterleaved = 3;
constexpr int kS16 = 2;
constexpr int kS32 = 10;
constexpr int kF32 = 14;

constexpr unsigned long kReadFrames = 4096;
constexpr int kWaitMs = 200;
// Inference runs between two reads: the device must hold the sound that comes in meanwhile.
constexpr unsigned kBufferUs = 2000000;

int alsa_format(SampleFormat format) {
    return format == SampleFormat::s16 ? kS16 : format == SampleFormat::s32 ? kS32 : kF32;
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
    void* const symbol = platform::find_symbol(library, name);
    if (symbol == nullptr) throw Error(std::string("libasound.so.2: has no ") + name);
    function = reinterpret_cast<Function>(symbol);
}

// Everything that goes wrong is reported here, in one line.
void say_nothing(const char*, int, const char*, int, const char*, ...) {}

void* open_library() {
    try {
        return platform::load_library("libasound.so.2").handle;
    } catch (const Error& error) {
        throw Error(
            std::string("--mic: ") + error.what() +
            ": install ALSA's library (Debian: apt install libasound2), or pipe raw PCM to '-'");
    }
}

Alsa load_functions() {
    void* const library = open_library();
    Alsa alsa{};
    find(library, "snd_pcm_open", alsa.open);
    find(library, "snd_pcm_close", alsa.close);
    find(library, "snd_pcm_set_params", alsa.set_params);
    find(library, "snd_pcm_prepare", alsa.prepare);
    find(library, "snd_pcm_start", alsa.start);
    find(library, "snd_pcm_wait", alsa.wait);
    find(library, "snd_pcm_readi", alsa.read);
    find(library, "snd_strerror", alsa.error_text);
    using Handler = void (*)(const char*, int, const char*, int, const char*, ...);
    int (*set_error_handler)(Handler) = nullptr;
    find(library, "snd_lib_error_set_handler", set_error_handler);
    set_error_handler(say_nothing);
    return alsa;
}

}  // namespace

const Alsa& Alsa::load() {
    static const Alsa alsa = load_functions();
    return alsa;
}

AlsaDevice::AlsaDevice(const Alsa& alsa, const std::string& name, SampleFormat format, int channels,
                       const std::vector<int>& rates_hz)
    : alsa_(alsa),
      name_(name),
      format_(format),
      channels_(static_cast<std::size_t>(channels)),
      bytes_(kReadFrames * channels_ * sample_bytes(format)) {
    const int opened = alsa_.open(&pcm_, name.c_str(), kCapture, kNonBlocking);
    if (opened < 0) fail("cannot be opened", opened);
    int refused = 0;
    for (const int rate_hz : rates_hz) {
        refused = alsa_.set_params(pcm_, alsa_format(format), kInterleaved,
                                   static_cast<unsigned>(channels), static_cast<unsigned>(rate_hz),
                                   0, kBufferUs);
        rate_hz_ = rate_hz;
        if (refused >= 0) break;
    }
    const int error = refused < 0 ? refused : alsa_.start(pcm_);
    if (error >= 0) return;
    alsa_.close(pcm_);  // the destructor of what was never constructed will not
    if (refused >= 0) fail("cannot be started", error);
    const std::string wanted = std::string("refuses ") + std::to_string(channels) +
                               " channels of " + name_of(format) + " at " +
                               std::to_string(rate_hz_) + " Hz";
    fail(wanted.c_str(), error);
}

AlsaDevice::~AlsaDevice() { alsa_.close(pcm_); }

void AlsaDevice::fail(const char* what, int error) const {
    throw Error("microphone '" + name_ + "': " + what + ": " + alsa_.error_text(error));
}

AlsaDevice::Got AlsaDevice::read(std::vector<float>& samples) {
    samples.clear();
    long got = alsa_.read(pcm_, bytes_.data(), kReadFrames);
    if (got == -EAGAIN) {
        const int woken = alsa_.wait(pcm_, kWaitMs);
        if (woken == 0 || woken == -EINTR) return Got::nothing_yet;
        got = woken < 0 ? woken : alsa_.read(pcm_, bytes_.data(), kReadFrames);
    }
    if (got == -EAGAIN || got == -EINTR) return Got::nothing_yet;
    if (got == -EPIPE) {
        int error = alsa_.prepare(pcm_);
        if (error >= 0) error = alsa_.start(pcm_);
        if (error < 0) fail("cannot go on after an overrun", error);
        return Got::overrun;
    }
    if (got <= 0) fail("gives no more sound", got == 0 ? -ENODEV : static_cast<int>(got));
    const std::size_t count = static_cast<std::size_t>(got) * channels_;
    samples.resize(count);
    decode(format_, bytes_.data(), count, samples.data());
    return Got::sound;
}

}  // namespace dslite::tool
