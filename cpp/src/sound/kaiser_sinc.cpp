#include "src/sound/kaiser_sinc.hpp"

#include <array>
#include <cmath>
#include <cstddef>

#include "src/exact_math.hpp"

namespace dslite {
namespace {

constexpr double kCutoff = 0.952;
constexpr double kBeta = 12.8;

// I0(x) = Σ (x²/4)^k / (k!)². Enough terms for x <= kBeta: the next is below 2^-60 of the sum.
constexpr std::size_t kBesselTerms = 30;

constexpr std::array<double, kBesselTerms> bessel_coefficients() {
    std::array<double, kBesselTerms> coefficients{};
    double factorial = 1.0;  // of k, exact only to double's precision, the same everywhere
    for (std::size_t k = 0; k < kBesselTerms; ++k) {
        if (k > 0) factorial *= static_cast<double>(k);
        coefficients[k] = 1.0 / (factorial * factorial);
    }
    return coefficients;
}

// I0(x) of several x, given x²/4. One is a chain of operations, each waiting for the one before: the others fill
// the gaps.
template <std::size_t n>
std::array<double, n> bessel_i0(const std::array<double, n>& quarter_squares) {
    constexpr auto coefficients = bessel_coefficients();
    std::array<double, n> sums{};
    for (std::size_t k = kBesselTerms; k > 0; --k) {
        for (std::size_t i = 0; i < n; ++i) {
            sums[i] = sums[i] * quarter_squares[i] + coefficients[k - 1];
        }
    }
    return sums;
}

}  // namespace

KaiserSinc::KaiserSinc(double half_width)
    : half_width_(half_width), scale_(kCutoff / bessel_i0<1>({kBeta * kBeta / 4.0})[0]) {}

std::array<double, KaiserSinc::kAtOnce> KaiserSinc::operator()(
    const std::array<double, kAtOnce>& u) const {
    std::array<double, kAtOnce> values{};
    for (std::size_t i = 0; i < kAtOnce; ++i) {
        const double edge = u[i] / half_width_;
        values[i] = kBeta * kBeta / 4.0 * (1.0 - edge * edge);
    }
    values = bessel_i0(values);
    for (std::size_t i = 0; i < kAtOnce; ++i) {
        const double x = kCutoff * u[i];
        const double sinc = x == 0.0 ? 1.0 : exact_sin_pi(x) / (kPi * x);
        const bool inside = std::fabs(u[i] / half_width_) < 1.0;
        values[i] = inside ? scale_ * sinc * values[i] : 0.0;
    }
    return values;
}

}  // namespace dslite
