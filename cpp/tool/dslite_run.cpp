// dslite-run: one model file and sound in, JSON lines out. No Python, no iostream (which alone
// would be half of the program).
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "dslite/bundle.hpp"
#include "dslite/error.hpp"
#include "dslite/model.hpp"
#include "dslite/signal.hpp"
#include "dslite/stage_bench.hpp"
#include "dslite/verify.hpp"
#include "exit_code.hpp"
#include "json.hpp"
#include "live.hpp"
#include "output.hpp"
#include "platform/process.hpp"
#include "platform/stop_signals.hpp"

namespace dslite::tool {
namespace {

RuntimeOptions runtime_options(const Arguments& arguments) {
    RuntimeOptions options;
    options.library = arguments.runtime;
    options.package_folder = platform::litert_package();
    options.threads = arguments.threads;
    return options;
}

// One line of what is wrong, naming the clip once (the WAV reader names it itself).
std::string about(const std::string& clip, const char* what) {
    const std::string text = what;
    return text.compare(0, clip.size(), clip) == 0 ? text : clip + ": " + text;
}

// A signal asked to stop, between two answers.
class Stopped : public std::exception {};

void answer_clip(Model& model, const std::string& clip, const Arguments& arguments,
                 const StopSignals& stop) {
    const Recipe::Audio& audio = model.recipe().audio;
    SignalReader signal(clip, audio.sample_rate_hz, audio.channel);
    bool warned = false;
    const auto warn = [&] {  // once it is known: of a pipe at its end
        if (warned || signal.warning().empty()) return;
        warned = true;
        complain(clip + ": " + signal.warning());
    };
    warn();
    Printer printer(model, clip, arguments);
    const auto next_block = [&](std::vector<float>& block) {
        if (stop.raised()) throw Stopped();
        return signal.next(block);
    };
    model.predict(next_block, [&](const Answer& one) {
        if (stop.raised()) throw Stopped();
        printer.take(one);
    });
    warn();
    printer.finish();
}

int answer_clips(Model& model, const Arguments& arguments, const StopSignals& stop) {
    const std::string of_all = " of " + std::to_string(arguments.clips.size()) + " clips";
    std::size_t done = 0;
    std::size_t failed = 0;
    for (const std::string& clip : arguments.clips) {
        try {
            answer_clip(model, clip, arguments, stop);
            ++done;
        } catch (const OutputError&) {
            throw;
        } catch (const std::bad_alloc&) {
            complain(clip + ": out of memory");
            ++failed;
        } catch (const std::exception& error) {
            if (stop.raised()) {  // which also ends what waits for a pipe
                complain("stopped by a signal: answered " + std::to_string(done) + of_all);
                return kFailed;
            }
            complain(about(clip, error.what()));
            ++failed;
        }
    }
    if (failed == 0) return kDone;
    complain(std::to_string(failed) + of_all + " failed");
    return kFailed;
}

int answer(const Arguments& arguments) {
    const StopSignals stop;
    Model model(arguments.model, runtime_options(arguments));
    switch (arguments.source) {
        case Source::standard_input: return answer_standard_input(model, arguments, stop);
        case Source::microphone: return answer_microphone(model, arguments, stop);
        case Source::clips: break;
    }
    return answer_clips(model, arguments, stop);
}

// The front end first: it can be verified without a library to run the network.
int verify(const Arguments& arguments) {
    Verification all = verify_front_end(Bundle::open(arguments.model));
    for (const StageCheck& check : all.stages) write_out(check.text() + "\n");
    if (all.first_divergence() == nullptr) {
        Model model(arguments.model, runtime_options(arguments));
        all = verify(model);
        write_out(all.stages.back().text() + "\n");
    }
    const StageCheck* first = all.first_divergence();
    if (first == nullptr) return kDone;
    complain(arguments.model + ": this machine diverges at " + first->text());
    return kFailed;
}

std::string to_json(const StageBench& bench) {
    std::string stages;
    for (const StageTime& time : bench.stages) {
        stages += (stages.empty() ? "" : ", ") + json_string(time.stage) +
                  ": {\"median_ms\": " + json_number(time.median_ms) +
                  ", \"p99_ms\": " + json_number(time.p99_ms) + "}";
    }
    return "{\"stages\": {" + stages + "}, \"repeats\": " + std::to_string(bench.repeats) +
           ", \"chunk_seconds\": " + json_number(bench.chunk_seconds) +
           ", \"hop_seconds\": " + json_number(bench.hop_seconds) +
           ", \"real_time_factor\": " + json_number(bench.real_time_factor) +
           ", \"peak_memory_bytes\": " + std::to_string(bench.peak_memory_bytes) +
           ", \"isa\": " + json_string(bench.isa) + ", \"runtime\": " + json_string(bench.runtime);
}

std::string to_json(const std::vector<OperatorTime>& times) {
    std::string text = ", \"operators\": [";
    for (const OperatorTime& time : times) {
        if (text.back() != '[') text += ", ";
        text += "{\"kind\": " + json_string(time.kind) +
                ", \"count\": " + std::to_string(time.count) + ", \"ms\": " + json_number(time.ms) +
                "}";
    }
    return text + "]";
}

int bench(const Arguments& arguments) {
    RuntimeOptions runtime = runtime_options(arguments);
    StageBenchOptions options;
    if (arguments.rate_hz > 0) options.rate_hz = arguments.rate_hz;
    std::string operators;
    if (arguments.operators) {
        runtime.times_operators = true;
        Model model(arguments.model, runtime);
        operators = to_json(bench_operators(model, options));
        runtime.times_operators = false;  // which takes time of its own from the stages
    }
    Model model(arguments.model, runtime);
    write_out(to_json(bench_stages(model, options)) + operators + "}\n");
    return kDone;
}

std::string describe(const TensorInfo& info) {
    std::string text = info.type == ElementType::float32 ? "float32"
                       : info.type == ElementType::int8  ? "int8"
                                                         : "uint8";
    text += " (";
    for (std::size_t i = 0; i < info.shape.size(); ++i) {
        text += (i > 0 ? ", " : "") + std::to_string(info.shape[i]);
    }
    text += ")";
    if (info.type == ElementType::float32) return text;
    return text + ", scale " + json_number(info.scale) + ", zero point " +
           std::to_string(info.zero_point);
}

// The bundle first: it can be told without a library to run it.
int info(const Arguments& arguments) {
    const Bundle bundle = Bundle::open(arguments.model);
    bundle.check_network();
    std::string text = "model    " + bundle.name() + ", " + std::to_string(bundle.bytes()->size()) +
                       " bytes\nlabels   ";
    const std::vector<std::string> labels = bundle.labels();
    for (std::size_t i = 0; i < labels.size(); ++i) text += (i > 0 ? ", " : "") + labels[i];
    text += "\n\n# model.toml\n" + std::string(bundle.read("model.toml"));
    text += "\n# recipe.toml\n" + std::string(bundle.read("recipe.toml")) + "\n";
    write_out(printable(text, "\n\t"));
    const Model model(arguments.model, runtime_options(arguments));
    write_out("runtime  " + model.runtime() + "\ninput    " + describe(model.input()) +
              "\noutput   " + describe(model.output()) + "\n");
    return kDone;
}

int run(const std::vector<std::string>& words) {
    const Arguments arguments = parse_arguments(words);
    if (!arguments.verbose) silence_libraries();
    switch (arguments.action) {
        case Action::help: write_out(help_text()); return kDone;
        case Action::version: write_out("dslite-run " DSLITE_VERSION "\n"); return kDone;
        case Action::info: return info(arguments);
        case Action::verify: return verify(arguments);
        case Action::bench: return bench(arguments);
        case Action::answer: return answer(arguments);
    }
    return kDone;
}

}  // namespace
}  // namespace dslite::tool

int main(int count, char** words) {
    using namespace dslite::tool;
    try {
        return run(dslite::platform::start_program(count, words));
    } catch (const UsageError& error) {
        complain(std::string(error.what()) + " (see dslite-run --help)");
        return kWrongUsage;
    } catch (const std::bad_alloc&) {
        complain("out of memory");
    } catch (const std::exception& error) {
        complain(error.what());
    }
    return kFailed;
}
