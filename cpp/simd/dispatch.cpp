#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include "dslite/simd.hpp"
#include "simd/dispatch.hpp"

namespace dslite {

#if defined(DSLITE_WASM_SIMD)
extern const Kernels kernels_simd128;
#else
extern const Kernels kernels_scalar;
#endif
#if defined(__x86_64__)
extern const Kernels kernels_sse2;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif

namespace {

struct Candidate {
    const Kernels* kernels;
    bool supported;
};

// The best last. The compiler's cpu check asks CPUID and, for what needs wider registers, XGETBV:
// a virtual machine may show the instructions without the operating system saving the registers.
std::vector<Candidate> candidates() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return {{&kernels_scalar, true},
            {&kernels_sse2, true},
            {&kernels_avx2, __builtin_cpu_supports("avx2") != 0},
            {&kernels_avx512, __builtin_cpu_supports("avx512f") != 0}};
#elif defined(__aarch64__)
    return {{&kernels_scalar, true}, {&kernels_neon, true}};
#elif defined(DSLITE_WASM_SIMD)
    // Where an engine lacks these instructions the whole module does not load: nothing to choose from.
    return {{&kernels_simd128, true}};
#else
    return {{&kernels_scalar, true}};
#endif
}

const Kernels& choose(const std::string& name, const std::string& who) {
    const Kernels* best = nullptr;
    bool known = false;
    for (const Candidate& candidate : candidates()) {
        known = known || name == candidate.kernels->isa;
        if (candidate.supported && (name.empty() || name == candidate.kernels->isa)) {
            best = candidate.kernels;
        }
    }
    if (best) return *best;
    std::string usable;
    for (const std::string& isa : supported_isas()) usable += (usable.empty() ? "" : ", ") + isa;
    throw std::invalid_argument(
        who + " = \"" + name + "\": " + (known ? "this processor does not support it" : "unknown") +
        ", expected one of " + usable);
}

std::atomic<const Kernels*> forced{nullptr};
thread_local const Kernels* pinned = nullptr;  // by an ExactScope

}  // namespace

ExactScope::ExactScope() : outermost_(pinned == nullptr) {
    if (!outermost_) return;
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
    pinned = &kernels();
}

ExactScope::~ExactScope() {
    if (!outermost_) return;
    pinned = nullptr;
    std::fesetenv(&before_);
}

const Kernels& kernels() {
    if (pinned) return *pinned;
    if (const Kernels* choice = forced.load(std::memory_order_relaxed)) return *choice;
    static const Kernels& chosen = []() -> const Kernels& {
        const char* name = std::getenv("DSLITE_FORCE_ISA");
        return choose(name ? name : "", "DSLITE_FORCE_ISA");
    }();
    return chosen;
}

std::string active_isa() { return kernels().isa; }

std::vector<std::string> supported_isas() {
    std::vector<std::string> names;
    for (const Candidate& candidate : candidates()) {
        if (candidate.supported) names.push_back(candidate.kernels->isa);
    }
    return names;
}

void force_isa(const std::string& name) {
    forced.store(name.empty() ? nullptr : &choose(name, "isa"), std::memory_order_relaxed);
}

}  // namespace dslite
