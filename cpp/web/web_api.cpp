// What the page's JavaScript calls (web/src/core.js). Functions that can fail return −1 or null, and
// dslite_error() says why. A returned text is valid until the next call.
#include <exception>
#include <memory>
#include <string>

#include "dslite/error.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/resample.hpp"
#include "dslite/verify.hpp"
#include "session.hpp"

#define DSLITE_WEB extern "C" __attribute__((used, visibility("default")))

namespace {

using dslite::Model;
using dslite::web::Session;

std::string error;
std::string text;

template <class Work>
int guarded(Work work) {
    try {
        return static_cast<int>(work());
    } catch (const std::exception& e) {
        error = e.what();
        return -1;
    }
}

template <class Work>
const char* guarded_text(Work work) {
    return guarded([&] {
               text = work();
               return 0;
           }) < 0
               ? nullptr
               : text.c_str();
}

}  // namespace

DSLITE_WEB const char* dslite_error() { return error.c_str(); }

DSLITE_WEB Model* dslite_open(const std::uint8_t* bytes, std::size_t size, const char* name,
                              const int* input, int input_rank, const int* output,
                              int output_rank) {
    Model* model = nullptr;
    guarded([&] {
        const dslite::web::Ends ends{{input, input + input_rank}, {output, output + output_rank}};
        model = new Model(dslite::web::open_model(bytes, size, name, ends));
        return 0;
    });
    return model;
}

DSLITE_WEB void dslite_close(Model* model) { delete model; }

DSLITE_WEB const char* dslite_about(const Model* model) {
    return guarded_text([&] { return dslite::web::about(*model); });
}

DSLITE_WEB const char* dslite_verify(const Model* model) {
    return guarded_text([&] { return dslite::web::verify(*model); });
}

DSLITE_WEB int dslite_golden_tensor(const Model* model, float* out) {
    return guarded([&] {
        const std::vector<float> tensor = dslite::golden_tensor(*model);
        model->quantize_input(tensor.data(), out);
        return tensor.size();
    });
}

DSLITE_WEB const char* dslite_verify_scores(const Model* model, const float* scores) {
    return guarded_text([&] { return dslite::web::verify_scores(*model, scores); });
}

// Sound at any rate → the picture of its first chunk, (height, width, channels), 0…255.
DSLITE_WEB int dslite_picture(Model* model, const float* samples, std::size_t count, int rate_hz,
                              float* out) {
    return guarded([&] {
        const dslite::Pipeline& pipeline = model->pipeline();
        dslite::ChunkStream chunks(pipeline, model->bundle().name(), rate_hz, 1);
        bool drawn = false;
        const auto draw = [&](const dslite::StreamedChunk& chunk) {
            if (drawn) return;
            dslite::Scratch scratch;
            pipeline.picture(chunk.samples, chunk.count, out, scratch);
            drawn = true;
        };
        chunks.push(samples, count, draw);
        chunks.finish(draw);
        if (!drawn) throw dslite::Error("the sound is too short for a picture");
        return 0;
    });
}

DSLITE_WEB Session* dslite_session(Model* model, int rate_hz, int channels) {
    Session* session = nullptr;
    guarded([&] {
        session = new Session(*model, rate_hz, channels);
        return 0;
    });
    return session;
}

DSLITE_WEB void dslite_end_session(Session* session) { delete session; }

DSLITE_WEB int dslite_push(Session* session, const float* samples, std::size_t frames) {
    return guarded([&] { return session->push(samples, frames); });
}

DSLITE_WEB int dslite_finish(Session* session) {
    return guarded([&] { return session->finish(); });
}

DSLITE_WEB int dslite_next(Session* session, float* input) {
    return guarded([&] { return session->next(input); });
}

DSLITE_WEB const char* dslite_answer(Session* session, const float* output) {
    return guarded_text([&] { return session->answer(output); });
}

DSLITE_WEB const char* dslite_last_events(Session* session) {
    return guarded_text([&] { return session->last_events(); });
}
