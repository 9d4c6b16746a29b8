/* The C API of dslite: sound in, answers and events out, from one model file.
 *
 *     dslite_model* model;
 *     dslite_stream* stream;
 *     dslite_answer answer;
 *     if (dslite_model_open("model.tflite", NULL, 1, &model) != DSLITE_OK) fail(dslite_last_error());
 *     if (dslite_stream_open(model, 48000, 2, 0, &stream) != DSLITE_OK) fail(dslite_last_error());
 *     while (read_sound(samples, &frames)) {
 *         if (dslite_stream_push(stream, samples, frames) < 0) fail(dslite_last_error());
 *         while (dslite_stream_next(stream, &answer) == DSLITE_OK) {
 *             printf("%g s: %s\n", answer.start_s, dslite_model_label(model, answer.best));
 *         }
 *     }
 *     dslite_stream_close(stream);
 *     dslite_model_close(model);
 *
 * Errors. Functions that can fail return a dslite_status, negative when they did, and leave what was
 * wrong, in one line, for dslite_last_error(). What they were to fill in is then unchanged. No C++
 * exception leaves the library; it never prints and never ends the process. Null where an object or
 * a result is expected is DSLITE_INVALID_ARGUMENT; closing null does nothing.
 *
 * Threads. A model may be shared by any number of threads and streams, which take turns at its
 * network. A stream or a decision is used by one thread at a time; which one may change. Each thread
 * has its own dslite_last_error(). A model may be closed before its streams and decisions: they keep
 * what they need.
 *
 * The ABI of version 0 may change with the minor version; the library's SOVERSION follows the major.
 */
#ifndef DSLITE_H_
#define DSLITE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(DSLITE_API) /* by the build of a DLL */
#elif defined(__GNUC__)
#define DSLITE_API __attribute__((visibility("default")))
#else
#define DSLITE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dslite_status {
    DSLITE_OK = 0,
    DSLITE_NOTHING = 1,           /* there is no answer or event (yet) */
    DSLITE_INVALID_ARGUMENT = -1, /* the call is at fault */
    DSLITE_FAILED = -2,           /* a file, the model or the inference runtime is */
    DSLITE_OUT_OF_MEMORY = -3
} dslite_status;

/* "0.1.0". */
DSLITE_API const char* dslite_version(void);
/* What was wrong in this thread's last call that failed; "" before any. Valid until its next one. */
DSLITE_API const char* dslite_last_error(void);

/* --- A model: recipe, labels and network of one file ------------------------------------------- */

typedef struct dslite_model dslite_model;

/* `runtime` is the path of a LiteRT or TensorFlow Lite library; null: $DSLITE_TFLITE_LIBRARY, next to
 * the program, the loader's path, in this order. `threads` ≥ 1 are the inference's own. */
DSLITE_API dslite_status dslite_model_open(const char* path, const char* runtime, int threads,
                                           dslite_model** model);
DSLITE_API void dslite_model_close(dslite_model* model);

/* How many labels, and scores of an answer, there are; 0 of null. */
DSLITE_API size_t dslite_model_label_count(const dslite_model* model);
/* UTF-8, valid as long as the model is open; null when there is no such label. */
DSLITE_API const char* dslite_model_label(const dslite_model* model, size_t index);
/* 1 when the scores are of classes, 0 when they are values. */
DSLITE_API int dslite_model_is_classifier(const dslite_model* model);
/* The rate the model works at. Streams take any; this one spares the resampling. */
DSLITE_API int dslite_model_rate_hz(const dslite_model* model);

/* --- A stream: sound in, answers out ------------------------------------------------------------ */

typedef struct dslite_stream dslite_stream;

typedef struct dslite_answer {
    double start_s;      /* of the chunk, since the stream was opened */
    double end_s;        /* of the sound in it */
    size_t best;         /* index of the label with the highest score */
    const float* scores; /* one per label; valid until the next call with this stream */
    size_t score_count;
} dslite_answer;

/* Sound will come at `rate_hz` (100 … 768000) with `channels` interleaved channels (1 … 1024). Up to
 * `max_answers` (0: 1024) wait to be taken; after that the oldest are dropped, and counted. A model
 * that takes whole clips (chunk.seconds = 0) cannot be streamed: DSLITE_FAILED. */
DSLITE_API dslite_status dslite_stream_open(dslite_model* model, int rate_hz, int channels,
                                            size_t max_answers, dslite_stream** stream);
