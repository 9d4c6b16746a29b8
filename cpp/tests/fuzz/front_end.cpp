// Any valid recipe, any sound: every instruction set draws the same bits, within buffers of exactly the
// promised size, at once or in two halves.
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "any.hpp"
#include "dslite/fingerprint.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/simd.hpp"

namespace {

std::string print(const fuzz::Exact& values) {
    return dslite::fingerprint(values.data(), values.size() * sizeof(float));
}

// The ring of a stream whose first frame lies in column `first`.
fuzz::Exact turned(const fuzz::Exact& mel, std::size_t frames, std::size_t first) {
    fuzz::Exact ring(mel.size());
    for (std::size_t i = 0; i < mel.size(); ++i) {
        ring.data()[i - i % frames + (i + first) % frames] = mel.data()[i];
    }
    return ring;
}

std::vector<std::string> drawn(const dslite::Recipe& recipe, const fuzz::Exact& samples,
                               std::size_t first) {
    const dslite::Pipeline pipeline(recipe);
    const std::size_t count = samples.size();
    const std::size_t frames = pipeline.frames(count);
    dslite::Scratch scratch(pipeline.scratch_bytes(count));
    fuzz::Exact log_mel(frames * pipeline.rows());
    pipeline.log_mel(samples.data(), count, log_mel.data(), scratch);
    const auto values = static_cast<std::size_t>(recipe.picture.width) *
                        static_cast<std::size_t>(recipe.picture.height) *
                        static_cast<std::size_t>(recipe.channels());
    fuzz::Exact picture(values);
    pipeline.picture(samples.data(), count, picture.data(), scratch);
    fuzz::Exact tensor(values);
    pipeline.tensor(samples.data(), count, tensor.data(), scratch);
    const std::unique_ptr<std::uint8_t[]> integers(new std::uint8_t[values]);
    pipeline.tensor_quantized(samples.data(), count, {0.02F, -7, true}, integers.get(), scratch);

    fuzz::Exact mel(pipeline.bands() * frames);
    pipeline.mel(samples.data(), count, mel.data(), scratch);
    fuzz::Exact of_ring(values);
    const fuzz::Exact ring = turned(mel, frames, first % frames);
    pipeline.tensor({ring.data(), frames, first % frames}, of_ring.data(), scratch);
    if (print(of_ring) != print(tensor)) std::abort();
    return {print(log_mel), print(picture), print(tensor),
            dslite::fingerprint(integers.get(), values)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    FuzzedDataProvider data(bytes, size);
    const dslite::Recipe recipe = fuzz::any_recipe(data);
    const int any_count = fuzz::any_samples(data, recipe);
    fuzz::Exact samples(recipe.chunk_samples() > 0 ? recipe.chunk_samples()
                                                   : static_cast<std::size_t>(any_count));
    const auto first = data.ConsumeIntegral<std::uint16_t>();
    fuzz::fill(data, samples.data(), samples.size());
    try {
        recipe.validate();
        dslite::force_isa("scalar");
        const std::vector<std::string> expected = drawn(recipe, samples, first);
        for (const std::string& isa : dslite::supported_isas()) {
            if (isa == "scalar") continue;
            dslite::force_isa(isa);
            if (drawn(recipe, samples, first) != expected) std::abort();
        }
    } catch (const std::invalid_argument&) {
        return -1;  // no valid recipe: not into the corpus
    }
    return 0;
}
