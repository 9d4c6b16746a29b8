// The part of the LiteRT C API that is called, declared here: the wheel that carries the library
// has no headers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/runtime/backends.hpp"

// The C API's types, as far as they are used here.
extern "C" {
struct LiteRtEnvironment;
struct LiteRtModel;
struct LiteRtSignature;
struct LiteRtSubgraph;
struct LiteRtTensor;
struct LiteRtOptions;
struct LiteRtOpaqueOptions;
struct LiteRtCompiledModel;
struct LiteRtRequirements;
struct LiteRtTensorBuffer;
struct LiteRtProfiler;

struct LiteRtAny {
    int type;
    std::int64_t integer;  // of a union in the C header
};
struct LiteRtEnvironmentOption {
    int tag;
    LiteRtAny value;
};
struct LiteRtTensorType {  // documented as ABI-stable
    int element_type;
    unsigned rank : 7;
    unsigned has_strides : 1;
    std::int32_t dimensions[8];
    std::uint32_t strides[8];
};
struct LiteRtQuantization {
    float scale;
    std::int64_t zero_point;
};
struct LiteRtEvent {
    const char* tag;  // the profiler's own
    int type;
    std::uint64_t start_us;
    std::uint64_t elapsed_us;
    std::size_t memory[6];
    std::uint64_t metadata[2];
    int source;
};
}
static_assert(sizeof(LiteRtEnvironmentOption) == 24);
static_assert(sizeof(LiteRtTensorType) == 72);
static_assert(sizeof(LiteRtQuantization) == 16);

namespace dslite {

constexpr int kCpu = 1;               // kLiteRtHwAcceleratorCpu
constexpr int kInteger = 2;           // kLiteRtAnyTypeInt
constexpr int kTagAccelerators = 24;  // kLiteRtEnvOptionTagAutoRegisterAccelerators
constexpr int kTagLogSeverity = 25;   // kLiteRtEnvOptionTagMinLoggerSeverity
constexpr int kLogErrors = 3;         // kLiteRtLogSeverityError
constexpr int kEventOperator = 2;     // OPERATOR_INVOKE_EVENT
constexpr int kEventDelegated = 8;    // DELEGATE_OPERATOR_INVOKE_EVENT: an operator of XNNPACK's
constexpr int kLockRead = 0;
constexpr int kLockWrite = 1;
constexpr int kQuantizationNone = 0;
constexpr int kQuantizationPerTensor = 1;

// The functions, found in a library. The destroying ones return nothing, all others a status, 0
// when all went well.
struct LiteRtApi {
    explicit LiteRtApi(const Library& library);

