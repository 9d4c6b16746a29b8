// Finding, refusing and running TensorFlow Lite libraries. What needs one is skipped without; the
// refusals are tested everywhere.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "check.hpp"
#include "dslite/error.hpp"
#include "dslite/runtime.hpp"
#include "platform/libraries.hpp"
#include "platform/process.hpp"
#include "runtime_fixture.hpp"
#include "src/runtime/backends.hpp"

namespace {

using dslite::ElementType;
using dslite::Runtime;
using dslite::RuntimeOptions;
using dslite::platform::set_environment;
using runtime_fixture::Bytes;
using runtime_fixture::libraries;
using runtime_fixture::load;
using runtime_fixture::model;
using runtime_fixture::TemporaryFile;
using runtime_fixture::with_threads;

// Noise of the input's type, as its bytes.
Bytes noise(const dslite::TensorInfo& info) {
    std::mt19937 random(7);
    Bytes bytes(dslite::size_in_bytes(info));
    if (info.type == ElementType::float32) {
        std::normal_distribution<float> normal;
        for (std::size_t i = 0; i < info.elements(); ++i) {
            const float value = normal(random);
            std::memcpy(bytes.data() + 4 * i, &value, 4);
        }
    } else {
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    }
    return bytes;
}

std::vector<double> scores(const dslite::TensorInfo& info, const Bytes& bytes) {
    std::vector<double> values;
    for (std::size_t i = 0; i < info.elements(); ++i) {
        float value = 0;
        if (info.type == ElementType::float32) {
            std::memcpy(&value, bytes.data() + 4 * i, 4);
        } else {
            const int q = info.type == ElementType::int8 ? static_cast<std::int8_t>(bytes[i])
                                                         : static_cast<int>(bytes[i]);
            value = info.scale * static_cast<float>(q - info.zero_point);
        }
        values.push_back(value);
    }
    return values;
}

std::vector<double> run(dslite::Interpreter& interpreter) {
    const Bytes input = noise(interpreter.input());
    Bytes output(dslite::size_in_bytes(interpreter.output()));
    interpreter.run(input.data(), output.data());
    return scores(interpreter.output(), output);
}

std::string own_elf_start() {
    if (dslite::platform::kLiteRtLibrary != std::string("libLiteRt.so")) {
        SKIP("programs are no ELF files here");
    }
    std::ifstream file("/proc/self/exe", std::ios::binary);
    std::string bytes(64, '\0');
    file.read(bytes.data(), 64);
    return bytes;
}

}  // namespace

TEST(what_is_no_library) {
    CHECK_THROWS(load("/nowhere/libLiteRt.so"), dslite::Error,
                 "/nowhere/libLiteRt.so: No such file");
    const TemporaryFile text(std::string("this is not a library\n"));
    CHECK_THROWS(load(text.path()), dslite::Error, text.path() + ": ");
    const TemporaryFile empty(std::string{});
    CHECK_THROWS(load(empty.path()), dslite::Error, empty.path() + ": ");
}

TEST(what_is_no_library_for_this_machine) {
    const TemporaryFile cut(own_elf_start());
    CHECK_THROWS(load(cut.path()), dslite::Error, cut.path());
    std::string other = own_elf_start();
    other[18] = 8;  // EM_MIPS
    other[19] = 0;
    const TemporaryFile mips(other);
    const TemporaryFile text(std::string("this is not a library\n"));
    CHECK_THROWS(load(text.path()), dslite::Error, text.path() + ": not a shared library");
    CHECK_THROWS(load("/"), dslite::Error, "/: Is a directory");
    CHECK_THROWS(load(mips.path()), dslite::Error, "a library for machine 8, expected one for");
    CHECK_THROWS(load("libm.so.6"), dslite::Error, "exports neither the LiteRT nor the TensorFlow");
}

TEST(where_a_library_is_looked_for) {
    set_environment("DSLITE_TFLITE_LIBRARY", "/nowhere/lib.so");
    CHECK_THROWS(Runtime::load(), dslite::Error, "DSLITE_TFLITE_LIBRARY: /nowhere/lib.so: No such");
    // The explicit path comes first, and nothing after it is tried.
    CHECK_THROWS(load("/elsewhere/lib.so"), dslite::Error, "/elsewhere/lib.so: No such");
    set_environment("DSLITE_TFLITE_LIBRARY", "");
    RuntimeOptions options;
    options.package_folder = "/package";
    try {
        Runtime::load(options);
        SKIP("a runtime library lies on the loader's path");
    } catch (const dslite::Error& error) {
        const std::string message = error.what();
        for (const char* part :
             {"pip install ai-edge-litert", "DSLITE_TFLITE_LIBRARY", ": No such file"}) {
            CHECK(message.find(part) != std::string::npos);
        }
        for (const std::string& name : {"/package/" + std::string(dslite::platform::kLiteRtLibrary),
                                        std::string(dslite::platform::kTfLiteLibrary)}) {
            CHECK(message.find(name + ": ") != std::string::npos);
        }
    }
}

