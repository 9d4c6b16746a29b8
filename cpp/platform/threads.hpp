// Mutual exclusion and two things at once, where there is anybody to exclude: some systems have no threads,
// and their C++ libraries no std::mutex. CMake decides (DSLITE_THREADS).
#pragma once

#if defined(DSLITE_NO_THREADS)

namespace dslite::platform {

struct Mutex {};
struct Lock {
    explicit Lock(Mutex&) {}
};

template <class Work, class Aside>
void run_both(const Work& work, const Aside& aside) {
    work();
    aside();
}

}  // namespace dslite::platform

#else

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace dslite::platform {

using Mutex = std::mutex;
using Lock = std::lock_guard<std::mutex>;

// Has `aside` run on a thread of its own while `work` runs on this one; returns when both have. Throws what
// `work` throws, else what `aside` does.
template <class Work, class Aside>
void run_both(const Work& work, const Aside& aside) {
    std::exception_ptr failure;
    const auto caught = [&] {
        try {
            aside();
        } catch (...) {
            failure = std::current_exception();
        }
    };
    struct Joined {
        std::thread thread;
        ~Joined() {
            if (thread.joinable()) thread.join();
        }
    } other;
    try {
        other.thread = std::thread(caught);
    } catch (const std::system_error&) {  // there are as many as there may be: one after the other
    }
    work();
    if (other.thread.joinable()) {
        other.thread.join();
    } else {
        caught();
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace dslite::platform

#endif
