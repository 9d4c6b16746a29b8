// Replaces libstdc++'s handler of an exception nobody caught, which prints its demangled type: the
// demangler alone is a tenth of this program, and main() catches everything.
#include <cstdlib>

namespace __gnu_cxx {
[[noreturn]] void __verbose_terminate_handler();  // NOLINT(bugprone-reserved-identifier)
void __verbose_terminate_handler() { std::abort(); }
}  // namespace __gnu_cxx