TEST(what_a_tensor_may_be) {
    using dslite::checked_tensor;
    using dslite::End;
    const dslite::TensorInfo image = checked_tensor("lib", End::input, 9, {-1, 4, 5, 3}, 0.5F, -7);
    CHECK(image.type == ElementType::int8);
    CHECK_EQ(image.elements(), 60U);
    CHECK_EQ(image.zero_point, -7);
    CHECK_THROWS(checked_tensor("lib", End::input, 2, {1}, 0, 0), dslite::Error,
                 "lib: the model's input is of TensorFlow Lite's type 2, expected float32");
    CHECK_THROWS(checked_tensor("lib", End::output, 1, {1, -1}, 0, 0), dslite::Error,
                 "the model's output has a dimension of -1, expected a fixed shape");
    CHECK_THROWS(checked_tensor("lib", End::output, 1, {1, 65536, 65536, 65536}, 0, 0),
                 dslite::Error, "larger than 2 GiB");
    CHECK_THROWS(checked_tensor("lib", End::input, 3, {1}, 0, 0), dslite::Error, "scale 0.0");
    CHECK_THROWS(checked_tensor("lib", End::input, 3, {1}, 1, -1), dslite::Error, "zero point -1");
    CHECK_THROWS(dslite::check_ends("lib", 1, 3), dslite::Error, "1 inputs and 3 outputs");
    const auto shaped = [](std::vector<int> shape) {
        dslite::TensorInfo info;
        info.shape = std::move(shape);
        return info;
    };
    CHECK_EQ(dslite::index_of_scores("lib", {shaped({1, 4})}), 0U);
    CHECK_EQ(dslite::index_of_scores("lib", {shaped({1, 7, 7, 4}), shaped({1, 4})}), 1U);
    CHECK_EQ(dslite::index_of_scores("lib", {shaped({1, 4}), shaped({1, 7, 7, 4})}), 0U);
    CHECK_THROWS(dslite::index_of_scores("lib", {shaped({1, 4}), shaped({1, 4})}), dslite::Error,
                 "expected one of rank 4, its class maps");
    CHECK_THROWS(dslite::check_threads(0), std::invalid_argument, "threads: 0, expected 1 to 256");
}

TEST(the_same_scores_from_every_library_and_thread_count) {
    const auto bytes = model();
    std::vector<double> expected;
    for (const std::string& path : libraries()) {
        const auto runtime = load(path);
        CHECK(runtime->description().find(runtime->path()) != std::string::npos);
        CHECK(load(path) == runtime);
        for (const int threads : {1, 2}) {
            const auto interpreter = runtime->interpreter(bytes, with_threads(threads));
            const std::vector<double> found = run(*interpreter);
            if (expected.empty()) expected = found;
            CHECK_EQ(found.size(), expected.size());
            // Quantised scores may differ by a step where two libraries round a tie differently.
            const double step = interpreter->output().scale;
            for (std::size_t i = 0; i < found.size(); ++i) {
                CHECK_NEAR(found[i], expected[i], 1e-6 + step);
            }
        }
    }
}

TEST(two_interpreters_in_two_threads) {
    const auto bytes = model();
    for (const std::string& path : libraries()) {
        const auto runtime = load(path);
        const std::vector<double> expected = run(*runtime->interpreter(bytes, with_threads(1)));
        std::atomic<int> same{0};
        const auto work = [&] {
            const auto interpreter = runtime->interpreter(bytes, with_threads(1));
            for (int i = 0; i < 50; ++i) same += run(*interpreter) == expected ? 1 : 0;
        };
        std::thread first(work);
        std::thread second(work);
        first.join();
        second.join();
        CHECK_EQ(same.load(), 100);
    }
}

TEST(a_damaged_model_is_refused) {
    const auto whole = model();
    for (const std::string& path : libraries()) {
        const auto runtime = load(path);
        const auto half = std::make_shared<const Bytes>(
            whole->begin(), whole->begin() + static_cast<std::ptrdiff_t>(whole->size() / 2));
        CHECK_THROWS(runtime->interpreter(half, with_threads(1)), dslite::Error, "Model");
        CHECK_THROWS(runtime->interpreter(whole, with_threads(0)), std::invalid_argument,
                     "threads: 0");
    }
}
