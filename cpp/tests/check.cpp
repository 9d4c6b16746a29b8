#include "check.hpp"

#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

namespace check {
namespace {

long passes = 0;
long failures = 0;

// A function, so that it exists before any test of another file registers itself.
std::vector<std::pair<const char*, void (*)()>>& tests() {
    static std::vector<std::pair<const char*, void (*)()>> all;
    return all;
}

}  // namespace

bool add_test(const char* name, void (*body)()) {
    tests().emplace_back(name, body);
    return true;
}

void passed() { ++passes; }

void failed(const char* file, int line, const std::string& what) {
    ++failures;
    std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

}  // namespace check

int main() {
    long skips = 0;
    for (const auto& [name, body] : check::tests()) {
        try {
            body();
        } catch (const check::Skip& skip) {
            ++skips;
            std::printf("%s: skipped: %s\n", name, skip.why.c_str());
        } catch (const std::exception& error) {
            check::failed(name, 0, std::string("unexpected exception: ") + error.what());
        }
    }
    std::printf("%ld checks passed, %ld failed, %ld tests skipped\n", check::passes,
                check::failures, skips);
    if (check::failures > 0 || check::tests().empty()) return 1;
    return skips > 0 ? 77 : 0;
}
