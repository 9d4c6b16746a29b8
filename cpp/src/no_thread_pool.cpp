// Where there are no threads: one item after another.
#include "dslite/thread_pool.hpp"

namespace dslite {

void for_each_item(std::size_t items, unsigned /*threads*/,
                   const std::function<void(std::size_t, Scratch&)>& work) {
    Scratch scratch;
    for (std::size_t i = 0; i < items; ++i) work(i, scratch);
}

}  // namespace dslite
