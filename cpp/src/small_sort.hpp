// C's sort, typed: a tenth of the code that every std::sort of another type adds to a program for boards.
#pragma once

#include <cstdlib>
#include <type_traits>
#include <vector>

namespace dslite {

// `before` is a function without captures: whether one value comes before another.
template <class T, bool (*before)(const T&, const T&)>
void small_sort(std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>, "qsort moves bytes");
    if (values.empty()) return;
    std::qsort(values.data(), values.size(), sizeof(T), [](const void* left, const void* right) {
        const T& a = *static_cast<const T*>(left);
        const T& b = *static_cast<const T*>(right);
        return before(a, b) ? -1 : before(b, a) ? 1 : 0;
    });
}

}  // namespace dslite
