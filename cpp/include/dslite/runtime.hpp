// Stage 12: tensor → scores, by TensorFlow Lite, found at run time.
//
// Two C APIs serve behind one interface: LiteRT's (libLiteRt.so, in the ai-edge-litert wheel) and
// TensorFlow Lite's own (libtensorflowlite_c.so). A library is looked for
//
//   1. at RuntimeOptions::library, and nowhere else if that is set
//   2. at $DSLITE_TFLITE_LIBRARY, and nowhere else if that is set
//   3. in the ai-edge-litert package, where the caller names its folder
//   4. next to the running program
//   5. on the loader's path, unless an entry relative to the working directory has one
//
// Only what is named, by 1 to 3, may lie in the working directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dslite {

enum class ElementType { float32, int8, uint8 };

struct TensorInfo {
    ElementType type = ElementType::float32;
    std::vector<int> shape;  // with the leading batch of 1
    float scale = 0.0F;      // of int8 and uint8: value = scale · (q − zero_point)
    int zero_point = 0;

    std::size_t elements() const;
};

struct RuntimeOptions {
    std::string library;         // explicit path; empty: search
    std::string package_folder;  // where the ai-edge-litert package lies, if the caller knows
    int threads = 1;             // of the inference itself
    // Whether Interpreter::run_timed() will be called; where the library cannot, that says so.
    bool times_operators = false;
};

// What the operators of one kind take of an inference.
struct OperatorTime {
    std::string kind;       // as the library calls it
    std::size_t count = 0;  // of them
    double ms = 0;          // of all of them
};

// One loaded model, ready to run. Not thread-safe: one per thread.
class Interpreter {
  public:
    virtual ~Interpreter() = default;

    virtual const TensorInfo& input() const = 0;
    virtual const TensorInfo& output() const = 0;
    // input().elements() values of input().type → output().elements() values of output().type.
    // Throws dslite::Error when the runtime reports a failure.
    virtual void run(const void* input, void* output) = 0;

    // A second output of a network that has one: class maps, (1, rows, columns, labels), which say where
    // in the picture each score comes from. Null where there is none.
    virtual const TensorInfo* maps() const { return nullptr; }
    // The maps of the last run → maps()->elements() values of maps()->type. Throws as run() does.
    virtual void read_maps(void* /*out*/) {}

    // As run(), and adds what the operators of each kind took. Throws dslite::Error, too, where the library
    // does not time operators or this was not opened for it.
    virtual void run_timed(const void* input, void* output, std::vector<OperatorTime>& times);
};

// A library that has been found and loaded; it stays loaded for the life of the process.
class Runtime {
  public:
    virtual ~Runtime() = default;

    // Throws dslite::Error naming every place that was tried and how to get a library.
    static std::shared_ptr<const Runtime> load(const RuntimeOptions& options = {});

    virtual const std::string& path() const = 0;
    virtual std::string description() const = 0;  // "LiteRT C API (…/libLiteRt.so)"
    // `model` holds a .tflite flatbuffer (what follows it is ignored) and is kept alive by the
    // interpreter. One input and one output are expected, or class maps of rank 4 as a second. Throws
    // dslite::Error.
    virtual std::unique_ptr<Interpreter> interpreter(
        std::shared_ptr<const std::vector<std::uint8_t>> model,
        const RuntimeOptions& options) const = 0;
};

}  // namespace dslite
