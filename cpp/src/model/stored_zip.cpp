#include "src/model/stored_zip.hpp"

#include <algorithm>
#include <array>

#include "dslite/error.hpp"
#include "src/small_sort.hpp"

namespace dslite {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034B50;
constexpr std::uint32_t kCentralSignature = 0x02014B50;
constexpr std::uint32_t kEndSignature = 0x06054B50;
constexpr std::uint32_t kZip64LocatorSignature = 0x07064B50;
constexpr std::size_t kLocalSize = 30;  // of the fixed part of each record
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kZip64LocatorSize = 20;
constexpr std::size_t kLongestComment = 0xFFFF;

constexpr unsigned kEncrypted = 1U << 0;  // general purpose flags
constexpr unsigned kSizesFollow = 1U << 3;

// Row 0 is the remainder of each byte; row k of each byte with k zero bytes after it, so that four
// bytes are looked up at once (Kounavis and Berry, 2005). Computed when they are first needed, in
// microseconds: stored, they would be 4 kB of a program for boards.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 4>;

CrcTables crc_tables() {
    CrcTables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) ? 0xEDB88320U : 0U);
        tables[0][byte] = crc;
    }
    for (std::size_t row = 1; row < tables.size(); ++row) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[row - 1][byte];
            tables[row][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

// What the central directory says of one entry, and where it lies in the file.
struct Record {
    std::string name;
    unsigned flags = 0;
    unsigned method = 0;
    std::uint32_t crc = 0;
    std::size_t stored = 0;  // bytes in the archive
    std::size_t size = 0;    // bytes of the content
    std::size_t start = 0;   // of the local header
    std::size_t data = 0;    // of the content
    std::size_t end = 0;
};

class Reader {
  public:
    Reader(const std::uint8_t* bytes, std::size_t size, const std::string& file)
        : bytes_(bytes), size_(size), file_(file) {}

    StoredZip read() {
        find_end();
        std::vector<Record> records = central_directory();
        for (Record& record : records) locate(record);
        // Before any checksum: entries that share bytes would have them summed over and over.
        check_apart(records);
        StoredZip zip;
        zip.start = directory_;
        for (const Record& record : records) {
            zip.entries.push_back({record.name, contents(record)});
            zip.start = std::min(zip.start, record.start);
        }
        return zip;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const { throw Error(file_ + ": " + what); }
    [[noreturn]] void fail_entry(const Record& record, const std::string& what) const {
        fail("entry '" + record.name + "' of its archive " + what);
    }

    // Little-endian numbers. Callers have checked that they lie within the bytes.
    unsigned u16(std::size_t at) const {
        return static_cast<unsigned>(bytes_[at]) | static_cast<unsigned>(bytes_[at + 1]) << 8;
    }
    std::uint32_t u32(std::size_t at) const { return u16(at) | std::uint32_t{u16(at + 2)} << 16; }

    void find_end();
    std::vector<Record> central_directory() const;
    std::string name_at(std::size_t at, std::size_t length) const;
    void locate(Record& record) const;
    std::string_view contents(const Record& record) const;
    void check_apart(const std::vector<Record>& records) const;

    const std::uint8_t* bytes_;
    std::size_t size_;
    const std::string& file_;
    std::size_t base_ = 0;       // what the archive's offsets are counted from
    std::size_t directory_ = 0;  // start of the central directory
    std::size_t end_ = 0;        // of the central directory: the end record
    std::size_t count_ = 0;
};

// The end record is last but for a comment; its comment's length must reach exactly to the end.
void Reader::find_end() {
    if (size_ < kEndSize) fail("no archive at its end, expected a dslite bundle");
    const std::size_t last = size_ - kEndSize;
    const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
    std::size_t at = last + 1;
    do {
        if (at-- == first) fail("no archive at its end, expected a dslite bundle");
    } while (u32(at) != kEndSignature || u16(at + 20) != last - at);

    const std::size_t size = u32(at + 12);
    const std::size_t offset = u32(at + 16);
    const bool locator =
        at >= kZip64LocatorSize && u32(at - kZip64LocatorSize) == kZip64LocatorSignature;
    if (locator || u16(at + 10) == 0xFFFF || size == 0xFFFFFFFF || offset == 0xFFFFFFFF) {
        fail("its archive is ZIP64, expected a plain ZIP archive");
    }
    if (u16(at + 4) != 0 || u16(at + 6) != 0 || u16(at + 8) != u16(at + 10)) {
        fail("its archive is one part of several, expected a whole one");
    }
    if (size > at || offset > at - size) {
        fail("its archive's directory (" + std::to_string(size) + " bytes at " +
             std::to_string(offset) + ") lies outside the file");
    }
    count_ = u16(at + 10);
    end_ = at;
    directory_ = at - size;
    base_ = directory_ - offset;
}

std::string Reader::name_at(std::size_t at, std::size_t length) const {
    std::string name(reinterpret_cast<const char*>(bytes_ + at), length);
    const auto printable = [](char c) { return c >= 0x20 && c < 0x7F; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), printable)) {
        fail("its archive has an entry whose name is not printable ASCII");
    }
    return name;
}

