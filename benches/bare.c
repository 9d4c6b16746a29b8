// The least program around LiteRT's C API and a model, for `python -m benches.board` to hold dslite-run to:
//
//   cc -O2 -o bare bare.c -ldl && ./bare libLiteRt.so model.tflite HEIGHT WIDTH CHANNELS CLASSES
//
// runs the network on zeros, on one thread, once for each byte on standard input, and prints its first value.
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int element_type;
    unsigned rank : 7;
    unsigned has_strides : 1;
    int32_t dimensions[8];
    uint32_t strides[8];
} TensorType;

static void* library;

static void* need(const char* name) {
    void* function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "%s: not exported\n", name);
        exit(1);
    }
    return function;
}

// Calls a function of the library by its name; ends the program unless its status is 0.
#define CALL(name, types, ...)                                      \
    do {                                                            \
        const int status = ((int(*) types)need(name))(__VA_ARGS__); \
        if (status != 0) {                                          \
            fprintf(stderr, "%s: status %d\n", name, status);       \
            exit(1);                                                \
        }                                                           \
    } while (0)

static void* make_buffer(const char* requirements_of, void* environment, void* compiled,
                         const TensorType* type) {
    void* requirements = NULL;
    void* buffer = NULL;
    CALL(requirements_of, (void*, size_t, size_t, void**), compiled, 0, 0, &requirements);
    CALL("LiteRtCreateManagedTensorBufferFromRequirements",
         (void*, const TensorType*, void*, void**), environment, type, requirements, &buffer);
    return buffer;
}

static void run(void* compiled, void* in, void* out, size_t bytes) {
    void* memory = NULL;
    CALL("LiteRtLockTensorBuffer", (void*, void**, int), in, &memory, 1);
    memset(memory, 0, bytes);
    CALL("LiteRtUnlockTensorBuffer", (void*), in);
    CALL("LiteRtRunCompiledModel", (void*, size_t, size_t, void**, size_t, void**), compiled, 0, 1,
         &in, 1, &out);
    CALL("LiteRtLockTensorBuffer", (void*, void**, int), out, &memory, 0);
    printf("%g\n", ((float*)memory)[0]);
    fflush(stdout);
    CALL("LiteRtUnlockTensorBuffer", (void*), out);
}

int main(int count, char** words) {
    if (count != 7) return 2;
    library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    void* environment = NULL;
    void* model = NULL;
    void* options = NULL;
    void* threads = NULL;
    void* compiled = NULL;
    CALL("LiteRtCreateEnvironment", (int, const void*, void**), 0, NULL, &environment);
    CALL("LiteRtCreateModelFromFile", (void*, const char*, void**), environment, words[2], &model);
    CALL("LiteRtCreateOptions", (void**), &options);
    CALL("LiteRtSetOptionsHardwareAccelerators", (void*, int), options, 1);
    CALL("LiteRtCreateOpaqueOptions", (const char*, void*, void (*)(void*), void**), "xnnpack",
         strdup("num_threads = 1\n"), free, &threads);
    CALL("LiteRtAddOpaqueOptions", (void*, void*), options, threads);
    CALL("LiteRtCreateCompiledModel", (void*, void*, void*, void**), environment, model, options,
         &compiled);
    const int height = atoi(words[3]), width = atoi(words[4]), channels = atoi(words[5]);
    const TensorType picture = {1, 4, 0, {1, height, width, channels}, {0}};
    const TensorType scores = {1, 2, 0, {1, atoi(words[6])}, {0}};
    void* in = make_buffer("LiteRtGetCompiledModelInputBufferRequirements", environment, compiled,
                           &picture);
    void* out = make_buffer("LiteRtGetCompiledModelOutputBufferRequirements", environment, compiled,
                            &scores);
    const size_t bytes = sizeof(float) * (size_t)height * (size_t)width * (size_t)channels;
    while (getchar() != EOF) run(compiled, in, out, bytes);
    return 0;
}
