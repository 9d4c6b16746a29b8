// Files as the systems have them. Paths are UTF-8 on Windows and the bytes of the file's name elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace dslite::platform {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

// Opened for reading bytes, and not inherited by programs started meanwhile. Null, and errno, when it
// cannot be opened.
File open_file(const std::string& path);
// Bytes in a regular file; 0 of anything else, such as a pipe.
std::uint64_t file_size(std::FILE* file);
bool file_exists(const std::string& path);
// True of a file whose parts can be read; false of a folder, pipe or device, and of what is not there.
bool is_regular(const std::string& path);

// What follows the last separator of a path; all of a path without one.
std::string file_name(const std::string& path);
// True of a path without a separator.
bool is_bare_name(const std::string& path);

// A file whose parts are read from where they lie, by any number of threads at once.
class RandomAccessFile {
  public:
    // is_open() is false, and errno set, when it cannot be opened.
    explicit RandomAccessFile(const std::string& path);
    ~RandomAccessFile();
    RandomAccessFile(const RandomAccessFile&) = delete;
    RandomAccessFile& operator=(const RandomAccessFile&) = delete;

    bool is_open() const { return handle_ != kClosed; }
    // False of a folder, pipe or device, whose parts cannot be read.
    bool is_regular() const { return is_regular_; }
    std::uint64_t size() const { return size_; }
    // Bytes read, at most `size`; 0 at the end; -1, and errno, when they cannot be read.
    std::ptrdiff_t read_at(std::uint64_t offset, void* to, std::size_t size) const;

  private:
    static constexpr std::intptr_t kClosed = -1;

    std::intptr_t handle_ = kClosed;
    bool is_regular_ = false;
    std::uint64_t size_ = 0;
};

// What standard input has, as soon as it has any: bytes read; 0 at its end; -1, and errno, when it cannot
// be read or a signal came first (EINTR).
std::ptrdiff_t read_standard_input(void* to, std::size_t size);

}  // namespace dslite::platform
