#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "dslite/simd.hpp"
#include "simd/dispatch.hpp"

namespace dslite {

#if defined(DSLITE_WASM_SIMD)
extern const Kernels kernels_simd128;
#elif !defined(DSLITE_NEON_ONLY)
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

#if defined(__x86_64__)

// The registers that the operating system saves when it changes processes: XGETBV of register 0.
std::uint32_t saved_registers() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

struct Features {
    bool avx2 = false;
    bool avx512f = false;
};

// Asked here and not by __builtin_cpu_supports, which is always 0 where Zig links its own libraries. The
// processor alone does not decide: a virtual machine may show the instructions without the operating system
// saving the registers (Intel's manual, volume 1, 14.3 and 15.2).
Features features() {
    constexpr unsigned kOsxsave = 1U << 27U;  // leaf 1, ecx
    constexpr unsigned kAvx2 = 1U << 5U;      // leaf 7, ebx
    constexpr unsigned kAvx512f = 1U << 16U;
    constexpr std::uint32_t kYmm = 0x06;  // XMM and the upper halves of YMM
    constexpr std::uint32_t kZmm = 0xE6;  // these, masks, and both parts of ZMM
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsxsave) == 0) return {};
    const std::uint32_t saved = saved_registers();
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return {};
    const bool avx2 = (b & kAvx2) != 0 && (saved & kYmm) == kYmm;
    return {avx2, avx2 && (b & kAvx512f) != 0 && (saved & kZmm) == kZmm};
}

#endif

// The best last.
std::vector<Candidate> candidates() {
#if defined(__x86_64__)
    const Features found = features();
    return {{&kernels_scalar, true},
            {&kernels_sse2, true},
            {&kernels_avx2, found.avx2},
            {&kernels_avx512, found.avx512f}};
#elif defined(DSLITE_NEON_ONLY)
    return {{&kernels_neon, true}};
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
