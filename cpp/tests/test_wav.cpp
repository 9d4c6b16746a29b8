#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "check.hpp"
#include "dslite/error.hpp"
#include "dslite/wav.hpp"

namespace {

using dslite::decode_wav;
using Bytes = std::vector<std::uint8_t>;

constexpr unsigned kPcm = 1;
constexpr unsigned kFloat = 3;

// Little-endian integers and chunks, as a writer lays them down.
void put(Bytes& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

Bytes chunk(const char* id, const Bytes& data) {
    Bytes out(id, id + 4);
    put(out, data.size(), 4);
    put(out, data);
    if (data.size() % 2 == 1) out.push_back(0);
    return out;
}

struct Format {
    unsigned tag = kPcm;
    unsigned channels = 1;
    unsigned bits = 16;
    unsigned rate_hz = 16000;
    int block_align = -1;  // -1: the right one
};

Bytes format_chunk(const Format& f) {
    const unsigned frame_bytes =
        f.block_align < 0 ? f.channels * f.bits / 8 : static_cast<unsigned>(f.block_align);
    Bytes data;
    put(data, f.tag, 2);
    put(data, f.channels, 2);
    put(data, f.rate_hz, 4);
    put(data, f.rate_hz * frame_bytes, 4);
    put(data, frame_bytes, 2);
    put(data, f.bits, 2);
    return chunk("fmt ", data);
}

Bytes extensible_chunk(const Format& f) {
    Bytes data = format_chunk(f);
    data.erase(data.begin(), data.begin() + 8);
    data[0] = 0xFE;
    data[1] = 0xFF;
    put(data, 22, 2);
    put(data, f.bits, 2);  // valid bits
    put(data, 0, 4);       // loudspeakers
    put(data, f.tag, 2);
    put(data, {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71});
    return chunk("fmt ", data);
}

Bytes riff(const std::vector<Bytes>& chunks) {
    Bytes body = {'W', 'A', 'V', 'E'};
    for (const Bytes& one : chunks) put(body, one);
    Bytes out = {'R', 'I', 'F', 'F'};
    put(out, body.size(), 4);
    put(out, body);
    return out;
}

Bytes wav(const Format& f, const Bytes& data) {
    return riff({format_chunk(f), chunk("data", data)});
}

dslite::Audio decoded(const Bytes& bytes) {
    return decode_wav(bytes.data(), bytes.size(), "t.wav");
}

template <typename T>
Bytes raw(std::initializer_list<T> values) {
    Bytes out(values.size() * sizeof(T));
    std::memcpy(out.data(), std::data(values), out.size());  // the tests run on little-endian
    return out;
}

void check_samples(const Bytes& bytes, const std::vector<float>& expected) {
    const dslite::Audio audio = decoded(bytes);
    CHECK_EQ(audio.samples.size(), expected.size());
    CHECK(audio.samples == expected);
    CHECK(dslite::wav_is_readable(bytes.data(), bytes.size()));
}

TEST(integers_are_divided_by_full_scale) {
    check_samples(wav({kPcm, 1, 8}, {0, 127, 128, 255}), {-1.0F, -1.0F / 128, 0.0F, 127.0F / 128});
    check_samples(wav({kPcm, 1, 16}, raw<std::int16_t>({-32768, -1, 0, 32767})),
                  {-1.0F, -1.0F / 32768, 0.0F, 32767.0F / 32768});
    check_samples(wav({kPcm, 1, 24}, {0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}),
                  {-1.0F, -1.0F / 8388608, 8388607.0F / 8388608});
    check_samples(wav({kPcm, 1, 32}, raw<std::int32_t>({INT32_MIN, -1, 1 << 30, INT32_MAX})),
                  {-1.0F, -1.0F / 2147483648.0F, 0.5F, 1.0F});
}

TEST(floats_are_taken_as_they_are) {
    const float tiny = std::numeric_limits<float>::denorm_min();
    check_samples(wav({kFloat, 1, 32}, raw<float>({-0.1F, tiny, 3.0e38F})), {-0.1F, tiny, 3.0e38F});
    check_samples(wav({kFloat, 1, 64}, raw<double>({0.1, -2.0, 1e-300})), {0.1F, -2.0F, 0.0F});
}

TEST(extensible_formats_are_unwrapped) {
    check_samples(riff({extensible_chunk({kPcm, 2, 16}), chunk("data", raw<std::int16_t>({1, 2}))}),
                  {1.0F / 32768, 2.0F / 32768});
    check_samples(riff({extensible_chunk({kFloat, 1, 32}), chunk("data", raw<float>({0.25F}))}),
                  {0.25F});
}

TEST(channels_stay_interleaved) {
    const dslite::Audio audio =
        decoded(wav({kPcm, 3, 16, 8000}, raw<std::int16_t>({1, 2, 3, 4, 5, 6})));
    CHECK_EQ(audio.channels, 3);
    CHECK_EQ(audio.rate_hz, 8000);
    CHECK_EQ(audio.frames(), std::size_t{2});
    CHECK_EQ(audio.samples[4], 5.0F / 32768);
}

TEST(other_chunks_and_padding_are_stepped_over) {
    const Bytes data = chunk("data", {127, 128, 129});
    const std::vector<float> expected = {-1.0F / 128, 0.0F, 1.0F / 128};
    const Bytes odd = chunk("LIST", {1, 2, 3, 4, 5});
    check_samples(
        riff({odd, format_chunk({kPcm, 1, 8}), odd, chunk("fact", {3, 0, 0, 0}), data, odd}),
        expected);
    // What follows the data is nobody's business, even when it is cut off.
    Bytes cut = riff({format_chunk({kPcm, 1, 8}), data, odd});
    cut.resize(cut.size() - 4);
    check_samples(cut, expected);
}

TEST(a_recording_into_a_pipe_reaches_to_the_end) {
    Bytes bytes = wav({kPcm, 1, 16}, raw<std::int16_t>({1, 2, 3}));
    for (std::size_t i = 40; i < 44; ++i) bytes[i] = 0xFF;
    check_samples(bytes, {1.0F / 32768, 2.0F / 32768, 3.0F / 32768});
    bytes.pop_back();  // interrupted within a frame
    check_samples(bytes, {1.0F / 32768, 2.0F / 32768});
}

TEST(what_is_no_wav_is_refused) {
    CHECK_THROWS(decoded({}), dslite::Error, "t.wav: the file is empty");
    CHECK_THROWS(decoded({'R', 'I', 'F', 'F'}), dslite::Error, "t.wav: this is no RIFF/WAVE file");
    Bytes big_endian = wav({}, raw<std::int16_t>({1}));
    big_endian[3] = 'X';
    CHECK_THROWS(decoded(big_endian), dslite::Error, "this is no RIFF/WAVE file");
    CHECK(!dslite::wav_is_readable(big_endian.data(), big_endian.size()));
    CHECK(!dslite::wav_is_readable(nullptr, 0));
}

// 16 kHz, 16 bits, one channel: 16000 frames, of which the data chunk says `says` bytes.
Bytes a_second(std::uint32_t says, std::size_t bytes_held) {
    Bytes bytes = wav({}, Bytes(32000, 0xC0));
    for (std::size_t i = 0; i < 4; ++i) bytes[40 + i] = static_cast<std::uint8_t>(says >> 8 * i);
    bytes.resize(44 + bytes_held, 0xC0);
    return bytes;
}

void check_read(const Bytes& bytes, std::size_t frames, const std::string& warning) {
    const dslite::Audio audio = decoded(bytes);
    CHECK_EQ(audio.frames(), frames);
    CHECK_EQ(audio.warning, warning);
}

TEST(sizes_are_hints) {
    check_read(a_second(32000, 32000), 16000, "");
    check_read(a_second(0, 32000), 16000, "read 1 s to the end of the file: its header says 0");
    const std::string no_length = "read 1 s to the end of the file: its header gives no length";
    check_read(a_second(0x7FFFFFFF, 32000), 16000, no_length);
    check_read(a_second(0x80000000, 32000), 16000, no_length);
    check_read(a_second(0x7FFFF000, 32000), 16000, no_length);
    check_read(a_second(0xFFFFFFFF, 32000), 16000, "");
    check_read(a_second(32000, 8000), 4000, "read 0.25 of 1 s: the file ends early");
    check_read(a_second(32000, 8001), 4000, "read 0.25 of 1 s: the file ends early");
    check_read(a_second(8000, 32000), 16000,
               "read 1 s to the end of the file: its header says 0.25");
    check_read(a_second(31999, 31999), 15999, "read 0.999938 s: the sound ends within a frame");
}

TEST(chunks_after_the_sound_are_not_sound) {
    const Bytes list = chunk("LIST", {'I', 'N', 'F', 'O'});
    const Bytes after = riff({format_chunk({}), chunk("data", Bytes(100, 0xC0)), list, list});
    check_read(after, 50, "");
    Bytes junk = riff({format_chunk({}), chunk("data", Bytes(100, 0xC0))});
    put(junk, Bytes(5, 0xC0));  // too short to be anything
    check_read(junk, 50, "");
}

TEST(files_beyond_32_bits_say_their_size_elsewhere) {
    for (const char* name : {"RF64", "BW64"}) {
        Bytes sizes(28);
        sizes[8] = 6;  // bytes of sound
        Bytes bytes = riff({chunk("ds64", sizes), format_chunk({}), chunk("data", Bytes(6, 1)),
                            chunk("LIST", Bytes(8, ' '))});
        std::memcpy(bytes.data(), name, 4);
        const std::size_t data = 12 + 36 + 24;
        for (std::size_t i = 4; i < 8; ++i) bytes[data + i] = 0xFF;
        check_read(bytes, 3, "");
        bytes[20 + 8] = 60;  // more than there is
        CHECK_EQ(decoded(bytes).warning.find("read "), std::size_t{0});
    }
}

TEST(cut_and_lying_chunks_are_refused) {
    Bytes bytes = wav({}, Bytes(64000));
    bytes.resize(30);
    CHECK_THROWS(decoded(bytes), dslite::Error,
                 "fmt chunk says 16 bytes but the file ends after 10");
    bytes.resize(14);
    CHECK_THROWS(decoded(bytes), dslite::Error, "the file ends after 14 bytes, before any data");
    CHECK_THROWS(decoded(wav({}, {})), dslite::Error, "the data chunk holds no frame");
    CHECK_THROWS(decoded(wav({}, {1})), dslite::Error, "the data chunk holds no frame");
    CHECK_THROWS(decoded(riff({chunk("data", {1, 2}), format_chunk({})})), dslite::Error,
                 "the data chunk comes before any fmt chunk");
    CHECK_THROWS(decoded(riff({format_chunk({})})), dslite::Error, "before any data chunk");
    CHECK_THROWS(decoded(riff({chunk("fmt ", Bytes(14))})), dslite::Error,
                 "fmt chunk has 14 bytes, expected at least 16");
    Bytes unprintable = riff({chunk("\n\x01 \xFF", {1, 2})});
    unprintable[16] = 200;
    CHECK_THROWS(decoded(unprintable), dslite::Error, "?? ? chunk says 200 bytes");
}

TEST(fewer_bits_lie_at_the_high_end_of_their_bytes) {
    const Bytes sound = raw<std::int32_t>({-2147483647 - 1, 1 << 30});
    check_samples(wav({kPcm, 1, 24, 16000, 4}, sound), {-1.0F, 0.5F});
    check_samples(wav({kPcm, 1, 16, 16000, 0}, raw<std::int16_t>({-32768, 16384})), {-1.0F, 0.5F});
    check_samples(wav({kPcm, 2, 12, 16000, 4}, raw<std::int16_t>({-32768, 16384})), {-1.0F, 0.5F});
}

TEST(impossible_formats_are_refused) {
    const Bytes data(8);
    const auto refused = [&](const Format& f, const char* message) {
        CHECK_THROWS(decoded(wav(f, data)), dslite::Error, message);
    };
    refused({kPcm, 0}, "0 channels, expected 1 to 1024");
    refused({kPcm, 20000}, "20000 channels, expected 1 to 1024");
    refused({kPcm, 1, 16, 0}, "sample rate is 0 Hz, expected 100 to 768000");
    refused({kPcm, 1, 16, 0xFFFFFFFF}, "sample rate is 4294967295 Hz, expected 100 to 768000");
    refused({kPcm, 2, 16, 16000, 3}, "block align is 3 bytes, expected 4 (2 channels of 16 bits)");
    refused({kPcm, 1, 12}, "sample format 1 with 12 bits, expected PCM");
    refused({kFloat, 1, 16}, "sample format 3 with 16 bits");
    refused({6, 1, 8}, "sample format 6 with 8 bits");
    refused({0xFFFE, 1, 16}, "sample format 65534 with 16 bits");
    const Bytes a_law = wav({6, 1, 8}, data);
    CHECK(!dslite::wav_is_readable(a_law.data(), a_law.size()));
}

TEST(samples_that_are_not_finite_are_refused) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS(decoded(wav({kFloat, 2, 32}, raw<float>({0, 0, 0, nan}))), dslite::Error,
                 "t.wav: frame 1, channel 1 is not a number, expected a finite float32");
    CHECK_THROWS(decoded(wav({kFloat, 1, 64}, raw<double>({0, 1e300}))), dslite::Error,
                 "frame 1, channel 0 is infinite");
}

TEST(every_cut_of_a_file_is_read_or_refused) {
    const Bytes whole = riff(
        {chunk("LIST", {1, 2, 3}), extensible_chunk({kPcm, 2, 24}), chunk("data", Bytes(60, 7))});
    CHECK_EQ(decoded(whole).frames(), std::size_t{10});
    const std::size_t sound = whole.size() - 60;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // Of exactly this size, so that a sanitizer sees any byte read beyond it.
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        if (size < sound + 6) {
            CHECK_THROWS(decoded(cut), dslite::Error, "t.wav: ");
        } else {
            CHECK_EQ(decoded(cut).frames(), (size - sound) / 6);
            CHECK(!decoded(cut).warning.empty());
        }
    }
}

