// Recording through ALSA, whose library is looked for at run time: boards without it run the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "raw_pcm.hpp"

namespace dslite::tool {

// libasound.so.2, loaded once. Null members are never seen: load() throws instead.
struct Alsa {
    // Throws dslite::Error, saying how to get the library, when it is not there.
    static const Alsa& load();

    int (*open)(void** pcm, const char* name, int stream, int mode);
    int (*close)(void* pcm);
    int (*set_params)(void* pcm, int format, int access, unsigned channels, unsigned rate,
                      int soft_resample, unsigned latency_us);
    int (*prepare)(void* pcm);
    int (*start)(void* pcm);
    int (*wait)(void* pcm, int timeout_ms);
    long (*read)(void* pcm, void* buffer, unsigned long frames);
    const char* (*error_text)(int error);
};

// One open recording device; closed with the object.
class AlsaDevice {
  public:
    // Throws dslite::Error when the device is not there, is busy, or has none of the rates; the first
    // that it has is taken. The device itself must have it: dslite resamples better than ALSA.
    AlsaDevice(const Alsa& alsa, const std::string& name, SampleFormat format, int channels,
               const std::vector<int>& rates_hz);
    ~AlsaDevice();
    AlsaDevice(const AlsaDevice&) = delete;
    AlsaDevice& operator=(const AlsaDevice&) = delete;

    int rate_hz() const { return rate_hz_; }
    enum class Got { sound, nothing_yet, overrun };
    // Waits up to 200 ms for sound, appends none or some frames (interleaved) to `samples`, cleared
    // before. After an overrun recording goes on. Throws dslite::Error when the device is gone.
    Got read(std::vector<float>& samples);

  private:
    [[noreturn]] void fail(const char* what, int error) const;

    const Alsa& alsa_;
    std::string name_;
    SampleFormat format_;
    std::size_t channels_;
    int rate_hz_ = 0;
    void* pcm_ = nullptr;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace dslite::tool
