#include "src/recipe/memory.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "platform/process.hpp"

namespace dslite {
namespace {

constexpr std::uint64_t kFloat = 4;
constexpr std::uint64_t kLanes = 16;    // frames in a block, at most
constexpr std::uint64_t kFewRows = 40;  // eight rows of cells, and their bytes
constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kMostMebibytes = std::uint64_t{1} << 40;  // more than any machine has

struct Cost {
    const char* key;
    std::uint64_t bytes;
};

[[noreturn]] void refuse_limit(const std::string& text) {
    throw std::invalid_argument("DSLITE_RECIPE_MIB = " + format_toml(text) +
                                ": expected a whole number of MiB above 0");
}

std::uint64_t limit_mib() {
    const std::string text = platform::environment("DSLITE_RECIPE_MIB");
    if (text.empty()) return 1024;
    std::uint64_t mib = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') refuse_limit(text);
        mib = std::min(mib * 10 + static_cast<std::uint64_t>(c - '0'), kMostMebibytes);
    }
    if (mib == 0) refuse_limit(text);
    return mib;
}

bool has_factors_of_2_3_5(std::uint64_t n) {
    for (const std::uint64_t factor : {2U, 3U, 5U}) {
        while (n > 1 && n % factor == 0) n /= factor;
    }
    return n == 1;
}

// A block's points and powers, and twiddles; for any other length Bluestein's convolution, in double and at
// least twice as long. The window.
std::uint64_t of_transform(const Recipe& r) {
    const std::uint64_t points = r.fft_samples();
    const std::uint64_t block = points * 3 * kLanes * kFloat;
    return block + points * (has_factors_of_2_3_5(points) ? 64 : 1024) +
           r.window_samples() * kFloat;
}

std::uint64_t bands_of(const Recipe& r) {
    return r.mel.bands > 0 ? static_cast<std::uint64_t>(r.mel.bands) : r.bins();
}

std::uint64_t frames_of(const Recipe& r) {
    return r.chunk_samples() / std::max<std::uint64_t>(r.hop_samples(), 1) + 2;
}

// The bands of a chunk, its samples where they are prepared, and what MFCC and PCEN make of them.
std::uint64_t of_chunk(const Recipe& r) {
    const std::uint64_t rows =
        bands_of(r) + r.rows() + (r.scale.kind == ScaleKind::pcen ? bands_of(r) : 0);
    return frames_of(r) * rows * kFloat + 2 * r.chunk_samples() * kFloat;
}

// Cells of four floats: a few rows of them for "nearest", otherwise of the bands and of the resized rows.
std::uint64_t of_picture(const Recipe& r) {
    const auto height = static_cast<std::uint64_t>(r.picture.height);
    const bool nearest = r.picture.resize == ResizeMethod::nearest;
    return frames_of(r) * (nearest ? kFewRows : 4 * (r.rows() + height)) * kFloat;
}

void costs_of(const Recipe& r, Cost (&costs)[5]) {
    const auto coefficients = static_cast<std::uint64_t>(r.mfcc.count);
    costs[0] = {"stft.fft_seconds", of_transform(r)};
    costs[1] = {"mel.bands", r.mel.bands > 0 ? r.bins() * 48 + bands_of(r) * 32 : r.bins() * 24};
    costs[2] = {"mfcc.count",
                coefficients * bands_of(r) * kFloat * 2};  // twice: it grows as it is filled
    costs[3] = {"chunk.seconds", of_chunk(r)};
    costs[4] = {"picture.height", of_picture(r)};
}

}  // namespace

std::uint64_t memory_of(const Recipe& recipe) {
    Cost costs[5];
    costs_of(recipe, costs);
    std::uint64_t sum = 0;
    for (const Cost& cost : costs) sum += cost.bytes;
    return sum;
}

void validate_memory(const Recipe& recipe) {
    const std::uint64_t most = limit_mib();
    const std::uint64_t needed = memory_of(recipe) / kMebibyte;
    if (needed <= most) return;
    Cost costs[5];
    costs_of(recipe, costs);
    const Cost* largest = costs;
    for (const Cost& cost : costs) largest = cost.bytes > largest->bytes ? &cost : largest;
    // A long chunk makes the picture's cells large, too.
    const bool long_chunk = largest == costs + 4 && frames_of(recipe) > 65536;
    throw std::invalid_argument(std::string(long_chunk ? "chunk.seconds" : largest->key) +
                                " takes " + std::to_string(largest->bytes / kMebibyte) +
                                " of the " + std::to_string(needed) +
                                " MiB that this recipe needs: expected at most " +
                                std::to_string(most) + " MiB; set DSLITE_RECIPE_MIB to allow more");
}

}  // namespace dslite
