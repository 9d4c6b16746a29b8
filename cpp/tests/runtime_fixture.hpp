// What tests of the runtime are given from outside:
//
//   DSLITE_TEST_LIBRARIES   paths of runtime libraries, separated by semicolons
//   DSLITE_TEST_MODEL       a .tflite, (1, height, width, 3) → (1, classes)
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "check.hpp"
#include "dslite/runtime.hpp"
#include "platform/process.hpp"

namespace runtime_fixture {

using Bytes = std::vector<std::uint8_t>;

inline std::vector<std::string> libraries() {
    std::vector<std::string> paths;
    std::string rest = dslite::platform::environment("DSLITE_TEST_LIBRARIES");
    while (!rest.empty()) {
        const std::size_t end = rest.find(';');
        paths.push_back(rest.substr(0, end));
        rest = end == std::string::npos ? "" : rest.substr(end + 1);
    }
    if (paths.empty()) SKIP("DSLITE_TEST_LIBRARIES names no runtime library");
    return paths;
}

inline std::shared_ptr<const Bytes> model() {
    const std::string path = dslite::platform::environment("DSLITE_TEST_MODEL");
    if (path.empty()) SKIP("DSLITE_TEST_MODEL names no .tflite");
    std::ifstream file(path, std::ios::binary);
    using Iterator = std::istreambuf_iterator<char>;
    return std::make_shared<const Bytes>(Iterator(file), Iterator());
}

inline std::shared_ptr<const dslite::Runtime> load(const std::string& path) {
    dslite::RuntimeOptions options;
    options.library = path;
    return dslite::Runtime::load(options);
}

inline dslite::RuntimeOptions with_threads(int threads) {
    dslite::RuntimeOptions options;
    options.threads = threads;
    return options;
}

// A file of these bytes that goes when the test does.
class TemporaryFile {
  public:
    template <typename Container>
    explicit TemporaryFile(const Container& bytes) {
        static std::mt19937_64 random(std::random_device{}());
        const std::string name = "dslite-test-" + std::to_string(random());
        path_ = (std::filesystem::temp_directory_path() / name).string();
        std::ofstream file(path_, std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace runtime_fixture