std::vector<Record> Reader::central_directory() const {
    std::vector<Record> records;
    std::size_t at = directory_;
    for (std::size_t i = 0; i < count_; ++i) {
        if (end_ - at < kCentralSize || u32(at) != kCentralSignature) {
            fail("its archive's directory is damaged at entry " + std::to_string(i + 1) + " of " +
                 std::to_string(count_));
        }
        const std::size_t name = u16(at + 28);
        const std::size_t length = kCentralSize + name + u16(at + 30) + u16(at + 32);
        if (end_ - at < length) fail("its archive's directory is cut short");
        Record record;
        record.name = name_at(at + kCentralSize, name);
        record.flags = u16(at + 8);
        record.method = u16(at + 10);
        record.crc = u32(at + 16);
        record.stored = u32(at + 20);
        record.size = u32(at + 24);
        const std::size_t offset = u32(at + 42);
        if (offset > directory_ - base_) fail_entry(record, "lies outside the archive");
        record.start = base_ + offset;
        records.push_back(std::move(record));
        at += length;
    }
    if (at != end_) fail("its archive's directory is longer than its entries");
    return records;
}

// Finds the content and checks the local header, which must repeat what the directory says.
void Reader::locate(Record& record) const {
    if (record.flags & kEncrypted) fail_entry(record, "is encrypted, expected plain");
    if (record.flags & kSizesFollow) {
        fail_entry(record, "was written as a stream, expected its size before its data");
    }
    if (record.method != 0 || record.stored != record.size) {
        fail_entry(record, "is compressed, expected stored");
    }
    const std::size_t at = record.start;
    if (directory_ - at < kLocalSize || u32(at) != kLocalSignature) {
        fail_entry(record, "is not where the directory says");
    }
    const std::size_t name = u16(at + 26);
    const std::size_t header = kLocalSize + name + u16(at + 28);
    if (directory_ - at < header || directory_ - at - header < record.size) {
        fail_entry(record, "reaches outside the archive");
    }
    if (name_at(at + kLocalSize, name) != record.name || u16(at + 6) != record.flags ||
        u16(at + 8) != record.method || u32(at + 14) != record.crc ||
        u32(at + 18) != record.stored || u32(at + 22) != record.size) {
        fail_entry(record, "disagrees with the directory");
    }
    record.data = at + header;
    record.end = record.data + record.size;
}

std::string_view Reader::contents(const Record& record) const {
    const std::uint8_t* data = bytes_ + record.data;
    if (crc32(data, record.size) != record.crc) {
        fail_entry(record, "is damaged (its checksum does not match)");
    }
    return {reinterpret_cast<const char*>(data), record.size};
}

using Listed = const Record*;
bool by_start(const Listed& a, const Listed& b) { return a->start < b->start; }
bool by_name(const Listed& a, const Listed& b) { return a->name < b->name; }

// Overlapping records are how a small file claims to hold more than it does.
void Reader::check_apart(const std::vector<Record>& records) const {
    std::vector<const Record*> sorted;
    for (const Record& record : records) sorted.push_back(&record);
    small_sort<const Record*, by_start>(sorted);
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        if (sorted[i]->start < sorted[i - 1]->end) {
            fail_entry(*sorted[i], "overlaps '" + sorted[i - 1]->name + "'");
        }
    }
    const auto same = [](const Record* a, const Record* b) { return a->name == b->name; };
    small_sort<const Record*, by_name>(sorted);
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end(), same);
    if (twice != sorted.end()) fail_entry(**twice, "is there twice");
}

}  // namespace

std::uint32_t crc32(const std::uint8_t* bytes, std::size_t size) noexcept {
    static const CrcTables kTables = crc_tables();
    std::uint32_t crc = 0xFFFFFFFF;
    for (; size >= 4; size -= 4, bytes += 4) {
        std::uint32_t next = 0;
#pragma GCC unroll 4  // compiled for size, which it is not worth here
        for (std::size_t i = 0; i < 4; ++i) {
            next ^= kTables[3 - i][((crc >> (8 * i)) ^ bytes[i]) & 0xFF];
        }
        crc = next;
    }
    for (; size > 0; --size, ++bytes) crc = kTables[0][(crc ^ *bytes) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

StoredZip read_stored_zip(const std::uint8_t* bytes, std::size_t size, const std::string& file) {
    return Reader(bytes, size, file).read();
}

}  // namespace dslite
