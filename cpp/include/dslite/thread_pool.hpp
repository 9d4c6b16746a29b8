// Items of work on the threads of one pool, which lives as long as the process.
#pragma once

#include <cstddef>
#include <functional>

#include "dslite/scratch.hpp"

namespace dslite {

// Calls work(i, scratch) for every i < items on the calling thread and up to threads − 1 of the pool's, each
// with a scratch of its own that it keeps; 0 threads: one per core. The first item is timed, and so many
// threads are woken as the rest is worth. Threads that cannot be started (a limit on processes) are done
// without. The first exception is thrown when all threads have stopped. In a forked child, where none of the
// pool's threads exists any more, a new pool begins.
void for_each_item(std::size_t items, unsigned threads,
                   const std::function<void(std::size_t, Scratch&)>& work);

}  // namespace dslite