    int (*create_environment)(int count, const LiteRtEnvironmentOption*, LiteRtEnvironment**);
    int (*create_model)(LiteRtEnvironment*, const void* bytes, std::size_t size, LiteRtModel**);
    void (*destroy_model)(LiteRtModel*);
    int (*signature_count)(LiteRtModel*, std::size_t*);
    int (*signature)(LiteRtModel*, std::size_t, LiteRtSignature**);
    int (*subgraph)(LiteRtSignature*, LiteRtSubgraph**);
    int (*input_count)(LiteRtSubgraph*, std::size_t*);
    int (*output_count)(LiteRtSubgraph*, std::size_t*);
    int (*input)(LiteRtSubgraph*, std::size_t, LiteRtTensor**);
    int (*output)(LiteRtSubgraph*, std::size_t, LiteRtTensor**);
    int (*tensor_type)(LiteRtTensor*, LiteRtTensorType*);
    int (*quantization_kind)(LiteRtTensor*, int*);
    int (*quantization)(LiteRtTensor*, LiteRtQuantization*);
    int (*create_options)(LiteRtOptions**);
    void (*destroy_options)(LiteRtOptions*);
    int (*set_accelerators)(LiteRtOptions*, int);
    int (*create_opaque)(const char* identifier, void* payload, void (*destroy)(void*),
                         LiteRtOpaqueOptions**);
    int (*add_opaque)(LiteRtOptions*, LiteRtOpaqueOptions*);
    int (*compile)(LiteRtEnvironment*, LiteRtModel*, LiteRtOptions*, LiteRtCompiledModel**);
    void (*destroy_compiled)(LiteRtCompiledModel*);
    int (*input_requirements)(LiteRtCompiledModel*, std::size_t signature, std::size_t,
                              LiteRtRequirements**);
    int (*output_requirements)(LiteRtCompiledModel*, std::size_t signature, std::size_t,
                               LiteRtRequirements**);
    int (*create_buffer)(LiteRtEnvironment*, const LiteRtTensorType*, LiteRtRequirements*,
                         LiteRtTensorBuffer**);
    void (*destroy_buffer)(LiteRtTensorBuffer*);
    int (*buffer_size)(LiteRtTensorBuffer*, std::size_t*);
    int (*lock)(LiteRtTensorBuffer*, void** memory, int mode);
    int (*unlock)(LiteRtTensorBuffer*);
    int (*run)(LiteRtCompiledModel*, std::size_t signature, std::size_t inputs,
               LiteRtTensorBuffer**, std::size_t outputs, LiteRtTensorBuffer**);
    // Of a library that times operators: others have none of these, and `events` is null.
    int (*profiler)(LiteRtCompiledModel*, LiteRtProfiler**);
    int (*profiler_start)(LiteRtProfiler*);
    int (*profiler_reset)(LiteRtProfiler*);
    int (*event_count)(LiteRtProfiler*, int*);
    int (*events)(LiteRtProfiler*, int count, LiteRtEvent*);
};

inline LiteRtApi::LiteRtApi(const Library& library) {
    // Until 2.1.5 creating a model took no environment, under the same name: calling it our way
    // would hand it a wrong pointer. This function came with the one that does.
    if (!library.exports("LiteRtCreateModelFromFd")) {
        throw Error(library.path +
                    ": LiteRT older than 2.1.6, expected 2.1.6 or later "
                    "(`pip install --upgrade ai-edge-litert`)");
    }
    library.need(create_environment, "LiteRtCreateEnvironment");
    library.need(create_model, "LiteRtCreateModelFromBuffer");
    library.need(destroy_model, "LiteRtDestroyModel");
    library.need(signature_count, "LiteRtGetNumModelSignatures");
    library.need(signature, "LiteRtGetModelSignature");
    library.need(subgraph, "LiteRtGetSignatureSubgraph");
    library.need(input_count, "LiteRtGetNumSubgraphInputs");
    library.need(output_count, "LiteRtGetNumSubgraphOutputs");
    library.need(input, "LiteRtGetSubgraphInput");
    library.need(output, "LiteRtGetSubgraphOutput");
    library.need(tensor_type, "LiteRtGetRankedTensorType");
    library.need(quantization_kind, "LiteRtGetQuantizationTypeId");
    library.need(quantization, "LiteRtGetPerTensorQuantization");
    library.need(create_options, "LiteRtCreateOptions");
    library.need(destroy_options, "LiteRtDestroyOptions");
    library.need(set_accelerators, "LiteRtSetOptionsHardwareAccelerators");
    library.need(create_opaque, "LiteRtCreateOpaqueOptions");
    library.need(add_opaque, "LiteRtAddOpaqueOptions");
    library.need(compile, "LiteRtCreateCompiledModel");
    library.need(destroy_compiled, "LiteRtDestroyCompiledModel");
    library.need(input_requirements, "LiteRtGetCompiledModelInputBufferRequirements");
    library.need(output_requirements, "LiteRtGetCompiledModelOutputBufferRequirements");
    library.need(create_buffer, "LiteRtCreateManagedTensorBufferFromRequirements");
    library.need(destroy_buffer, "LiteRtDestroyTensorBuffer");
    library.need(buffer_size, "LiteRtGetTensorBufferSize");
    library.need(lock, "LiteRtLockTensorBuffer");
    library.need(unlock, "LiteRtUnlockTensorBuffer");
    library.need(run, "LiteRtRunCompiledModel");
    library.find(events, "LiteRtGetProfilerEvents");
    if (events == nullptr) return;
    library.need(profiler, "LiteRtCompiledModelGetProfiler");
    library.need(profiler_start, "LiteRtStartProfiler");
    library.need(profiler_reset, "LiteRtResetProfiler");
    library.need(event_count, "LiteRtGetNumProfilerEvents");
}

}  // namespace dslite
