// The bundle: a .tflite flatbuffer with a ZIP archive appended, entries stored uncompressed.
//
//   recipe.toml   the front end             model.toml   task, backbone, versions, network_crc32
//   labels.txt    one label a line          golden/*     a clip and the values expected at each stage
//   card.md       what it was trained on
//
// The reader trusts nothing: every offset, length and checksum is checked before it is used.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dslite {

class Bundle {
  public:
    // Throws dslite::Error when the file cannot be read, is no .tflite, has no archive, or the
    // archive is damaged.
    static Bundle open(const std::string& path);
    // The same of bytes in memory; `name` is what errors call it.
    static Bundle parse(std::shared_ptr<const std::vector<std::uint8_t>> bytes, std::string name);

    struct Entry {
        std::string name;
        std::string_view data;  // into the bundle's bytes
    };

    const std::string& name() const { return name_; }
    const std::shared_ptr<const std::vector<std::uint8_t>>& bytes() const { return bytes_; }
    const std::vector<Entry>& entries() const { return entries_; }
    bool has(std::string_view entry) const;
    // Throws dslite::Error, naming the bundle and the entry, when it is not there.
    std::string_view read(std::string_view entry) const;
    // The same of a text. Throws as read() does, and when it is not UTF-8.
    std::string_view text(std::string_view entry) const;
    // Throws dslite::Error unless the network's bytes are those that were written: model.toml's
    // `network_crc32` is the CRC-32 of all that lies before the archive. Bundles without the key pass.
    // Every single bit that differs is found. It takes milliseconds, too many for every start.
    void check_network() const;
    // The lines of labels.txt. Throws dslite::Error when empty, not UTF-8, or with a duplicate.
    std::vector<std::string> labels() const;

  private:
    std::string name_;
    std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
    std::vector<Entry> entries_;
    std::size_t network_size_ = 0;
};

}  // namespace dslite
