// Whatever the bytes, the bundle reader and all that reads what is inside return or throw dslite::Error,
// and entries lie within the bytes.
//
// Checksums are repaired before reading, as no fuzzer guesses them; the first byte chooses between damaged
// archives and whole ones of any content.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bundle_writer.hpp"
#include "dslite/bundle.hpp"
#include "dslite/error.hpp"
#include "dslite/verify.hpp"
#include "fingerprint_network.hpp"

namespace {

using bundle_writer::Bytes;

class Repair {
  public:
    explicit Repair(Bytes& bytes) : bytes_(bytes) {}

    void run() {
        for (std::size_t i = 0; i < 4 && 4 + i < bytes_.size(); ++i) {
            bytes_[4 + i] = static_cast<std::uint8_t>("TFL3"[i]);
        }
        if (bytes_.size() < 22) return;
        std::size_t end = bytes_.size() - 22;
        while (end > 0 && u32(end) != 0x06054B50) --end;
        const std::size_t size = u32(end + 12);
        if (size > end) return;
        const std::size_t base = end - size - u32(end + 16);  // may wrap, as reach() finds out
        std::size_t at = end - size;
        while (at + 46 <= end && u32(at) == 0x02014B50) {
            const std::size_t next = at + 46 + u16(at + 28) + u16(at + 30) + u16(at + 32);
            sum(at, base + u32(at + 42));
            at = next;
        }
    }

  private:
    unsigned u16(std::size_t at) const {
        return bytes_[at] | static_cast<unsigned>(bytes_[at + 1]) << 8U;
    }
    std::uint32_t u32(std::size_t at) const { return u16(at) | std::uint32_t{u16(at + 2)} << 16U; }
    void put(std::size_t at, std::uint32_t value) {
        for (int i = 0; i < 4; ++i)
            bytes_[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    // The checksum of the entry whose directory record and local header lie there, into both.
    void sum(std::size_t record, std::size_t local) {
        if (local > bytes_.size() || bytes_.size() - local < 30) return;
        const std::size_t data = local + 30 + u16(local + 26) + u16(local + 28);
        const std::size_t size = u32(local + 18);
        if (data > bytes_.size() || size > bytes_.size() - data) return;
        const std::uint32_t crc = dslite::crc32(bytes_.data() + data, size);
        put(local + 14, crc);
        put(record + 16, crc);
    }

    Bytes& bytes_;
};

Bytes any_archive(FuzzedDataProvider& data) {
    constexpr const char* kNames[] = {
        "recipe.toml",        "model.toml",        "labels.txt",
        "golden/golden.toml", "golden/clip.wav",   "golden/samples.f32",
        "golden/log_mel.f32", "golden/tensor.f32", "golden/scores.f32"};
    std::vector<bundle_writer::File> files;
    for (const char* name : kNames) {
        if (data.ConsumeIntegralInRange(0, 15) == 0) continue;
        files.push_back({name, data.ConsumeRandomLengthString()});
    }
    return bundle_writer::build(files).bytes;
}

// The bundle's recipe, where it is one that is quick to compute.
std::optional<dslite::Recipe> quick_recipe(const dslite::Bundle& bundle) {
    try {
        const dslite::Recipe recipe = dslite::Recipe::parse(bundle.read("recipe.toml"));
        const bool quick = recipe.audio.sample_rate_hz <= 48000 && recipe.fft_samples() <= 1024 &&
                           recipe.chunk_samples() <= 8000 && recipe.hop_samples() >= 16 &&
                           recipe.mel.bands <= 64 && recipe.mfcc.count <= 64 &&
                           recipe.picture.width <= 64 && recipe.picture.height <= 64;
        if (quick) return recipe;
    } catch (const std::invalid_argument&) {
    }
    return std::nullopt;
}

void read_all(const dslite::Bundle& bundle, const Bytes& bytes) {
    const char* const begin = reinterpret_cast<const char*>(bytes.data());
    for (const dslite::Bundle::Entry& entry : bundle.entries()) {
        const bool inside = entry.data.data() >= begin &&
                            entry.data.data() + entry.data.size() <= begin + bytes.size();
        if (!inside || bundle.read(entry.name).data() != entry.data.data()) std::abort();
    }
    const std::vector<std::string> labels = bundle.labels();
    bundle.check_network();
    const std::optional<dslite::Recipe> recipe = quick_recipe(bundle);
    if (!recipe || labels.size() > 1000) return;
    dslite::Model model(bundle, std::make_unique<fingerprint_network::Network>(
                                    *recipe, static_cast<int>(labels.size())));
    for (const dslite::StageCheck& check : dslite::verify(model).stages) {
        if (check.text().empty()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    auto file = std::make_shared<Bytes>(bytes + 1, bytes + size);
    if (bytes[0] & 1U) {
        FuzzedDataProvider data(bytes + 1, size - 1);
        *file = any_archive(data);
    } else {
        Repair(*file).run();
    }
    try {
        read_all(dslite::Bundle::parse(file, "fuzz"), *file);
    } catch (const dslite::Error&) {
    }
    return 0;
}
