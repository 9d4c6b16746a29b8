#include "dslite/fft.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "simd/dispatch.hpp"
#include "src/exact_math.hpp"

namespace dslite {
namespace {

constexpr std::size_t kMaxLength = std::size_t{1} << 22;

// cos and sin of −2π·numerator/denominator. The fraction is reduced first, exactly.
struct Root {
    double re, im;
};
Root root(std::uint64_t numerator, std::uint64_t denominator) {
    const double turns =
        2.0 * static_cast<double>(numerator % denominator) / static_cast<double>(denominator);
    return {exact_cos_pi(turns), -exact_sin_pi(turns)};
}

bool is_smooth(std::size_t n) {
    for (const std::size_t p : {2U, 3U, 5U}) {
        while (n % p == 0) n /= p;
    }
    return n == 1;
}

// The first pass leaves parts that the first-level cache holds: 16 of them where that is possible. Within a
// part, 8 saves the most loads and stores per register.
std::vector<int> radices(std::size_t n) {
    std::vector<int> list;
    const auto take = [&](std::size_t r) {
        list.push_back(static_cast<int>(r));
        n /= r;
    };
    if (n % 16 == 0) take(16);
    while (n % 5 == 0) take(5);
    if (n % 8 == 0 && (n / 8) % 8 != 0 && (n / 8) % 2 == 0 && (n / 8) % 4 != 0) take(16);
    while (n % 8 == 0) take(8);
    if (n % 4 == 0) take(4);
    if (n % 2 == 0) take(2);
    while (n % 3 == 0) take(3);
    return list;
}

// For a part of a real transform: the last radix is even, and 8 rather than 16 where that is possible,
// since what the last pass writes lies so many powers of two apart.
std::vector<int> part_radices(std::size_t n) {
    std::vector<int> list;
    for (const std::size_t r : {5U, 3U}) {
        for (; n % r == 0; n /= r) list.push_back(static_cast<int>(r));
    }
    int bits = 0;
    for (; n > 1; n /= 2) ++bits;
    if (bits == 5) {
        list.push_back(4);
        bits = 3;
    }
    const int eights = bits < 3 || bits % 4 == 0 ? 0 : bits % 4 == 3 ? 1 : bits % 4 == 2 ? 2 : 3;
    for (bits -= 3 * eights; bits >= 4; bits -= 4) list.push_back(16);
    if (bits > 0) list.push_back(1 << bits);
    for (int i = 0; i < eights; ++i) list.push_back(8);
    return list;
}

// The tables of one complex transform and the view of them that kernels take.
template <class T>
struct Passes {
    std::vector<T> twiddles;
    std::vector<std::uint32_t> position;
    std::vector<std::uint32_t> first_bin;
    PassTable<T> table{};

    void build(std::size_t n) { build(n, radices(n)); }
    void build(std::size_t n, const std::vector<int>& radix) {
        table.points = n;
        table.passes = static_cast<int>(radix.size());
        std::vector<std::size_t> start;
        std::size_t block = n;
        for (const int r : radix) {
            start.push_back(twiddles.size());
            const std::size_t part = block / static_cast<std::size_t>(r);
            for (std::size_t j = 0; j < part; ++j) {
                for (std::size_t q = 1; q < static_cast<std::size_t>(r); ++q) {
                    const Root w = root(std::uint64_t{j} * q, block);
                    twiddles.push_back(static_cast<T>(w.re));
                    twiddles.push_back(static_cast<T>(w.im));
                }
            }
            block = part;
        }
        for (std::size_t p = 0; p < radix.size(); ++p) {
            table.radix[p] = radix[p];
            table.twiddle[p] = twiddles.data() + start[p];
        }
        for (std::size_t k = 0; k < n; ++k) position.push_back(position_of(k, radix));
        table.position = position.data();
        if (radix.empty()) return;
        const auto last = static_cast<std::size_t>(radix.back());
        first_bin.resize(n / last);
        for (std::size_t k = 0; k < n / last; ++k) {
            first_bin[position[k] / last] = static_cast<std::uint32_t>(k);
        }
        table.first_bin = first_bin.data();
    }

    // Each pass sends bin k to part k mod r of its block, where it is bin k/r.
    std::uint32_t position_of(std::size_t k, const std::vector<int>& radix) const {
        std::size_t at = 0;
        std::size_t block = table.points;
        for (const int r : radix) {
            block /= static_cast<std::size_t>(r);
            at += (k % static_cast<std::size_t>(r)) * block;
            k /= static_cast<std::size_t>(r);
        }
        return static_cast<std::uint32_t>(at);
    }
};

}  // namespace

struct FftPlan::Tables {
    Passes<float> passes;
    std::vector<float> unpack;
    Passes<double> convolution;
    std::vector<double> chirp;
    std::vector<double> filter;
    BluesteinTable bluestein{};
    Passes<float> half;
    std::vector<float> twiddle;
    std::vector<float> columns;
    std::vector<float> turn;
    RealTable real{};
    FftTable view{};

