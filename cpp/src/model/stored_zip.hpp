// The ZIP archive at the end of a bundle: plain entries, stored uncompressed, after other bytes.
//
// Read as APPNOTE.TXT 6.3 describes it, with nothing taken on trust: the archive's own record of
// where its parts lie must agree with where they are found, part by part. Both layouts in use are
// read: offsets counted from the start of the file (Python's zipfile, appending) and from the start
// of the archive (a ZIP file concatenated to something).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dslite {

struct ZipEntry {
    std::string name;       // printable ASCII, unique in the archive
    std::string_view data;  // into the bytes given, its CRC-32 verified
};

struct StoredZip {
    std::vector<ZipEntry> entries;
    std::size_t start = 0;  // of the archive in the bytes given; what lies before is not its own
};

// Throws dslite::Error, naming `file`, when the bytes do not end with an archive, or it is damaged,
// inconsistent, encrypted, compressed, split or ZIP64.
StoredZip read_stored_zip(const std::uint8_t* bytes, std::size_t size, const std::string& file);

// CRC-32 as ZIP, gzip and PNG use it (reflected polynomial 0xEDB88320).
std::uint32_t crc32(const std::uint8_t* bytes, std::size_t size) noexcept;

}  // namespace dslite
