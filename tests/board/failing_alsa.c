/* A sound library whose microphone fails as real ones do, which no machine can be asked to: sound, an
 * overrun, sound, gone; refused once; back, and then silent until stopped. 16-bit samples count up. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { kReads = 4 };

static int opened = 0;
static int reads = 0;
static int16_t sample = 0;

int snd_pcm_open(void** pcm, const char* name, int stream, int mode) {
    (void)stream, (void)mode;
    if (strcmp(name, "flaky") != 0) return -ENOENT;
    if (++opened == 2) return -EBUSY;
    *pcm = &opened;
    reads = 0;
    return 0;
}

int snd_pcm_set_params(void* pcm, int format, int access, unsigned channels, unsigned rate,
                       int soft, unsigned latency_us) {
    (void)pcm, (void)access, (void)latency_us;
    return format == 2 && channels == 1 && rate == 16000 && soft == 0 ? 0 : -EINVAL;
}

long snd_pcm_readi(void* pcm, void* buffer, unsigned long frames) {
    (void)pcm;
    if (++reads > kReads) return opened == 1 ? -ENODEV : -EAGAIN;
    if (opened == 1 && reads == 2) return -EPIPE;
    int16_t* samples = buffer;
    for (unsigned long i = 0; i < frames; ++i) samples[i] = sample++;
    return (long)frames;
}

int snd_pcm_wait(void* pcm, int timeout_ms) {
    (void)pcm;
    usleep(1000 * (unsigned)timeout_ms);
    return 0;
}

int snd_pcm_close(void* pcm) { return (void)pcm, 0; }
int snd_pcm_prepare(void* pcm) { return (void)pcm, 0; }
int snd_pcm_start(void* pcm) { return (void)pcm, 0; }
const char* snd_strerror(int error) { return strerror(-error); }
int snd_lib_error_set_handler(void* handler) { return (void)handler, 0; }
