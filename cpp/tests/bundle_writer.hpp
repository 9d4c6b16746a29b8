// Bundles for tests, written byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/model/stored_zip.hpp"

namespace bundle_writer {

using Bytes = std::vector<std::uint8_t>;

struct File {
    std::string name;
    std::string data;
};

inline void put(Bytes& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline void put(Bytes& out, const std::string& text) {
    out.insert(out.end(), text.begin(), text.end());
}

inline std::uint32_t crc_of(const std::string& text) {
    return dslite::crc32(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// What both records of an entry share: flags … length of the name, length of the extra field.
inline void put_common(Bytes& out, const File& file, unsigned method) {
    put(out, 0, 2);
    put(out, method, 2);
    put(out, 0, 4);
    put(out, crc_of(file.data), 4);
    put(out, file.data.size(), 4);
    put(out, file.data.size(), 4);
    put(out, file.name.size(), 2);
    put(out, 0, 2);
}

// A network with an archive after it.
struct Built {
    Bytes bytes;
    std::vector<std::size_t> locals;  // where each local header lies
    std::size_t directory = 0;
    std::size_t end = 0;
};

// Enough of a flatbuffer for who only looks at its identifier.
inline Bytes pretended_network() {
    Bytes bytes;
    put(bytes, 0x20, 4);
    put(bytes, "TFL3");
    put(bytes, std::string(24, 'w'));
    return bytes;
}

inline Built build(const std::vector<File>& files, const std::string& comment = "",
                   bool offsets_from_archive = false, const Bytes& network = pretended_network()) {
    Built built;
    built.bytes = network;
    Bytes& out = built.bytes;
    const std::size_t base = offsets_from_archive ? out.size() : 0;
    for (const File& file : files) {
        built.locals.push_back(out.size());
        put(out, "PK\3\4");
        put(out, 20, 2);
        put_common(out, file, 0);
        put(out, file.name);
        put(out, file.data);
    }
    built.directory = out.size();
    for (std::size_t i = 0; i < files.size(); ++i) {
        put(out, "PK\1\2");
        put(out, 20, 2);
        put(out, 20, 2);
        put_common(out, files[i], 0);
        put(out, std::string(10, '\0'));
        put(out, built.locals[i] - base, 4);
        put(out, files[i].name);
    }
    built.end = out.size();
    put(out, "PK\5\6");
    put(out, 0, 4);
    put(out, files.size(), 2);
    put(out, files.size(), 2);
    put(out, built.end - built.directory, 4);
    put(out, built.directory - base, 4);
    put(out, comment.size(), 2);
    put(out, comment);
    return built;
}

}  // namespace bundle_writer
