#include "page_network.hpp"

#include <emscripten.h>

#include <string_view>
#include <utility>

#include "dslite/error.hpp"
#include "dslite/recipe.hpp"
#include "src/model/bundle_text.hpp"

// `input` and `output` are of the network's types and sizes. Returns 0, or −1 when LiteRT.js failed.
EM_JS(int, dslite_run_network, (const void* input, void* output),
      { return Module.runNetwork(input, output); })

namespace dslite::web {
namespace {

class PageNetwork : public Interpreter {
  public:
    PageNetwork(TensorInfo input, TensorInfo output)
        : input_(std::move(input)), output_(std::move(output)) {}

    const TensorInfo& input() const override { return input_; }
    const TensorInfo& output() const override { return output_; }
    void run(const void* input, void* output) override {
        if (dslite_run_network(input, output) < 0)
            throw Error("LiteRT.js failed to run the network");
    }

  private:
    TensorInfo input_;
    TensorInfo output_;
};

class NoNetwork : public PageNetwork {
  public:
    using PageNetwork::PageNetwork;
    void run(const void*, void*) override {
        throw Error("the model was opened without its network, which answers need");
    }
};

TensorInfo tensor_info(const End& end) {
    TensorInfo info;
    info.type = static_cast<ElementType>(end.type);
    info.shape.assign(end.shape, end.shape + end.rank);
    info.scale = end.scale;
    info.zero_point = end.zero_point;
    return info;
}

}  // namespace

std::unique_ptr<Interpreter> page_network(const End& input, const End& output) {
    return std::make_unique<PageNetwork>(tensor_info(input), tensor_info(output));
}

std::unique_ptr<Interpreter> no_network(const Bundle& bundle) {
    const Recipe recipe =
        read_text(bundle, "recipe.toml", [](std::string_view text) { return Recipe::parse(text); });
    TensorInfo input;
    input.shape = {1, recipe.picture.height, recipe.picture.width, recipe.channels()};
    TensorInfo output;
    output.shape = {1, static_cast<int>(bundle.labels().size())};
    return std::make_unique<NoNetwork>(std::move(input), std::move(output));
}

}  // namespace dslite::web
