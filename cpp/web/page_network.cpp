#include "page_network.hpp"

#include <emscripten.h>

#include <string_view>
#include <utility>
#include <vector>

#include "dslite/error.hpp"
#include "dslite/recipe.hpp"
#include "src/model/bundle_text.hpp"
#include "src/runtime/backends.hpp"

// Both return 0, or −1 when LiteRT.js failed. What is read and written is of the network's types and sizes.
EM_JS(int, dslite_run_network, (const void* input), { return Module.runNetwork(input); })
EM_JS(int, dslite_read_output, (std::size_t index, void* out),
      { return Module.readOutput(index, out); })

namespace dslite::web {
namespace {

class PageNetwork : public Interpreter {
  public:
    PageNetwork(const std::string& name, TensorInfo input, std::vector<TensorInfo> outputs)
        : input_(std::move(input)),
          outputs_(std::move(outputs)),
          scores_(index_of_scores(name, outputs_)) {}

    const TensorInfo& input() const override { return input_; }
    const TensorInfo& output() const override { return outputs_[scores_]; }
    const TensorInfo* maps() const override {
        return outputs_.size() > 1 ? &outputs_[1 - scores_] : nullptr;
    }
    void run(const void* input, void* output) override {
        check(dslite_run_network(input));
        check(dslite_read_output(scores_, output));
    }
    void read_maps(void* out) override { check(dslite_read_output(1 - scores_, out)); }

  private:
    static void check(int status) {
        if (status < 0) throw Error("LiteRT.js failed to run the network");
    }

    TensorInfo input_;
    std::vector<TensorInfo> outputs_;
    std::size_t scores_;  // which of the outputs
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

std::unique_ptr<Interpreter> page_network(const std::string& name, const End* ends,
                                          std::size_t count) {
    check_ends(name, 1, count - 1);
    std::vector<TensorInfo> outputs;
    for (std::size_t i = 1; i < count; ++i) outputs.push_back(tensor_info(ends[i]));
    return std::make_unique<PageNetwork>(name, tensor_info(ends[0]), std::move(outputs));
}

std::unique_ptr<Interpreter> no_network(const Bundle& bundle) {
    const Recipe recipe =
        read_text(bundle, "recipe.toml", [](std::string_view text) { return Recipe::parse(text); });
    TensorInfo input;
    input.shape = {1, recipe.picture.height, recipe.picture.width, recipe.channels()};
    TensorInfo output;
    output.shape = {1, static_cast<int>(bundle.labels().size())};
    return std::make_unique<NoNetwork>(bundle.name(), std::move(input),
                                       std::vector<TensorInfo>{std::move(output)});
}

}  // namespace dslite::web
