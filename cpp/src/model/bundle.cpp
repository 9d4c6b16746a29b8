#include "dslite/bundle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "dslite/error.hpp"
#include "dslite/toml.hpp"
#include "platform/files.hpp"
#include "platform/process.hpp"
#include "src/model/bundle_text.hpp"
#include "src/model/stored_zip.hpp"
#include "src/utf8.hpp"

namespace dslite {
namespace {

// A flatbuffer's offsets are signed 32-bit numbers: no .tflite is larger.
constexpr std::size_t kLargest = 0x7FFFFFFF;
constexpr std::size_t kIdentifierAt = 4;  // of a flatbuffer's file identifier
constexpr std::string_view kIdentifier = "TFL3";

[[noreturn]] void fail_reading(const std::string& path) {
    throw Error(path + ": cannot be read: " + std::strerror(errno));
}

std::vector<std::uint8_t> read_file(const std::string& path) {
    const platform::File file = platform::open_file(path);
    if (file == nullptr) fail_reading(path);
    std::vector<std::uint8_t> bytes;
    constexpr std::size_t kBlock = 1 << 16;
    // The size is only a hint: a pipe has none.
    const std::uint64_t size = platform::file_size(file.get());
    if (size > 0 && size <= kLargest) {
        bytes.reserve(static_cast<std::size_t>(size) + kBlock);
        platform::populate(bytes.data(), bytes.capacity());
    }
    std::vector<std::uint8_t> block(kBlock);
    std::size_t count = 0;
    do {
        count = std::fread(block.data(), 1, kBlock, file.get());
        bytes.insert(bytes.end(), block.begin(),
                     block.begin() + static_cast<std::ptrdiff_t>(count));
        if (bytes.size() > kLargest) {
            throw Error(path + ": larger than 2 GiB, expected a .tflite model");
        }
    } while (count == kBlock);
    if (std::ferror(file.get()) != 0) fail_reading(path);
    return bytes;
}

bool has_control(std::string_view text) {
    while (!text.empty()) {
        if (is_control(text)) return true;
        text.remove_prefix(utf8_sequence(text));
    }
    return false;
}

}  // namespace

Bundle Bundle::open(const std::string& path) {
    // The system would open what comes before it.
    if (const std::size_t nul = path.find('\0'); nul != path.npos) {
        throw Error(path.substr(0, nul) + "\\0…: a path cannot hold a NUL");
    }
    return parse(std::make_shared<const std::vector<std::uint8_t>>(read_file(path)), path);
}

Bundle Bundle::parse(std::shared_ptr<const std::vector<std::uint8_t>> bytes, std::string name) {
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (text.size() < kIdentifierAt ||
        text.substr(kIdentifierAt, kIdentifier.size()) != kIdentifier) {
        throw Error(name + ": not a TensorFlow Lite model (no \"TFL3\" at byte 4)");
    }
    if (text.size() > kLargest) throw Error(name + ": larger than 2 GiB, expected a .tflite model");
    Bundle bundle;
    StoredZip archive = read_stored_zip(bytes->data(), bytes->size(), name);
    for (ZipEntry& entry : archive.entries) {
        bundle.entries_.push_back({std::move(entry.name), entry.data});
    }
    bundle.network_size_ = archive.start;
    bundle.name_ = std::move(name);
    bundle.bytes_ = std::move(bytes);
    return bundle;
}

bool Bundle::has(std::string_view entry) const {
    const auto is_it = [entry](const Entry& e) { return e.name == entry; };
    return std::any_of(entries_.begin(), entries_.end(), is_it);
}

std::string_view Bundle::read(std::string_view entry) const {
    for (const Entry& e : entries_) {
        if (e.name == entry) return e.data;
    }
    throw Error(name_ + ": its archive has no '" + std::string(entry) +
                "', expected a dslite bundle");
}

std::string_view Bundle::text(std::string_view entry) const {
    const std::string_view text = read(entry);
    if (!is_utf8(text)) throw Error(name_ + ": " + std::string(entry) + ": not UTF-8");
    return text;
}

void Bundle::check_network() const {
    for (const TomlItem& item : read_text(*this, "model.toml", parse_toml)) {
        if (!item.table.empty() || item.key != "network_crc32") continue;
        char found[12];
        std::snprintf(found, sizeof found, "\"%08x\"",
                      static_cast<unsigned>(crc32(bytes_->data(), network_size_)));
        const std::string expected = format_toml(item.value);
        if (expected == found) return;
        throw Error(name_ + ": its network is damaged: its CRC-32 is " + found + ", expected " +
                    expected + " of model.toml");
    }
}

std::vector<std::string> Bundle::labels() const {
    std::string_view rest = text("labels.txt");
    std::vector<std::string> labels;
    std::set<std::string_view> seen;
    const auto fail = [&](const std::string& what) {
        throw Error(name_ + ": labels.txt, line " + std::to_string(labels.size() + 1) + ": " +
                    what);
    };
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view label = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (label.empty()) fail("empty, expected a label");
        if (has_control(label)) fail("has a control character");
        if (!seen.insert(label).second) fail("'" + std::string(label) + "' is there twice");
        labels.emplace_back(label);
    }
    if (labels.empty()) fail("no label, expected one a line");
    return labels;
}

}  // namespace dslite
