/* A program as others write it around the C API, in plain C:
 *
 *     answers MODEL RUNTIME RATE CHANNELS FRAMES_A_PUSH < float32.raw
 *
 * prints a line per answer (start, end, label, every score) and per event (start, end, label, peak). */
#include <dslite/dslite.h>
#include <stdio.h>
#include <stdlib.h>

static void check(dslite_status status) {
    if (status >= 0) return;
    fprintf(stderr, "answers: %s\n", dslite_last_error());
    exit(1);
}

static void show_events(const dslite_model* model, dslite_decision* decision) {
    dslite_event event;
    while (dslite_decision_next(decision, &event) == DSLITE_OK) {
        printf("event %.17g %.17g %s %.9g\n", event.start_s, event.end_s,
               dslite_model_label(model, event.label), (double)event.peak);
    }
}

static void show_answers(const dslite_model* model, dslite_stream* stream,
                         dslite_decision* decision) {
    dslite_answer answer;
    while (dslite_stream_next(stream, &answer) == DSLITE_OK) {
        size_t i;
        printf("answer %.17g %.17g %s", answer.start_s, answer.end_s,
               dslite_model_label(model, answer.best));
        for (i = 0; i < answer.score_count; ++i) printf(" %.9g", (double)answer.scores[i]);
        printf("\n");
        check(dslite_decision_push(decision, &answer));
        show_events(model, decision);
    }
}

int main(int count, char** words) {
    dslite_model* model = NULL;
    dslite_stream* stream = NULL;
    dslite_decision* decision = NULL;
    float* samples = NULL;
    size_t frames = 0;
    int channels = 0;
    if (count != 6) return 2;
    channels = atoi(words[4]);
    frames = (size_t)atol(words[5]);
    samples = malloc(frames * (size_t)channels * sizeof *samples);
    check(dslite_model_open(words[1], words[2], 1, &model));
    check(dslite_stream_open(model, atoi(words[3]), channels, 0, &stream));
    check(dslite_decision_open(model, &decision));
    for (;;) {
        const size_t got = fread(samples, (size_t)channels * sizeof *samples, frames, stdin);
        if (got == 0) break;
        check(dslite_stream_push(stream, samples, got));
        show_answers(model, stream, decision);
    }
    check(dslite_stream_finish(stream));
    show_answers(model, stream, decision);
    check(dslite_decision_finish(decision));
    show_events(model, decision);
    printf("%s, %s: %lu labels, %d Hz, %lu dropped\n", dslite_version(),
           dslite_model_is_classifier(model) ? "classes" : "values",
           (unsigned long)dslite_model_label_count(model), dslite_model_rate_hz(model),
           (unsigned long)dslite_stream_dropped(stream));
    dslite_model_close(model);
    dslite_stream_close(stream);
    dslite_decision_close(decision);
    free(samples);
    return 0;
}
