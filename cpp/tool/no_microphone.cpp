// --mic where dslite-run knows no microphone: it records through ALSA, which is Linux's.
#include "dslite/error.hpp"
#include "live.hpp"

namespace dslite::tool {

int answer_microphone(Model& /*model*/, const Arguments& /*arguments*/,
                      const StopSignals& /*stop*/) {
    throw Error("--mic: only Linux's microphones are known: pipe raw PCM to '-' instead");
}

}  // namespace dslite::tool