    explicit Tables(std::size_t length) {
        const std::size_t points = length % 2 == 0 ? length / 2 : length;
        view.length = length;
        if (length % 64 == 0 && is_smooth(length)) {
            build_real(length);
            return;
        }
        if (is_smooth(points)) {
            passes.build(points);
            view.fft = passes.table;
        } else {
            build_bluestein(points);
        }
        if (length % 2 != 0) return;
        for (std::size_t k = 0; k < points || k == 0; ++k) {
            const Root w = root(k, length);
            unpack.push_back(static_cast<float>(w.re));
            unpack.push_back(static_cast<float>(w.im));
        }
        view.unpack = unpack.data();
    }

  private:
    static void push(std::vector<float>& list, const Root& w) {
        list.push_back(static_cast<float>(w.re));
        list.push_back(static_cast<float>(w.im));
    }

    void build_real(std::size_t length) {
        const std::size_t part = length / 16;
        for (std::size_t j = 0; j < part; ++j) {
            for (std::size_t q = 1; q < 8; ++q) push(twiddle, root(std::uint64_t{j} * q, length));
        }
        for (std::size_t j = 0; j < part / 2; ++j) {
            push(turn, root(j, 2 * part));
            push(unpack, root(j, part));
        }
        passes.build(part, part_radices(part));
        half.build(part / 2, part_radices(part / 2));
        for (std::size_t i = 0; i < 14; ++i) {
            for (std::size_t j = 0; j < part; ++j) columns.push_back(twiddle[14 * j + i]);
        }
        real = {part,          twiddle.data(), columns.data(), turn.data(),
                unpack.data(), passes.table,   half.table};
        view.real = &real;
    }

    void build_bluestein(std::size_t points) {
        std::size_t m = 1;
        while (m < 2 * points - 1) m *= 2;
        convolution.build(m);
        for (std::uint64_t j = 0; j < points; ++j) {  // j² exceeds 32 bits
            const Root w = root(j * j, 2 * points);
            chirp.push_back(w.re);
            chirp.push_back(w.im);
        }
        // The conjugate chirp, continued to negative j around the end, over m for the inverse.
        filter.assign(2 * m, 0.0);
        for (std::size_t j = 0; j < points; ++j) {
            for (const std::size_t at : {j, (m - j) % m}) {
                filter[2 * at] = chirp[2 * j] / static_cast<double>(m);
                filter[2 * at + 1] = -chirp[2 * j + 1] / static_cast<double>(m);
            }
        }
        Scratch work;
        const std::size_t lanes = std::max<std::size_t>(1, kernels().wide.lanes / 2);
        kernels().transform(
            convolution.table, filter.data(),
            reinterpret_cast<double*>(work.reserve(filter.size() * lanes * sizeof(double))));
        bluestein = {convolution.table, points, chirp.data(), filter.data()};
        view.bluestein = &bluestein;
        view.fft.points = points;
        for (std::size_t k = 0; k < points; ++k) {
            passes.position.push_back(static_cast<std::uint32_t>(k));
        }
        view.fft.position = passes.position.data();
    }
};

FftPlan::FftPlan(std::size_t length) : length_(length) {
    if (length < 1 || length > kMaxLength) {
        throw std::invalid_argument("FFT length " + std::to_string(length) +
                                    ": expected 1 to 4194304 samples");
    }
    tables_ = std::make_unique<Tables>(length);
}

FftPlan::~FftPlan() = default;
FftPlan::FftPlan(FftPlan&&) noexcept = default;

const FftTable& FftPlan::table() const { return tables_->view; }

std::size_t FftPlan::block_floats(std::size_t lanes) const {
    if (tables_->view.real) return (length_ + 8 * kPartGap) * lanes;
    return (length_ % 2 == 0 ? length_ : 2 * length_) * lanes;
}

std::size_t FftPlan::work_bytes(std::size_t lanes) const {
    if (!tables_->view.bluestein) return 0;
    const std::size_t half = lanes > 1 ? lanes / 2 : 1;
    return 4 * tables_->bluestein.fft.points * half * sizeof(double);
}

void FftPlan::transform(const float* frames, std::size_t count, std::complex<float>* spectra,
                        Scratch& scratch) const {
    const std::size_t lanes = kernels().wide.lanes;
    const std::size_t block = (block_floats(lanes) + 15) / 16 * 16;
    const std::size_t rows = (2 * bins() * lanes + 15) / 16 * 16;
    float* const in = scratch.reserve((block + rows) * sizeof(float) + work_bytes(lanes));
    float* const out = in + block;
    double* const work = reinterpret_cast<double*>(out + rows);
    const std::vector<float> ones(tables_->view.real ? 0 : length_, 1.0F);
    const FrameTable plain = {ones.data(), nullptr, length_,         length_,
                              0.0F,        false,   length_ % 2 != 0};
    for (std::size_t f = 0; f < count; f += lanes) {
        const std::size_t here = count - f < lanes ? count - f : lanes;
        kernels().spectrum(plain, tables_->view, frames + f * length_, length_, here, in, work,
                           out);
        // Rows of all frames → one frame after the other; a complex number is two floats.
        kernels().transpose(out, 2 * bins(), lanes, here,
                            reinterpret_cast<float*>(spectra + f * bins()), 2 * bins());
    }
}

}  // namespace dslite