TEST(files_are_read) {
    CHECK_THROWS(dslite::read_wav("no such.wav"), dslite::Error, "no such.wav: cannot be opened: ");
    CHECK_THROWS(dslite::read_wav("."), dslite::Error, "Is a directory");
    const Bytes bytes = wav({kPcm, 1, 8}, Bytes(200001, 192));
    std::FILE* const file = std::fopen("test_wav.wav", "wb");
    CHECK_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
    CHECK(dslite::read_wav("test_wav.wav").samples == std::vector<float>(200001, 0.5F));
    std::remove("test_wav.wav");
}

TEST(channels_are_mixed_or_taken) {
    dslite::Audio audio;
    audio.channels = 3;
    audio.samples = {1.0F, 2.0F, 6.0F, -1.0F, 0.5F, 0.0F};
    CHECK(dslite::to_mono(audio, -1) == (std::vector<float>{3.0F, -0.5F / 3}));
    CHECK(dslite::to_mono(audio, 1) == (std::vector<float>{2.0F, 0.5F}));
    CHECK_THROWS(dslite::to_mono(audio, 3), dslite::Error,
                 "channel is 3, but the audio has channels 0 to 2");
    CHECK_THROWS(dslite::to_mono(audio, -2), dslite::Error, "channel is -2");
    audio.samples.assign(3, std::numeric_limits<float>::max());
    CHECK_EQ(dslite::to_mono(audio, -1)[0], std::numeric_limits<float>::max());
}

}  // namespace
