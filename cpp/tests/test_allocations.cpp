// After the first answer, answering allocates nothing of ours.
#include <cstdlib>
#include <new>

#include "check.hpp"
#include "model_fixture.hpp"

namespace {

long allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST(an_answer) {
#ifndef DSLITE_COUNTS_OWN_ALLOCATIONS
    SKIP("with sanitizers, a runtime's allocations would be counted too");
#endif
    for (const std::string& library : runtime_fixture::libraries()) {
        dslite::Model model = model_fixture::open(library, model_fixture::fitting_parts(library));
        const std::vector<float> chunk(model.recipe().chunk_samples(), 0.1F);
        std::vector<float> scores(model.labels().size());
        model.scores(chunk.data(), chunk.size(), scores.data());
        const long before = allocations;
        for (int i = 0; i < 10; ++i) model.scores(chunk.data(), chunk.size(), scores.data());
        CHECK_EQ(allocations, before);
    }
}