DSLITE_API void dslite_stream_close(dslite_stream* stream);

/* Takes frames · channels samples, full scale ±1, and answers for every chunk they complete. A sample
 * that is not finite, or a finished stream, is DSLITE_INVALID_ARGUMENT: nothing of the push is taken.
 * After DSLITE_FAILED (the network's) all of it is, and one answer is missing. */
DSLITE_API dslite_status dslite_stream_push(dslite_stream* stream, const float* samples,
                                            size_t frames);
/* The sound has ended: answers for what is left, as the recipe says. */
DSLITE_API dslite_status dslite_stream_finish(dslite_stream* stream);
/* The oldest answer not taken yet, or DSLITE_NOTHING. */
DSLITE_API dslite_status dslite_stream_next(dslite_stream* stream, dslite_answer* answer);

/* Why: a part of the chunk's picture that speaks for a label. */
typedef struct dslite_region {
    double start_s; /* since the stream was opened */
    double end_s;
    double low_hz; /* both -1 where the picture's rows are no frequencies (MFCC) */
    double high_hz;
    double share; /* of all that speaks for the label, 0 … 1 */
} dslite_region;

/* The strongest regions for the label of that index in the answer last taken by dslite_stream_next(), the
 * largest share first: up to `capacity` of them to `regions`, and how many there are, three at most, to
 * `count`. DSLITE_NOTHING before the first answer; DSLITE_INVALID_ARGUMENT where there is no such label, or
 * the model has no class maps (`dslite export RUN --explain` adds them). */
DSLITE_API dslite_status dslite_stream_explain(dslite_stream* stream, size_t label,
                                               dslite_region* regions, size_t capacity,
                                               size_t* count);
/* How many answers were dropped because nobody took them; 0 of null. */
DSLITE_API uint64_t dslite_stream_dropped(const dslite_stream* stream);

/* --- A recording: a WAV file in, answers out ------------------------------------------------------ */

typedef struct dslite_recording dslite_recording;

/* Reads the head of a WAV file; the rest comes as answers ask for it, so that memory does not grow with the
 * file. DSLITE_FAILED when it cannot be opened or is no WAV with sound. */
DSLITE_API dslite_status dslite_recording_open(dslite_model* model, const char* path,
                                               dslite_recording** recording);
DSLITE_API void dslite_recording_close(dslite_recording* recording);
/* Where the file is not as long as its header says, in words: "read 12 of 16 s: the file ends early". Usually
 * "", also of null. Of a pipe it is known at its end only. Valid until the next call with this recording. */
DSLITE_API const char* dslite_recording_warning(const dslite_recording* recording);
/* The next chunk's answer, or DSLITE_NOTHING at the end; its scores are valid until the next call with this
 * recording. DSLITE_FAILED where the file cannot be read further, a sample is not finite, the network fails,
 * or the recording holds no chunk; what follows is DSLITE_NOTHING. One thread at a time. */
DSLITE_API dslite_status dslite_recording_next(dslite_recording* recording, dslite_answer* answer);

/* --- A decision: answers in, events out ----------------------------------------------------------- */

typedef struct dslite_decision dslite_decision;

typedef struct dslite_event {
    double start_s;
    double end_s;
    size_t label; /* index */
    float peak;   /* highest smoothed score */
} dslite_event;

/* Smoothing, thresholds, minimum duration and refractory time are those of the model's recipe. */
DSLITE_API dslite_status dslite_decision_open(dslite_model* model, dslite_decision** decision);
DSLITE_API void dslite_decision_close(dslite_decision* decision);

/* The answers of one stream, one after the other. */
DSLITE_API dslite_status dslite_decision_push(dslite_decision* decision,
                                              const dslite_answer* answer);
/* The stream has ended: so do the events still open. What is pushed next is a new stream. */
DSLITE_API dslite_status dslite_decision_finish(dslite_decision* decision);
/* The oldest event not taken yet, or DSLITE_NOTHING. */
DSLITE_API dslite_status dslite_decision_next(dslite_decision* decision, dslite_event* event);
/* Up to 1024 events, or one per label if those are more, wait to be taken. How many older ones were
 * dropped because nobody took them; 0 of null. */
DSLITE_API uint64_t dslite_decision_dropped(const dslite_decision* decision);

#ifdef __cplusplus
}
#endif

#endif /* DSLITE_H_ */
