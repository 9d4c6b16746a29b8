#include "src/recipe/keys.hpp"

#include <type_traits>
#include <utility>

#include "dslite/limits.hpp"

namespace dslite {
namespace {

template <class Enum>
constexpr int at(Enum value) {
    static_assert(std::is_enum_v<Enum> && sizeof(Enum) == sizeof(int));
    return static_cast<int>(value);
}

constexpr Choice kNormalize[] = {{at(Normalize::none), "none"}, {at(Normalize::peak), "peak"}};
constexpr Choice kTail[] = {
    {at(Tail::pad), "pad"}, {at(Tail::repeat), "repeat"}, {at(Tail::drop), "drop"}};
constexpr Choice kWindow[] = {{at(Window::hann), "hann"},
                              {at(Window::hann_symmetric), "hann_symmetric"},
                              {at(Window::hamming), "hamming"},
                              {at(Window::povey), "povey"},
                              {at(Window::rectangular), "rectangular"}};
constexpr Choice kCenter[] = {
    {at(Center::none), "none"}, {at(Center::reflect), "reflect"}, {at(Center::zero), "zero"}};
constexpr Choice kMelScale[] = {{at(MelScale::htk), "htk"}, {at(MelScale::slaney), "slaney"}};
constexpr Choice kTriangles[] = {{at(Triangles::mel), "mel"}, {at(Triangles::hz), "hz"}};
constexpr Choice kMelNorm[] = {{at(MelNorm::none), "none"}, {at(MelNorm::slaney), "slaney"}};
constexpr Choice kScaleKind[] = {{at(ScaleKind::db), "db"},
                                 {at(ScaleKind::log), "log"},
                                 {at(ScaleKind::none), "none"},
                                 {at(ScaleKind::pcen), "pcen"}};
constexpr Choice kColormap[] = {
    {at(Colormap::viridis), "viridis"}, {at(Colormap::cividis), "cividis"},
    {at(Colormap::inferno), "inferno"}, {at(Colormap::magma), "magma"},
    {at(Colormap::plasma), "plasma"},   {at(Colormap::gray), "gray"},
    {at(Colormap::none), "none"}};
constexpr Choice kResize[] = {
    {at(ResizeMethod::nearest), "nearest"},   {at(ResizeMethod::bilinear), "bilinear"},
    {at(ResizeMethod::bicubic), "bicubic"},   {at(ResizeMethod::area), "area"},
    {at(ResizeMethod::lanczos3), "lanczos3"}, {at(ResizeMethod::lanczos5), "lanczos5"},
    {at(ResizeMethod::gaussian), "gaussian"}, {at(ResizeMethod::mitchellcubic), "mitchellcubic"}};
constexpr Choice kScaling[] = {{at(TensorScaling::torch), "torch"},
                               {at(TensorScaling::tf), "tf"},
                               {at(TensorScaling::caffe), "caffe"},
                               {at(TensorScaling::none), "none"}};
constexpr Choice kSmoothing[] = {{at(Smoothing::none), "none"},
                                 {at(Smoothing::mean), "mean"},
                                 {at(Smoothing::exponential), "exponential"}};

// section: a pointer to the section in the recipe; member: one to the field in the section.
template <auto section, auto member>
constexpr Key row(const char* table, const char* name, Kind kind, const Range& range = {},
                  const Choice* choices = nullptr, std::size_t choice_count = 0) {
    void* (*const field)(Recipe&) = [](Recipe& r) -> void* { return &(r.*section.*member); };
    return {table, name, kind, field, range, choices, choice_count};
}

template <auto section, auto member>
using Field = std::remove_reference_t<decltype(std::declval<Recipe&>().*section.*member)>;

template <auto section, auto member>
constexpr Key key(const char* table, const char* name, const Range& range) {
    using T = Field<section, member>;
    static_assert(std::is_same_v<T, int> || std::is_same_v<T, double>);
    constexpr Kind kind = std::is_same_v<T, int> ? Kind::integer : Kind::number;
    return row<section, member>(table, name, kind, range);
}

template <auto section, auto member, std::size_t n>
constexpr Key key(const char* table, const char* name, const Choice (&choices)[n]) {
    static_assert(std::is_enum_v<Field<section, member>>);
    return row<section, member>(table, name, Kind::choice, {}, choices, n);
}

template <auto section, auto member>
constexpr Key key(const char* table, const char* name) {
    constexpr bool is_flag = std::is_same_v<Field<section, member>, bool>;
    static_assert(is_flag || std::is_same_v<Field<section, member>, std::string>);
    return row<section, member>(table, name, is_flag ? Kind::flag : Kind::thresholds);
}

constexpr double kDay = 86400;
constexpr Range kStep = {"seconds", 0, kDay, nullptr, nullptr, true};
constexpr Range kOptional = {"seconds", 0, kDay, "off"};
constexpr Range kPixels = {"a whole number of pixels", 1, 8192};
static_assert(Recipe::kMix == kWord && Recipe::kReferenceMax == kWord, "one value outside ranges");

using R = Recipe;
constexpr Key kKeys[] = {
    key<&R::audio, &R::Audio::sample_rate_hz>("audio", "sample_rate_hz",
                                              {"a whole number of Hz", kMinRateHz, kMaxRateHz}),
    key<&R::audio, &R::Audio::channel>("audio", "channel",
                                       {"a channel number", 0, kMaxChannels - 1, nullptr, "mix"}),
    key<&R::audio, &R::Audio::normalize>("audio", "normalize", kNormalize),
    key<&R::chunk, &R::Chunk::seconds>("chunk", "seconds", {"seconds", 0, kDay, "the whole clip"}),
    key<&R::chunk, &R::Chunk::hop_seconds>("chunk", "hop_seconds", kStep),
    key<&R::chunk, &R::Chunk::tail>("chunk", "tail", kTail),
    key<&R::stft, &R::Stft::window_seconds>("stft", "window_seconds", kStep),
    key<&R::stft, &R::Stft::hop_seconds>("stft", "hop_seconds", kStep),
    key<&R::stft, &R::Stft::fft_seconds>("stft", "fft_seconds", kStep),
    key<&R::stft, &R::Stft::window>("stft", "window", kWindow),
    key<&R::stft, &R::Stft::center>("stft", "center", kCenter),
    key<&R::stft, &R::Stft::power>("stft", "power", {"a number", 0.1, 4}),
    key<&R::stft, &R::Stft::preemphasis>("stft", "preemphasis", {"a number", 0, 1}),
    key<&R::stft, &R::Stft::remove_dc>("stft", "remove_dc"),
    key<&R::mel, &R::Mel::bands>("mel", "bands", {"a whole number", 0, 4096, "no mel"}),
    key<&R::mel, &R::Mel::low_hz>("mel", "low_hz", {"Hz", 0, kMaxRateHz / 2}),
    key<&R::mel, &R::Mel::high_hz>("mel", "high_hz", {"Hz", 1e-3, kMaxRateHz / 2}),
    key<&R::mel, &R::Mel::scale>("mel", "scale", kMelScale),
    key<&R::mel, &R::Mel::triangles>("mel", "triangles", kTriangles),
    key<&R::mel, &R::Mel::norm>("mel", "norm", kMelNorm),
    key<&R::scale, &R::Scale::kind>("scale", "kind", kScaleKind),
    key<&R::scale, &R::Scale::amin>("scale", "amin", {"a number", 1e-37, 1e30}),
    key<&R::scale, &R::Scale::reference>("scale", "reference",
                                         {"a number", 1e-30, 1e30, nullptr, "max"}),
    key<&R::scale, &R::Scale::top_db>("scale", "top_db", {"dB", 0, 1000, "off"}),
    key<&R::mfcc, &R::Mfcc::count>("mfcc", "count", {"a whole number", 0, 4096, "off"}),
    key<&R::mfcc, &R::Mfcc::lifter>("mfcc", "lifter", {"a number", 0, 10000, "off"}),
    key<&R::picture, &R::Picture::colormap>("picture", "colormap", kColormap),
    key<&R::picture, &R::Picture::width>("picture", "width", kPixels),
    key<&R::picture, &R::Picture::height>("picture", "height", kPixels),
    key<&R::picture, &R::Picture::resize>("picture", "resize", kResize),
    key<&R::picture, &R::Picture::antialias>("picture", "antialias"),
    key<&R::tensor, &R::Tensor::scaling>("tensor", "scaling", kScaling),
    key<&R::decision, &R::Decision::smoothing>("decision", "smoothing", kSmoothing),
    key<&R::decision, &R::Decision::smoothing_chunks>("decision", "smoothing_chunks",
                                                      {"a whole number of answers", 1, 10000}),
    key<&R::decision, &R::Decision::smoothing_factor>("decision", "smoothing_factor",
                                                      {"a number", 0, 1, nullptr, nullptr, true}),
    key<&R::decision, &R::Decision::threshold>("decision", "threshold",
                                               {"a score", -1e30, 1e30, "the best class"}),
    key<&R::decision, &R::Decision::class_thresholds>("decision", "class_thresholds"),
    key<&R::decision, &R::Decision::minimum_seconds>("decision", "minimum_seconds", kOptional),
    key<&R::decision, &R::Decision::refractory_seconds>("decision", "refractory_seconds",
                                                        kOptional),
};

}  // namespace

Keys recipe_keys() { return {std::begin(kKeys), std::end(kKeys)}; }

}  // namespace dslite
