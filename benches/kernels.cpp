// How long each stage of the default recipe takes on each instruction set, one thread.
//
//   dslite-bench [--json] [ROUNDS]
//
// A chunk goes through the stages as Pipeline sends it, the clock read between them, so that every
// stage finds the caches as it does in real use. Rounds go over all instruction sets in turn: noise
// of the machine hits them alike. Medians. Nothing is timed before the bits are compared.
#include <algorithm>
#include <array>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "dslite/fingerprint.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/simd.hpp"
#include "stages.hpp"

namespace {

using namespace dslite::bench;

// Noise that fades by 55 dB over a chunk, so that a picture has all its colours.
std::vector<float> fading_noise(std::size_t n) {
    std::vector<float> samples;
    std::uint32_t state = 1;
    double gain = 0.5;
    for (std::size_t i = 0; i < n; ++i, gain *= 0.9999) {
        state = state * 1664525U + 1013904223U;
        samples.push_back(
            static_cast<float>(gain * (static_cast<double>(state >> 8) / (1 << 23) - 1.0)));
    }
    return samples;
}

// Every row once, on the instruction set in force.
class Bench {
  public:
    Bench() : spectra_(kTransforms * 1025), bands_(128), tensor_(pipeline_.value_count()) {
        log_mel_.resize(stages_.frames() * pipeline_.rows());
    }

    Nanoseconds round() {
        Nanoseconds ns{};
        const float* const chunk = samples_.data();
        const std::size_t n = pipeline_.chunk_samples();
        stages_.tensor(chunk, tensor_.data(), ns);
        Clock::time_point at = Clock::now();
        pipeline_.log_mel(chunk, n, log_mel_.data(), scratch_);
        ns[kLogMel] = since(at);
        pipeline_.tensor(chunk, n, tensor_.data(), scratch_);
        ns[kTensor] = since(at);
        pipeline_.tensor_quantized(chunk, n, kQuantization, int8_.data(), scratch_);
        ns[kInt8] = since(at);
        for (std::size_t f = 0; f < stages_.frames(); ++f) stages_.stream(chunk, bands_.data());
        ns[kStream] = since(at) / static_cast<double>(stages_.frames());
        long_.transform(chunk, kTransforms, spectra_.data(), scratch_);
        ns[kFft2048] = since(at) / kTransforms;
        short_.transform(chunk, kTransforms, spectra_.data(), scratch_);
        ns[kFft512] = since(at) / kTransforms;
        return ns;
    }

    // The bits of everything timed, on the instruction set in force. Throws when the stages one by
    // one and the pipeline disagree.
    std::string fingerprints() {
        round();
        const std::string piped = of(tensor_);
        Nanoseconds unused{};
        stages_.tensor(samples_.data(), tensor_.data(), unused);
        if (of(tensor_) != piped) throw std::runtime_error("the stages differ from tensor()");
        const std::string short_spectra = of(spectra_);
        long_.transform(samples_.data(), kTransforms, spectra_.data(), scratch_);
        return piped + of(log_mel_) + of(int8_) + of(bands_) + short_spectra + of(spectra_);
    }

  private:
    static constexpr dslite::Quantization kQuantization = {0.02F, -7, true};

    template <class T>
    static std::string of(const std::vector<T>& values) {
        return dslite::fingerprint(values.data(), values.size() * sizeof(T));
    }

    dslite::Pipeline pipeline_{dslite::Recipe()};
    Stages stages_;
    dslite::FftPlan long_{2048}, short_{512};
    dslite::Scratch scratch_;
    std::vector<float> samples_ = fading_noise(kTransforms * 2048);
    std::vector<std::complex<float>> spectra_;
    std::vector<float> log_mel_, bands_, tensor_;
    std::vector<signed char> int8_ = std::vector<signed char>(pipeline_.value_count());
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

using Medians = std::vector<Nanoseconds>;  // per instruction set

Medians measure(const std::vector<std::string>& isas, int rounds) {
    Bench bench;
    std::string expected;
    for (const std::string& isa : isas) {
        dslite::force_isa(isa);
        const std::string found = bench.fingerprints();
        if (expected.empty()) expected = found;
        if (found != expected)
            throw std::runtime_error(isa + " computes other bits than " + isas[0]);
    }
    std::vector<std::array<std::vector<double>, kRows>> times(isas.size());
    for (int r = 0; r < rounds; ++r) {
        for (std::size_t i = 0; i < isas.size(); ++i) {
            dslite::force_isa(isas[i]);
            const Nanoseconds ns = bench.round();
            for (std::size_t row = 0; row < kRows; ++row) times[i][row].push_back(ns[row]);
        }
    }
    Medians medians(isas.size());
    for (std::size_t i = 0; i < isas.size(); ++i) {
        for (std::size_t row = 0; row < kRows; ++row) medians[i][row] = median(times[i][row]);
    }
    return medians;
}

void print_table(const std::vector<std::string>& isas, const Medians& medians) {
    std::printf("%-20s", "microseconds");
    for (const std::string& isa : isas) std::printf("%10s", isa.c_str());
    std::printf("   per\n");
    for (std::size_t row = 0; row < kRows; ++row) {
        std::printf("%-20s", kTexts[row].name);
        for (const Nanoseconds& ns : medians) std::printf("%10.2f", ns[row] / 1e3);
        std::printf("   %s\n", kTexts[row].per);
    }
}

void print_json(const std::vector<std::string>& isas, const Medians& medians) {
    std::printf("{");
    for (std::size_t i = 0; i < isas.size(); ++i) {
        std::printf("%s\n  \"%s\": {", i == 0 ? "" : ",", isas[i].c_str());
        for (std::size_t row = 0; row < kRows; ++row) {
            std::printf("%s\"%s\": {\"ns\": %.1f, \"per\": \"%s\"}", row == 0 ? "" : ", ",
                        kTexts[row].name, medians[i][row], kTexts[row].per);
        }
        std::printf("}");
    }
    std::printf("\n}\n");
}

}  // namespace

int main(int argc, char** argv) {
    bool json = false;
    int rounds = 200;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if ((rounds = std::atoi(argv[i])) < 1) {
            std::fprintf(stderr, "usage: dslite-bench [--json] [ROUNDS]\n");
            return 2;
        }
    }
    try {
        const std::vector<std::string> isas = dslite::supported_isas();
        const Medians medians = measure(isas, rounds);
        (json ? print_json : print_table)(isas, medians);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dslite-bench: %s\n", error.what());
        return 1;
    }
    return 0;
}
