#include "arguments.hpp"

namespace dslite::tool {

const char* help_text() {
    return R"(Usage: dslite-run [options] MODEL CLIP.wav...
       dslite-run [options] MODEL -               raw PCM from standard input
       dslite-run [options] --mic[=DEVICE] MODEL  an ALSA device [default: default]
       dslite-run [options] --info|--verify|--bench MODEL

Answers for every chunk, one JSON object a line:

  $ dslite-run model.tflite dog.wav
  {"file": "dog.wav", "start": 0, "end": 4, "label": "dog", "scores": {"dog": 0.97, "rain": 0.03}}
  $ arecord -f S16_LE -r 16000 -t raw | dslite-run model.tflite -

start and end are seconds, live ones of the sound that came in. A model of values has the label null
and the values as its scores. SIGINT and SIGTERM end live sound: its tail is answered. Exit code:
0 all answered, 1 the model, a clip or the machine is at fault, 2 wrong usage.

Options:
  --events         print the recipe's [decision] events, as they end, instead of answers
  --explain        add to every answer "why": the regions of the picture that speak for its label, in
                   seconds of the sound and hertz, with their shares of all that does. The model must
                   have class maps (`dslite export RUN --explain`)
  --format NAME    of raw samples, little-endian: s16, s32 or f32 [default: s16]
  --rate HZ        of the sound that comes in, 100 to 768000 [default: the recipe's of '-', one that
                   the device has of --mic, 48000 of --bench]
  --channels N     interleaved, 1 to 1024 [default: 1]
  --info           print what the model is, and the library that runs it
  --verify         replay the model's golden clip; exit code 1 when a stage diverges
  --bench          time every stage; one JSON object
  --ops            with --bench: what the operators of each kind take of an inference, too, by the
                   names of the library, which must be LiteRT
  --threads N      of the inference, 1 to 256 [default: 1]
  --runtime PATH   the LiteRT or TensorFlow Lite library. Without it, in this order:
                   $DSLITE_TFLITE_LIBRARY, the ai-edge-litert package of this program's
                   Python environment, this program's folder, the loader's path
  -v, --verbose    show also what the libraries that it uses write to standard error
  --version        print the version
  -h, --help       print this
)";
}

}  // namespace dslite::tool
