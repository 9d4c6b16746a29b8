// WebAssembly: no libraries to load, no other processes, one locale.
#include "dslite/error.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"

namespace dslite::platform {
namespace {

constexpr std::size_t kPage = 65536;

}  // namespace

const char* const kLiteRtLibrary = "LiteRT";
const char* const kTfLiteLibrary = "TensorFlow Lite";

LoadedLibrary load_library(const std::string& path) {
    throw Error(path + ": WebAssembly loads no libraries: the page runs the network");
}

void* find_symbol(void*, const char*) { return nullptr; }

std::vector<std::string> start_program(int count, char** words) {
    return {words + (count > 0 ? 1 : 0), words + count};
}

std::string program_folder() { return ""; }
std::string litert_package() { return ""; }
void populate(void*, std::size_t) {}
// Memory only grows.
std::size_t peak_memory_bytes() { return __builtin_wasm_memory_size(0) * kPage; }
long process_id() { return 1; }
void after_fork(void (*)()) {}
CLocale::CLocale() : before_(nullptr) {}
CLocale::~CLocale() = default;

}  // namespace dslite::platform
