// Elementary functions in double, the same bits on every machine.
//
// libm's sin, exp and log differ between C libraries in the last place; a table made with them would
// differ too. These use only IEEE additions and multiplications (and frexp, ldexp, floor, which are
// exact), are within 2 ulp or so, and serve to build tables: they are not fast.
#pragma once

#include <cfloat>
#include <cmath>

// What the same bits rest on. Elsewhere the build would pass and draw other pictures without a word.
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "big-endian machine: files and fingerprints are read and made as little-endian bytes"
#endif
#if FLT_EVAL_METHOD != 0
#error "floats are computed in wider registers (x87): compile with -msse2 -mfpmath=sse"
#endif
#if defined(__FAST_MATH__)
#error "-ffast-math reorders sums and flushes subnormal numbers: compile without it"
#endif

namespace dslite {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLn2High = 6.93147180369123816490e-01;  // the leading 33 bits of ln 2
constexpr double kLn2Low = 1.90821492927058770002e-10;   // the rest

namespace detail {

// sin(πt) for |t| ≤ 1/4: the Taylor series, its remainder below 2^-56.
inline double sin_pi_core(double t) {
    const double x = kPi * t;
    const double x2 = x * x;
    double sum = 0.0;
    for (int n = 17; n >= 3; n -= 2) sum = (1.0 + sum) * (-x2 / (n * (n - 1)));
    return x + x * sum;
}

// cos(πt) for |t| ≤ 1/4.
inline double cos_pi_core(double t) {
    const double x = kPi * t;
    const double x2 = x * x;
    double sum = 0.0;
    for (int n = 18; n >= 2; n -= 2) sum = (1.0 + sum) * (-x2 / (n * (n - 1)));
    return 1.0 + sum;
}

}  // namespace detail

// sin(πx). The reduction is exact, so that large arguments lose nothing.
inline double exact_sin_pi(double x) {
    const double turns = x - 2.0 * std::floor(x * 0.5);  // [0, 2)
    const double quarter = std::floor(2.0 * turns + 0.5);
    const double t = turns - 0.5 * quarter;  // [-1/4, 1/4]
    switch (static_cast<int>(quarter) & 3) {
        case 0: return detail::sin_pi_core(t);
        case 1: return detail::cos_pi_core(t);
        case 2: return -detail::sin_pi_core(t);
        default: return -detail::cos_pi_core(t);
    }
}

// cos(πx).
inline double exact_cos_pi(double x) {
    const double turns = x - 2.0 * std::floor(x * 0.5);
    const double quarter = std::floor(2.0 * turns + 0.5);
    const double t = turns - 0.5 * quarter;
    switch (static_cast<int>(quarter) & 3) {
        case 0: return detail::cos_pi_core(t);
        case 1: return -detail::sin_pi_core(t);
        case 2: return -detail::cos_pi_core(t);
        default: return detail::sin_pi_core(t);
    }
}

// ln(x) for finite x > 0, as e·ln 2 + 2·artanh((m − 1)/(m + 1)) with m in [√½, √2).
inline double exact_log(double x) {
    int e = 0;
    double m = std::frexp(x, &e);
    if (m < 0.70710678118654752440) {
        m *= 2.0;
        --e;
    }
    const double s = (m - 1.0) / (m + 1.0);
    const double s2 = s * s;
    double series = 0.0;
    for (int n = 23; n >= 3; n -= 2) series = (series + 1.0 / n) * s2;
    return e * kLn2High + (2.0 * s + (2.0 * s * series + e * kLn2Low));
}

// e^x, by x = k·ln 2 + r and the Taylor series of e^r. 0 and infinity beyond double's range.
inline double exact_exp(double x) {
    if (x > 709.8) return HUGE_VAL;
    if (x < -745.2) return 0.0;
    const double k = std::floor(x * 1.44269504088896340736 + 0.5);
    const double r = (x - k * kLn2High) - k * kLn2Low;
    double sum = 1.0;
    for (int n = 14; n >= 1; --n) sum = 1.0 + sum * (r / n);
    return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace dslite
