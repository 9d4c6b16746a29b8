// What sound may be, in one place for every stage that checks it.
#pragma once

namespace dslite {

constexpr int kMinRateHz = 100;
constexpr int kMaxRateHz = 768000;
constexpr int kMaxChannels = 1024;
// Of a sample's magnitude: beyond, powers overflow float.
constexpr float kLargestSample = 1e12F;
constexpr char kLargestSampleText[] = "1e12";

}  // namespace dslite
