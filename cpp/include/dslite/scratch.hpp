// Memory for the intermediate results of `process` calls: owned by the caller, one per thread, and
// allocated again only when a larger one is asked for.
#pragma once

#include <cstddef>
#include <memory>

namespace dslite {

class Scratch {
  public:
    Scratch() = default;
    explicit Scratch(std::size_t bytes) { reserve(bytes); }

    // At least `bytes` aligned to 64; what was there before is lost when it grows.
    float* reserve(std::size_t bytes) {
        if (bytes > bytes_) {
            // Not make_unique, which would write zeros to all of it.
            memory_.reset(new unsigned char[bytes + kAlignment]);
            bytes_ = bytes;
            void* at = memory_.get();
            std::size_t space = bytes + kAlignment;
            data_ = static_cast<float*>(std::align(kAlignment, bytes, at, space));
        }
        return data_;
    }
    std::size_t bytes() const { return bytes_; }

  private:
    static constexpr std::size_t kAlignment = 64;
    std::unique_ptr<unsigned char[]> memory_;
    float* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace dslite
