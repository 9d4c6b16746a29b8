#include "dslite/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "platform/process.hpp"

namespace dslite {
namespace {

using Work = std::function<void(std::size_t, Scratch&)>;

// Waking a thread costs some microseconds: it should find at least this much to do.
constexpr std::chrono::nanoseconds kWorthWaking{15000};

Scratch& thread_scratch() {
    static thread_local Scratch scratch;
    return scratch;
}

struct Job {
    Job(std::size_t n, const Work& w) : items(n), work(w) {}

    void run() {
        try {
            for (std::size_t i = next++; i < items; i = next++) work(i, thread_scratch());
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!failure) failure = std::current_exception();
            next = items;
        }
    }

    const std::size_t items;
    const Work& work;
    std::atomic<std::size_t> next{1};  // the first is done before
    std::mutex mutex;
    std::exception_ptr failure;
    std::size_t running = 0;  // pool threads; guarded by the pool's mutex
};

class Pool {
  public:
    // Has up to `helpers` threads take part in the job, and takes part itself, until it is done.
    void run(Job& job, std::size_t helpers) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            start_threads(helpers);
            for (std::size_t i = 0; i < std::min(helpers, threads_); ++i) waiting_.push_back(&job);
        }
        for (std::size_t i = 0; i < helpers; ++i) wake_.notify_one();
        job.run();
        std::unique_lock<std::mutex> lock(mutex_);
        waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), &job), waiting_.end());
        done_.wait(lock, [&job] { return job.running == 0; });
    }

  private:
    void start_threads(std::size_t wanted) {
        try {
            for (; threads_ < wanted; ++threads_) std::thread(&Pool::serve, this).detach();
        } catch (const std::system_error&) {
            return;  // there are as many as there may be
        }
    }

    void serve() {
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return !waiting_.empty(); });
            Job& job = *waiting_.front();
            waiting_.pop_front();
            ++job.running;
            lock.unlock();
            job.run();
            lock.lock();
            if (--job.running == 0) done_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::deque<Job*> waiting_;
    std::size_t threads_ = 0;
};

std::atomic<Pool*> the_pool{nullptr};

void forget_pool() { the_pool = nullptr; }

// Never destroyed: its threads wait on it until the process ends. A forked child has none of these threads
// and begins a new pool.
Pool& pool() {
    static const bool registered = [] {
        platform::after_fork(forget_pool);
        return true;
    }();
    (void)registered;
    Pool* found = the_pool;
    if (found) return *found;
    Pool* const made = new Pool;
    if (the_pool.compare_exchange_strong(found, made)) return *made;
    delete made;
    return *found;
}

}  // namespace

void for_each_item(std::size_t items, unsigned threads, const Work& work) {
    if (items == 0) return;
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    const auto start = std::chrono::steady_clock::now();
    work(0, thread_scratch());
    const auto item = std::chrono::steady_clock::now() - start;
    Job job(items, work);
    const auto rest = item * static_cast<std::int64_t>(items - 1);
    const auto worth = static_cast<std::size_t>(rest / kWorthWaking);
    const std::size_t helpers = std::min({std::size_t{threads} - 1, items - 1, worth});
    if (helpers == 0) {
        job.run();
    } else {
        pool().run(job, helpers);
    }
    if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace dslite
