// --mic: sound from ALSA for as long as nobody says stop, whatever becomes of the device meanwhile.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>

#include "alsa.hpp"
#include "exit_code.hpp"
#include "live.hpp"

namespace dslite::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStalled{10};
constexpr int kFirstRetryMs = 500;
constexpr int kLastRetryMs = 30000;

class Microphone {
  public:
    Microphone(Model& model, const Arguments& arguments, const StopSignals& stop)
        : arguments_(arguments), stop_(stop), alsa_(Alsa::load()) {
        rates_hz_ = {48000, 44100, model.recipe().audio.sample_rate_hz};
        if (arguments.rate_hz > 0) rates_hz_ = {arguments.rate_hz};
        open();
        // What comes back after it disappeared must have this rate too.
        rates_hz_ = {device_->rate_hz()};
        live_.emplace(model, arguments.device, device_->rate_hz(), arguments);
    }

    int run() {
        while (!stop_.raised()) {
            try {
                if (!device_) open();
                listen();
            } catch (const OutputError&) {
                throw;
            } catch (const Error& error) {
                if (!retry(error.what())) break;
            }
        }
        live_->finish();
        if (overruns_ > 0) complain(name() + std::to_string(overruns_) + " overruns in all");
        return live_->failures() == 0 ? kDone : kFailed;
    }

  private:
    std::string name() const { return "microphone '" + arguments_.device + "': "; }

    void open() {
        device_ = std::make_unique<AlsaDevice>(alsa_, arguments_.device, arguments_.format,
                                               arguments_.channels, rates_hz_);
        last_sound_ = Clock::now();
    }

    void listen() {
        while (!stop_.raised()) {
            switch (device_->read(samples_)) {
                case AlsaDevice::Got::sound: take_sound(); break;
                case AlsaDevice::Got::overrun: count_overrun(); break;
                case AlsaDevice::Got::nothing_yet:
                    if (Clock::now() - last_sound_ > kStalled) {
                        throw Error(name() + "no sound for 10 s");
                    }
                    break;
            }
        }
    }

    void take_sound() {
        if (retry_ms_ > kFirstRetryMs) complain(name() + "is back");
        retry_ms_ = kFirstRetryMs;
        live_->push(samples_.data(),
                    samples_.size() / static_cast<std::size_t>(arguments_.channels));
        last_sound_ = Clock::now();
    }

    // Told at 1, 2, 4, 8, … of them: a board too slow for its model must not fill its disk with this.
    void count_overrun() {
        ++overruns_;
        if ((overruns_ & (overruns_ - 1)) != 0) return;
        complain(name() + "overrun, sound was lost (" + std::to_string(overruns_) + " so far)");
    }

    // Waits longer each time; false when asked to stop meanwhile.
    bool retry(const std::string& why) {
        device_.reset();
        complain(why + "; trying again in " + std::to_string(retry_ms_) + " ms");
        const bool goes_on = stop_.sleep(retry_ms_);
        retry_ms_ = std::min(2 * retry_ms_, kLastRetryMs);
        return goes_on;
    }

    const Arguments& arguments_;
    const StopSignals& stop_;
    const Alsa& alsa_;
    std::vector<int> rates_hz_;
    std::unique_ptr<AlsaDevice> device_;
    std::optional<Live> live_;
    std::vector<float> samples_;
    Clock::time_point last_sound_;
    int retry_ms_ = kFirstRetryMs;
    std::uint64_t overruns_ = 0;
};

}  // namespace

int answer_microphone(Model& model, const Arguments& arguments, const StopSignals& stop) {
    return Microphone(model, arguments, stop).run();
}

}  // namespace dslite::tool
