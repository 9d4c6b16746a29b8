// The weights of tf.image.resize. Where it computes a position in float32, so does this: the position
// decides between two pixels.
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <stdexcept>

#include "dslite/resize.hpp"
#include "src/exact_math.hpp"

namespace dslite {
namespace {

// Collects one output after the other.
class AxisBuilder {
  public:
    // Adds an output that is Σ weights[j]·input[first + j]; what lies outside the input is left out.
    void add(std::ptrdiff_t first, const std::vector<float>& weights, std::size_t inputs) {
        const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, -first));
        const std::ptrdiff_t room = static_cast<std::ptrdiff_t>(inputs) - first;
        const std::size_t end = std::min(weights.size(), static_cast<std::size_t>(room));
        axis_.first.push_back(
            static_cast<std::uint32_t>(first + static_cast<std::ptrdiff_t>(begin)));
        axis_.count.push_back(static_cast<std::uint32_t>(end - begin));
        axis_.first_weight.push_back(static_cast<std::uint32_t>(axis_.weights.size()));
        axis_.weights.insert(axis_.weights.end(),
                             weights.begin() + static_cast<std::ptrdiff_t>(begin),
                             weights.begin() + static_cast<std::ptrdiff_t>(end));
    }
    ResizeAxis take() { return std::move(axis_); }

  private:
    ResizeAxis axis_;
};

void normalize(std::vector<float>& weights) {
    float sum = 0.0F;
    for (const float w : weights) sum += w;
    if (std::fabs(sum) < 1000.0F * FLT_MIN) return;
    for (float& w : weights) w /= sum;
}

ResizeAxis nearest_axis(std::size_t inputs, std::size_t outputs) {
    AxisBuilder builder;
    const float scale = static_cast<float>(inputs) / static_cast<float>(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
        const auto at =
            static_cast<std::size_t>(std::floor((static_cast<float>(i) + 0.5F) * scale));
        builder.add(static_cast<std::ptrdiff_t>(std::min(at, inputs - 1)), {1.0F}, inputs);
    }
    return builder.take();
}

ResizeAxis bilinear_axis(std::size_t inputs, std::size_t outputs) {
    AxisBuilder builder;
    const float scale = static_cast<float>(inputs) / static_cast<float>(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
        const float at = (static_cast<float>(i) + 0.5F) * scale - 0.5F;
        const float below = std::floor(at);
        const float share = at - below;
        const auto first = static_cast<std::ptrdiff_t>(below);
        if (first < 0) {
            builder.add(0, {1.0F}, inputs);
        } else if (first + 1 >= static_cast<std::ptrdiff_t>(inputs)) {
            builder.add(static_cast<std::ptrdiff_t>(inputs) - 1, {1.0F}, inputs);
        } else {
            builder.add(first, {1.0F - share, share}, inputs);
        }
    }
    return builder.take();
}

// Keys' cubic kernel with a = −½ (Keys, 1981).
float keys_cubic(float x) {
    x = std::fabs(x);
    if (x >= 2.0F) return 0.0F;
    if (x >= 1.0F) return ((-0.5F * x + 2.5F) * x - 4.0F) * x + 2.0F;
    return ((1.5F * x - 2.5F) * x) * x + 1.0F;
}

// Without antialiasing the weights come from a table of 1024 steps, and taps beyond the edge are
// dropped and the others renormalised.
ResizeAxis bicubic_axis(std::size_t inputs, std::size_t outputs) {
    AxisBuilder builder;
    constexpr float kSteps = 1024.0F;
    const float scale = static_cast<float>(inputs) / static_cast<float>(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
        const float at = (static_cast<float>(i) + 0.5F) * scale - 0.5F;
        const float below = std::floor(at);
        const float share = std::nearbyint((at - below) * kSteps) / kSteps;
        const auto first = static_cast<std::ptrdiff_t>(below) - 1;
        std::vector<float> weights = {keys_cubic(1.0F + share), keys_cubic(share),
                                      keys_cubic(1.0F - share), keys_cubic(2.0F - share)};
        for (std::ptrdiff_t j = 0; j < 4; ++j) {
            if (first + j < 0 || first + j >= static_cast<std::ptrdiff_t>(inputs)) {
                weights[static_cast<std::size_t>(j)] = 0.0F;
            }
        }
        normalize(weights);
        builder.add(first, weights, inputs);
    }
    return builder.take();
}

