#include "src/recipe/keys.hpp"

#include <cstddef>
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

constexpr Key row(const char* table, const char* name, std::size_t offset, Kind kind) {
    Key key{};
    for (std::size_t i = 0; table[i] != '\0'; ++i) key.table[i] = table[i];
    for (std::size_t i = 0; name[i] != '\0'; ++i) key.name[i] = name[i];
    key.kind = kind;
    key.offset = static_cast<unsigned short>(offset);
    return key;
}

template <class T>
constexpr Key key(const char* table, const char* name, std::size_t offset, const Range& range) {
    static_assert(std::is_same_v<T, int> || std::is_same_v<T, double>);
    Key key = row(table, name, offset, std::is_same_v<T, int> ? Kind::integer : Kind::number);
    key.range = range;
    return key;
}

template <class T, std::size_t n>
constexpr Key key(const char* table, const char* name, std::size_t offset,
                  const Choice (&choices)[n]) {
    static_assert(std::is_enum_v<T>);
    Key key = row(table, name, offset, Kind::choice);
    key.choices = choices;
    key.choice_count = n;
    return key;
}

template <class T>
constexpr Key key(const char* table, const char* name, std::size_t offset, Kind kind) {
    static_assert(std::is_same_v<T, bool> || std::is_same_v<T, std::string>);
    return row(table, name, offset, kind);
}

// The row of a member of a member, which the key is named after.
#define DSLITE_KEY(table, name, ...)                                                               \
    key<decltype(std::declval<Recipe&>().table.name)>(#table, #name, offsetof(Recipe, table.name), \
                                                      __VA_ARGS__)

constexpr double kDay = 86400;
constexpr Range kStep = {"seconds", 0, kDay, nullptr, nullptr, true};
constexpr Range kOptional = {"seconds", 0, kDay, "off"};
constexpr Range kPixels = {"a whole number of pixels", 1, 8192};
static_assert(Recipe::kMix == kWord && Recipe::kReferenceMax == kWord, "one value outside ranges");

constexpr Key kKeys[] = {
    DSLITE_KEY(audio, sample_rate_hz, Range{"a whole number of Hz", kMinRateHz, kMaxRateHz}),
    DSLITE_KEY(audio, channel, Range{"a channel number", 0, kMaxChannels - 1, nullptr, "mix"}),
    DSLITE_KEY(audio, normalize, kNormalize),
    DSLITE_KEY(chunk, seconds, Range{"seconds", 0, kDay, "the whole clip"}),
    DSLITE_KEY(chunk, hop_seconds, kStep),
    DSLITE_KEY(chunk, tail, kTail),
    DSLITE_KEY(stft, window_seconds, kStep),
    DSLITE_KEY(stft, hop_seconds, kStep),
    DSLITE_KEY(stft, fft_seconds, kStep),
    DSLITE_KEY(stft, window, kWindow),
    DSLITE_KEY(stft, center, kCenter),
    DSLITE_KEY(stft, power, Range{"a number", 0.1, 4}),
    DSLITE_KEY(stft, preemphasis, Range{"a number", 0, 1}),
    DSLITE_KEY(stft, remove_dc, Kind::flag),
    DSLITE_KEY(mel, bands, Range{"a whole number", 0, 4096, "no mel"}),
    DSLITE_KEY(mel, low_hz, Range{"Hz", 0, kMaxRateHz / 2.0}),
    DSLITE_KEY(mel, high_hz, Range{"Hz", 1e-3, kMaxRateHz / 2.0}),
    DSLITE_KEY(mel, scale, kMelScale),
    DSLITE_KEY(mel, triangles, kTriangles),
    DSLITE_KEY(mel, norm, kMelNorm),
    DSLITE_KEY(scale, kind, kScaleKind),
    DSLITE_KEY(scale, amin, Range{"a number", 1e-37, 1e30}),
    DSLITE_KEY(scale, reference, Range{"a number", 1e-30, 1e30, nullptr, "max"}),
    DSLITE_KEY(scale, top_db, Range{"dB", 0, 1000, "off"}),
    DSLITE_KEY(mfcc, count, Range{"a whole number", 0, 4096, "off"}),
    DSLITE_KEY(mfcc, lifter, Range{"a number", 0, 10000, "off"}),
    DSLITE_KEY(picture, colormap, kColormap),
    DSLITE_KEY(picture, width, kPixels),
    DSLITE_KEY(picture, height, kPixels),
    DSLITE_KEY(picture, resize, kResize),
    DSLITE_KEY(picture, antialias, Kind::flag),
    DSLITE_KEY(tensor, scaling, kScaling),
    DSLITE_KEY(decision, smoothing, kSmoothing),
    DSLITE_KEY(decision, smoothing_chunks, Range{"a whole number of answers", 1, 10000}),
    DSLITE_KEY(decision, smoothing_factor, Range{"a number", 0, 1, nullptr, nullptr, true}),
    DSLITE_KEY(decision, threshold, Range{"a score", -1e30, 1e30, "the best class"}),
    DSLITE_KEY(decision, class_thresholds, Kind::thresholds),
    DSLITE_KEY(decision, minimum_seconds, kOptional),
    DSLITE_KEY(decision, refractory_seconds, kOptional),
};

}  // namespace

Keys recipe_keys() { return {std::begin(kKeys), std::end(kKeys)}; }

}  // namespace dslite
