// What the page's JavaScript calls (web/src/core.js). Functions that can fail return −1 or null, and
// dslite_error() says why. A returned text is valid until the next call.
#include <emscripten.h>

#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "dslite/chunk_stream.hpp"
#include "dslite/error.hpp"
#include "dslite/pipeline.hpp"
#include "dslite/wav.hpp"
#include "page_network.hpp"
#include "session.hpp"
#include "sound_file.hpp"

#define DSLITE_WEB extern "C" __attribute__((used, visibility("default")))

EM_JS(void, dslite_show_picture, (const float* picture), { Module.showPicture(picture); })

namespace {

using dslite::Model;
using dslite::web::End;
using dslite::web::Session;
using dslite::web::SoundFile;

std::string error;
bool is_argument = false;  // which the error is about
std::string text;

template <class Work>
int guarded(Work work) {
    is_argument = false;
    try {
        return static_cast<int>(work());
    } catch (const std::bad_alloc&) {
        error =
            "the browser gives this tab no more memory: the model, its recipe or the sound is too large";
    } catch (const std::invalid_argument& e) {
        is_argument = true;
        error = e.what();
    } catch (const std::exception& e) {
        error = e.what();
    }
    return -1;
}

template <class Work>
const char* guarded_text(Work work) {
    const auto keep = [&] {
        text = work();
        return 0;
    };
    return guarded(keep) < 0 ? nullptr : text.c_str();
}

template <class Object, class Make>
Object* guarded_new(Make make) {
    Object* object = nullptr;
    const auto keep = [&] {
        object = new Object(make());
        return 0;
    };
    guarded(keep);
    return object;
}

// The picture of the sound's first chunk; of all of it where the recipe takes whole clips.
void draw_picture(Model& model, const float* samples, std::size_t count, int rate_hz, float* out) {
    const dslite::Pipeline& pipeline = model.pipeline();
    dslite::Scratch scratch;
    if (pipeline.chunk_samples() == 0) {
        const std::vector<float> sound =
            dslite::resample(samples, count, rate_hz, model.recipe().audio.sample_rate_hz);
        pipeline.check(sound.data(), sound.size());
        pipeline.picture(sound.data(), sound.size(), out, scratch);
        return;
    }
    bool drawn = false;
    const auto draw = [&](const dslite::StreamedChunk& chunk) {
        if (!drawn) pipeline.picture(chunk.samples, chunk.count, out, scratch);
        drawn = true;
    };
    dslite::ChunkStream chunks(pipeline, model.bundle().name(), rate_hz, 1);
    chunks.push(samples, count, draw);
    chunks.finish(draw);
    if (!drawn) throw std::invalid_argument("the sound holds no chunk to draw a picture of");
}

}  // namespace

DSLITE_WEB const char* dslite_error() { return error.c_str(); }
DSLITE_WEB int dslite_error_is_argument() { return is_argument ? 1 : 0; }

// The ends are the network's input and its outputs; without any the model has no network.
DSLITE_WEB Model* dslite_open(const std::uint8_t* bytes, std::size_t size, const char* name,
                              const End* ends, std::size_t count) {
    return guarded_new<Model>([&] {
        auto copy = std::make_shared<const std::vector<std::uint8_t>>(bytes, bytes + size);
        dslite::Bundle bundle = dslite::Bundle::parse(std::move(copy), name);
        bundle.check_network();
        auto network = count > 0 ? dslite::web::page_network(name, ends, count)
                                 : dslite::web::no_network(bundle);
        return Model(std::move(bundle), std::move(network));
    });
}

DSLITE_WEB void dslite_close(Model* model) { delete model; }

DSLITE_WEB const char* dslite_about(const Model* model) {
    return guarded_text([&] { return dslite::web::about(*model); });
}

DSLITE_WEB const char* dslite_verify(Model* model, int has_network) {
    return guarded_text([&] { return dslite::web::verify(*model, has_network != 0); });
}

// Mono sound at any rate → (height, width, channels), 0…255.
DSLITE_WEB int dslite_picture(Model* model, const float* samples, std::size_t count, int rate_hz,
                              float* out) {
    return guarded([&] {
        draw_picture(*model, samples, count, rate_hz, out);
        return 0;
    });
}

DSLITE_WEB Session* dslite_session(Model* model, int rate_hz, int channels, int is_recording,
                                   int shows_pictures, int explains) {
    return guarded_new<Session>([&] {
        return Session(*model, rate_hz, channels, is_recording != 0, explains != 0,
                       shows_pictures != 0 ? &dslite_show_picture : Session::Show());
    });
}

DSLITE_WEB void dslite_end_session(Session* session) { delete session; }

DSLITE_WEB const char* dslite_push(Session* session, const float* samples, std::size_t frames) {
    return guarded_text([&] { return session->push(samples, frames); });
}

DSLITE_WEB const char* dslite_finish(Session* session) {
    return guarded_text([&] { return session->finish(); });
}

// `head` is the beginning of a file.
DSLITE_WEB int dslite_is_wav(const std::uint8_t* head, std::size_t size) {
    return dslite::wav_is_readable(head, size) ? 1 : 0;
}

DSLITE_WEB SoundFile* dslite_open_sound(int handle, std::size_t size, const char* name) {
    return guarded_new<SoundFile>([&] { return SoundFile(handle, size, name); });
}

DSLITE_WEB void dslite_close_sound(SoundFile* file) { delete file; }

DSLITE_WEB const char* dslite_about_sound(const SoundFile* file) {
    return guarded_text([&] { return file->about(); });
}

DSLITE_WEB int dslite_read_sound(SoundFile* file, std::size_t frames, float* samples) {
    return guarded([&] { return file->read(frames, samples); });
}
