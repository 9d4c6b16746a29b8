// Any recipe, rate, number of channels and split into pushes: a stream answers as the whole recording does.
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "any.hpp"
#include "dslite/error.hpp"
#include "dslite/resample.hpp"
#include "dslite/stream.hpp"
#include "dslite/wav.hpp"
#include "fingerprint_network.hpp"

namespace {

using dslite::Answer;

// Mostly a rate whose filter is quick to make.
int any_rate(FuzzedDataProvider& data, int recipe_hz) {
    constexpr int kRates[] = {100, 8000, 16000, 22050, 44100, 48000};
    const int kind = data.ConsumeIntegralInRange(0, 15);
    if (kind == 0) return data.PickValueInArray(kRates);
    if (kind < 4) return recipe_hz * kind;
    return kind < 6 && recipe_hz % 200 == 0 ? recipe_hz / 2 : recipe_hz;
}

std::vector<Answer> at_once(dslite::Model& model, const dslite::Audio& audio) {
    const dslite::Recipe& recipe = model.recipe();
    const std::vector<float> mono = dslite::to_mono(audio, recipe.audio.channel);
    const std::vector<float> signal =
        dslite::resample(mono.data(), mono.size(), audio.rate_hz, recipe.audio.sample_rate_hz);
    std::vector<Answer> answers;
    try {
        model.predict(signal.data(), signal.size(),
                      [&](const Answer& one) { answers.push_back(one); });
    } catch (const dslite::Error&) {
        if (!answers.empty()) std::abort();  // no chunk in it, which is no error of a stream
    }
    return answers;
}

std::vector<Answer> live(dslite::Model& model, const dslite::Audio& audio,
                         FuzzedDataProvider& data) {
    dslite::Stream stream(model, audio.rate_hz, audio.channels);
    const auto channels = static_cast<std::size_t>(audio.channels);
    std::vector<Answer> answers;
    Answer one;
    std::size_t at = 0;
    while (at < audio.frames()) {
        const std::size_t wanted = data.remaining_bytes() > 0
                                       ? data.ConsumeIntegralInRange<std::size_t>(0, 2000)
                                       : audio.frames();
        const std::size_t frames = std::min(wanted, audio.frames() - at);
        fuzz::Exact part(frames * channels);
        std::copy_n(audio.samples.data() + at * channels, part.size(), part.data());
        stream.push(part.data(), frames);
        at += frames;
        while (stream.next(one)) answers.push_back(one);
    }
    stream.finish();
    while (stream.next(one)) answers.push_back(one);
    return answers;
}

bool same(const Answer& a, const Answer& b) {
    return a.start_s == b.start_s && a.end_s == b.end_s && a.best == b.best && a.scores == b.scores;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    FuzzedDataProvider data(bytes, size);
    const dslite::Recipe recipe = fuzz::any_recipe(data);
    dslite::Audio audio;
    audio.rate_hz = any_rate(data, recipe.audio.sample_rate_hz);
    audio.channels = data.ConsumeIntegralInRange(1, 3);
    const auto frames = data.ConsumeIntegralInRange<std::size_t>(0, 2500);
    // What 100 Hz becomes at 48 kHz is 480 times as much.
    if (frames * static_cast<std::size_t>(recipe.audio.sample_rate_hz) /
            static_cast<std::size_t>(audio.rate_hz) >
        5000)
        return -1;
    audio.samples.resize(frames * static_cast<std::size_t>(audio.channels));
    std::vector<std::uint8_t> sound = data.ConsumeBytes<std::uint8_t>(data.remaining_bytes() / 2);
    FuzzedDataProvider of_sound(sound.data(), sound.size());
    fuzz::fill(of_sound, audio.samples.data(), audio.samples.size());
    try {
        recipe.validate();
        if (recipe.chunk_samples() == 0 || recipe.audio.channel >= audio.channels) return -1;
        // Fifty chunks at most.
        if (recipe.chunk_hop_samples() < 100) return -1;
        dslite::Model model = fingerprint_network::model(recipe);
        const std::vector<Answer> expected = at_once(model, audio);
        const std::vector<Answer> found = live(model, audio, data);
        if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end(), same))
            std::abort();
    } catch (const std::invalid_argument&) {
        return -1;  // no valid recipe
    }
    return 0;
}
