// What the two C APIs behind Runtime share: the loaded library, and the checks on what it reports.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dslite/error.hpp"
#include "dslite/runtime.hpp"
#include "platform/files.hpp"
#include "platform/libraries.hpp"

namespace dslite {

// A library that is loaded and stays so. Neither C API survives being unloaded: both leave threads
// and thread-local destructors behind.
struct Library : platform::LoadedLibrary {
    explicit Library(LoadedLibrary loaded) : LoadedLibrary(std::move(loaded)) {}

    bool exports(const char* name) const { return platform::find_symbol(handle, name) != nullptr; }
    // Sets `function` to the exported symbol, or to null.
    template <typename F>
    void find(F*& function, const char* name) const {
        function = reinterpret_cast<F*>(platform::find_symbol(handle, name));
    }
    // The same for one that must be there. Throws dslite::Error.
    template <typename F>
    void need(F*& function, const char* name) const {
        function = reinterpret_cast<F*>(symbol(name));
    }
    // The file's name, what errors about a model call the library.
    std::string name() const { return platform::file_name(path); }

  private:
    void* symbol(const char* name) const;
};

// Each throws dslite::Error when the library is not a version it can use.
std::shared_ptr<const Runtime> make_litert(const Library& library);
std::shared_ptr<const Runtime> make_tflite(const Library& library);

// Which of a network's two ends, for errors.
enum class End { input, output };

// Checks and keeps what the runtime says of a tensor. `type` is TensorFlow Lite's number, the same
// in both APIs; `where` names the library. Throws dslite::Error unless the type is float32, int8 or
// uint8, quantised with one positive scale where it is an integer, and every dimension is positive.
TensorInfo checked_tensor(const std::string& where, End end, int type, std::vector<int> shape,
                          float scale, long long zero_point);
// Throws dslite::Error unless the network has one input and one output or two.
void check_ends(const std::string& where, std::size_t inputs, std::size_t outputs);
// Which of the outputs the scores are, by their ranks: of two the one whose rank is not 4, for class maps
// have rows, columns and labels. Throws dslite::Error where both or neither are of that rank.
std::size_t index_of_scores(const std::string& where, const std::vector<TensorInfo>& outputs);
// Throws std::invalid_argument unless 1 to 256.
void check_threads(int threads);

std::size_t size_in_bytes(const TensorInfo& info);

// A C object and the function that destroys it.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

}  // namespace dslite
