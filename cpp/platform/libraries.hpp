// Libraries that are loaded while the program runs.
#pragma once

#include <string>
#include <vector>

namespace dslite::platform {

struct LoadedLibrary {
    void* handle = nullptr;
    std::string path;  // where the loader found it
};

// A path is a file's; a bare name is looked for where the system's loader looks, but never in the working
// directory: whoever may write there must not choose what code runs here. Throws dslite::Error, which
// begins with the path and says what is wrong with it.
LoadedLibrary load_library(const std::string& path);
// The function or variable that the library exports by this name; null when there is none.
void* find_symbol(void* library, const char* name);

// File names of LiteRT's library and, after it, of TensorFlow Lite's.
extern const char* const kLiteRtLibrary;
extern const char* const kTfLiteLibrary;

}  // namespace dslite::platform
