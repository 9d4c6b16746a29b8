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

// I0(x), given x²/4.
double bessel_i0(double quarter_square) {
    constexpr auto coefficients = bessel_coefficients();
    double sum = 0.0;
    for (std::size_t k = kBesselTerms; k > 0; --k) sum = sum * quarter_square + coefficients[k - 1];
    return sum;
}

}  // namespace

KaiserSinc::KaiserSinc(double half_width)
    : half_width_(half_width), scale_(kCutoff / bessel_i0(kBeta * kBeta / 4.0)) {}

double KaiserSinc::operator()(double u) const {
    const double edge = u / half_width_;
    if (!(std::fabs(edge) < 1.0)) return 0.0;
    const double window = bessel_i0(kBeta * kBeta / 4.0 * (1.0 - edge * edge));
    const double x = kCutoff * u;
    const double sinc = x == 0.0 ? 1.0 : exact_sin_pi(x) / (kPi * x);
    return scale_ * sinc * window;
}

}  // namespace dslite
