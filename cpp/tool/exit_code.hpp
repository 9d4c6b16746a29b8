// How dslite-run ends.
#pragma once

namespace dslite::tool {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

}  // namespace dslite::tool
