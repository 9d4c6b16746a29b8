// Mutual exclusion, where there is anybody to exclude: some systems have no threads, and their C++ libraries
// no std::mutex. CMake decides (DSLITE_THREADS).
#pragma once

#if defined(DSLITE_NO_THREADS)

namespace dslite::platform {

struct Mutex {};
struct Lock {
    explicit Lock(Mutex&) {}
};

}  // namespace dslite::platform

#else

#include <mutex>

namespace dslite::platform {

using Mutex = std::mutex;
using Lock = std::lock_guard<std::mutex>;

}  // namespace dslite::platform

#endif