// Means over the input interval that an output covers.
ResizeAxis area_axis(std::size_t inputs, std::size_t outputs) {
    AxisBuilder builder;
    const float scale = static_cast<float>(inputs) / static_cast<float>(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
        const float start = static_cast<float>(i) * scale;
        const float stop = static_cast<float>(i + 1) * scale;
        const auto first = static_cast<std::ptrdiff_t>(std::floor(start));
        const auto last = std::min(static_cast<std::ptrdiff_t>(std::ceil(stop)),
                                   static_cast<std::ptrdiff_t>(inputs));
        std::vector<float> weights;
        for (std::ptrdiff_t j = first; j < last; ++j) {
            const float left = std::max(start, static_cast<float>(j));
            const float right = std::min(stop, static_cast<float>(j + 1));
            weights.push_back((right - left) / scale);
        }
        builder.add(first, weights, inputs);
    }
    return builder.take();
}

struct Kernel {
    float radius;
    float (*weight)(float);
};

float triangle(float x) { return std::max(0.0F, 1.0F - std::fabs(x)); }

float lanczos(float x, double radius) {
    x = std::fabs(x);
    if (static_cast<double>(x) > radius) return 0.0F;
    if (x <= 1e-3F) return 1.0F;
    const auto t = static_cast<double>(x);
    return static_cast<float>(radius * exact_sin_pi(t) * exact_sin_pi(t / radius) /
                              (kPi * kPi * t * t));
}

float gaussian(float x) {
    if (std::fabs(x) >= 1.5F) return 0.0F;
    return static_cast<float>(exact_exp(-2.0 * static_cast<double>(x) * static_cast<double>(x)));
}

// Mitchell and Netravali (1988), B = C = 1/3.
float mitchell(float x) {
    x = std::fabs(x);
    if (x >= 2.0F) return 0.0F;
    if (x >= 1.0F) return (((-7.0F / 18.0F) * x + 2.0F) * x - 10.0F / 3.0F) * x + 16.0F / 9.0F;
    return (((7.0F / 6.0F) * x - 2.0F) * x) * x + 8.0F / 9.0F;
}

Kernel kernel_of(ResizeMethod method) {
    switch (method) {
        case ResizeMethod::bilinear: return {1.0F, triangle};
        case ResizeMethod::bicubic: return {2.0F, keys_cubic};
        case ResizeMethod::lanczos3: return {3.0F, [](float x) { return lanczos(x, 3.0); }};
        case ResizeMethod::lanczos5: return {5.0F, [](float x) { return lanczos(x, 5.0); }};
        case ResizeMethod::gaussian: return {1.5F, gaussian};
        default: return {2.0F, mitchell};
    }
}

// A kernel, stretched to the output's pixels when antialiasing a reduction, sampled at the input's
// and normalised.
ResizeAxis kernel_axis(std::size_t inputs, std::size_t outputs, ResizeMethod method,
                       bool antialias) {
    AxisBuilder builder;
    const Kernel kernel = kernel_of(method);
    const float inverse = 1.0F / (static_cast<float>(outputs) / static_cast<float>(inputs));
    const float stretch = antialias ? std::max(inverse, 1.0F) : 1.0F;
    const float reach = kernel.radius * stretch;
    for (std::size_t i = 0; i < outputs; ++i) {
        const float at = (static_cast<float>(i) + 0.5F) * inverse;
        const auto first =
            std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(std::ceil(at - reach - 0.5F)), 0);
        const auto last = std::min(static_cast<std::ptrdiff_t>(std::floor(at + reach - 0.5F)),
                                   static_cast<std::ptrdiff_t>(inputs) - 1);
        std::vector<float> weights;
        for (std::ptrdiff_t j = first; j <= last; ++j) {
            const float distance = (static_cast<float>(j) + 0.5F - at) * (1.0F / stretch);
            weights.push_back(kernel.weight(distance));
        }
        normalize(weights);
        builder.add(first, weights, inputs);
    }
    return builder.take();
}

}  // namespace

ResizeAxis resize_axis(std::size_t inputs, std::size_t outputs, ResizeMethod method,
                       bool antialias) {
    if (inputs == 0 || outputs == 0) {
        throw std::invalid_argument("resize from " + std::to_string(inputs) + " to " +
                                    std::to_string(outputs) + ": expected at least 1");
    }
    switch (method) {
        case ResizeMethod::nearest: return nearest_axis(inputs, outputs);
        case ResizeMethod::area: return area_axis(inputs, outputs);
        case ResizeMethod::bilinear:
            if (!antialias) return bilinear_axis(inputs, outputs);
            break;
        case ResizeMethod::bicubic:
            if (!antialias) return bicubic_axis(inputs, outputs);
            break;
        default: break;
    }
    return kernel_axis(inputs, outputs, method, antialias);
}

}  // namespace dslite
