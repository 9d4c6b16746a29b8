// The bundle reader against archives written byte by byte, whole and damaged.
#include <cstdio>
#include <random>

#include "bundle_writer.hpp"
#include "check.hpp"
#include "dslite/bundle.hpp"
#include "dslite/error.hpp"
#include "src/utf8.hpp"

namespace {

using bundle_writer::build;
using bundle_writer::Built;
using bundle_writer::Bytes;
using bundle_writer::crc_of;
using bundle_writer::File;

const std::vector<File> kFiles = {{"recipe.toml", "version = 1\n"}, {"labels.txt", "dog\nrain\n"}};

dslite::Bundle parse(Bytes bytes) {
    return dslite::Bundle::parse(std::make_shared<const Bytes>(std::move(bytes)), "m.tflite");
}

// The archive with `value` written over `bytes` bytes at `at`.
dslite::Bundle parse_with(Built built, std::size_t at, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        built.bytes[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    return parse(std::move(built.bytes));
}

std::vector<std::string> labels_of(const std::string& text) {
    return parse(build({{"labels.txt", text}}).bytes).labels();
}

}  // namespace

TEST(crc32_of_the_standard_check_string) {
    CHECK_EQ(crc_of("123456789"), 0xCBF43926U);
    CHECK_EQ(crc_of(""), 0U);
}

TEST(a_whole_bundle) {
    for (const bool from_archive : {false, true}) {
        for (const char* comment : {"", "a comment, with PK\5\6 in it and more after that"}) {
            const dslite::Bundle bundle = parse(build(kFiles, comment, from_archive).bytes);
            CHECK_EQ(bundle.entries().size(), 2U);
            CHECK_EQ(bundle.read("recipe.toml"), "version = 1\n");
            CHECK(bundle.has("labels.txt"));
            CHECK(!bundle.has("labels"));
            CHECK_EQ(bundle.labels().at(1), "rain");
            CHECK_THROWS(bundle.read("card.md"), dslite::Error,
                         "m.tflite: its archive has no 'card");
        }
    }
}

TEST(what_is_no_bundle) {
    CHECK_THROWS(parse({}), dslite::Error, "not a TensorFlow Lite model");
    CHECK_THROWS(parse({1, 2, 3, 4, 'T', 'F', 'L'}), dslite::Error, "not a TensorFlow Lite model");
    CHECK_THROWS(parse({1, 2, 3, 4, 'T', 'F', 'L', '3'}), dslite::Error, "no archive at its end");
    CHECK_THROWS(parse(Bytes(100000, 'x')), dslite::Error, "not a TensorFlow Lite model");
    Bytes plain(200000, 0);
    for (std::size_t i = 0; i < 4; ++i) plain[4 + i] = static_cast<std::uint8_t>("TFL3"[i]);
    CHECK_THROWS(parse(plain), dslite::Error, "no archive at its end, expected a dslite bundle");
    CHECK_THROWS(dslite::Bundle::open("/nowhere/m.tflite"), dslite::Error, "No such file");
    CHECK_THROWS(dslite::Bundle::open("/"), dslite::Error, "Is a directory");
}

TEST(a_lying_end_record) {
    const Built built = build(kFiles);
    const std::size_t end = built.end;
    CHECK_THROWS(parse_with(built, end + 12, 0x7FFFFFFF, 4), dslite::Error, "outside the file");
    CHECK_THROWS(parse_with(built, end + 16, 0x7FFFFFFF, 4), dslite::Error, "outside the file");
    CHECK_THROWS(parse_with(built, end + 16, 0xFFFFFFFF, 4), dslite::Error, "ZIP64");
    CHECK_THROWS(parse_with(built, end + 4, 1, 2), dslite::Error, "one part of several");
    CHECK_THROWS(parse_with(built, end + 10, 1, 2), dslite::Error, "one part of several");
    CHECK_THROWS(parse_with(built, end + 8, 0x00030003, 4), dslite::Error, "damaged at entry 3");
    CHECK_THROWS(parse_with(built, end + 8, 0x00010001, 4), dslite::Error,
                 "longer than its entries");
    CHECK_THROWS(parse_with(built, end + 16, 3, 4), dslite::Error, "lies outside the archive");
}

TEST(a_lying_directory) {
    const Built built = build(kFiles);
    const std::size_t entry = built.directory;
    CHECK_THROWS(parse_with(built, entry, 0, 1), dslite::Error, "damaged at entry 1 of 2");
    CHECK_THROWS(parse_with(built, entry + 8, 1, 2), dslite::Error, "encrypted");
    CHECK_THROWS(parse_with(built, entry + 8, 8, 2), dslite::Error, "written as a stream");
    CHECK_THROWS(parse_with(built, entry + 10, 8, 2), dslite::Error,
                 "m.tflite: entry 'recipe.toml' of its archive is compressed, expected stored");
    CHECK_THROWS(parse_with(built, entry + 16, 1, 4), dslite::Error, "disagrees");
    CHECK_THROWS(parse_with(built, entry + 24, 1, 4), dslite::Error, "compressed");
    CHECK_THROWS(parse_with(built, entry + 42, 0x7FFFFFFF, 4), dslite::Error, "lies outside");
    CHECK_THROWS(parse_with(built, entry + 42, 9, 4), dslite::Error, "is not where");
    CHECK_THROWS(parse_with(built, entry + 28, 0xFFFF, 2), dslite::Error, "cut short");
    CHECK_THROWS(parse_with(built, entry + 46, '\n', 1), dslite::Error, "not printable ASCII");
}

TEST(a_lying_local_header) {
    const Built built = build(kFiles);
    const std::size_t local = built.locals[1];
    CHECK_THROWS(parse_with(built, local + 8, 8, 2), dslite::Error, "disagrees");
    CHECK_THROWS(parse_with(built, local + 14, 0, 4), dslite::Error, "disagrees");
    CHECK_THROWS(parse_with(built, local + 18, 0, 4), dslite::Error, "disagrees");
    CHECK_THROWS(parse_with(built, local + 28, 0xFFFF, 2), dslite::Error, "reaches outside");
    CHECK_THROWS(parse_with(built, local + 30, 'L', 1), dslite::Error, "disagrees");
    CHECK_THROWS(parse_with(built, local + 40, 'D', 1), dslite::Error, "checksum");
}

TEST(entries_that_share) {
    CHECK_THROWS(parse(build({{"a", "1"}, {"a", "2"}}).bytes), dslite::Error, "is there twice");
    // The directory's second entry made a copy of its first.
    Built built = build({{"aa", "11"}, {"bb", "11"}});
    const std::uint32_t first = static_cast<std::uint32_t>(built.locals[0]);
    built.bytes[built.directory + 48 + 46] = 'a';
    built.bytes[built.directory + 48 + 47] = 'a';
    CHECK_THROWS(parse_with(built, built.directory + 48 + 42, first, 4), dslite::Error, "overlaps");
}

TEST(every_truncation_is_an_error) {
    const Built built = build(kFiles, "comment");
    for (std::size_t size = 0; size < built.bytes.size(); ++size) {
        Bytes bytes(built.bytes.begin(), built.bytes.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_THROWS(parse(std::move(bytes)), dslite::Error, "m.tflite: ");
    }
}

TEST(random_damage_is_an_error_or_harmless) {
    std::mt19937 random(1);
    const Built built = build(kFiles);
    for (int round = 0; round < 20000; ++round) {
        Bytes bytes = built.bytes;
        for (unsigned hits = 1 + random() % 4; hits > 0; --hits) {
            bytes[8 + random() % (bytes.size() - 8)] = static_cast<std::uint8_t>(random());
        }
        try {
            const dslite::Bundle bundle = parse(std::move(bytes));
            for (const auto& entry : bundle.entries()) {
                CHECK(crc_of(std::string(entry.data)) != 1);  // reads every byte, under ASan
            }
        } catch (const dslite::Error&) {
        }
    }
}

TEST(labels) {
    CHECK_EQ(labels_of("a\nb").size(), 2U);
    CHECK_EQ(labels_of("a\nb\n").size(), 2U);
    CHECK_EQ(labels_of("Gr\xC3\xBC\xC3\x9F Gott\n").at(0), "Gr\xC3\xBC\xC3\x9F Gott");
    CHECK_THROWS(labels_of(""), dslite::Error, "labels.txt, line 1: no label");
    CHECK_THROWS(labels_of("a\n\nb\n"), dslite::Error, "line 2: empty");
    CHECK_THROWS(labels_of("a\nb\na\n"), dslite::Error, "line 3: 'a' is there twice");
    CHECK_THROWS(labels_of("a\xFF\n"), dslite::Error, "labels.txt: not UTF-8");
    for (const char* control : {"a\r\n", "\x1B[2J\n", "a\x7F\n", "\xC2\x80\n", "a\xC2\x9B\n"}) {
        CHECK_THROWS(labels_of(control), dslite::Error, "line 1: has a control character");
    }
    CHECK_EQ(labels_of("\xC2\xA0\n").size(), 1U);
    CHECK_THROWS(parse(build({}).bytes).labels(), dslite::Error, "no 'labels.txt'");
}

TEST(utf8) {
    CHECK(dslite::is_utf8(
        "a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
    for (const char* bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xC3",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
        CHECK(!dslite::is_utf8(bad));
    }
}
