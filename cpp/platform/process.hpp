// The running program: its words, its folder, its memory, its locale.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace dslite::platform {

// The words after the program's name, UTF-8 on Windows. From here on standard input and output carry bytes:
// no system translates ends of lines. None of them is the place of another file: closed ones stay unusable.
std::vector<std::string> start_program(int count, char** words);
// A stream to where standard error leads; what is written to standard error itself, as libraries do, is lost from
// here on. Call it before there are threads. Where the system refuses, it is standard error as it was.
std::FILE* part_from_standard_error();
// An environment variable; "" where it is not set. UTF-8 on Windows.
std::string environment(const char* name);
void set_environment(const char* name, const std::string& value);
// The folder of the program's file, with a separator at its end; "" when it cannot be told.
std::string program_folder();
// The ai_edge_litert package of the Python environment that the program is installed in; "" outside of one.
std::string litert_package();

// Has the system map memory at once, in large pages, that would otherwise take a page fault for every 4 kB:
// a tenth of the time to the first answer. Where it cannot, nothing is lost but that.
void populate(void* begin, std::size_t size);
// The most memory that this process ever had in use; 0 where that is not known.
std::size_t peak_memory_bytes();

long process_id();
// Has `function` run in the child whenever the process forks, where processes do.
void after_fork(void (*function)());

// While it lives, strtod and snprintf of this thread read and write numbers as C does: they follow the
// locale, and half of Europe's writes 0,5.
class CLocale {
  public:
    CLocale();
    ~CLocale();
    CLocale(const CLocale&) = delete;
    CLocale& operator=(const CLocale&) = delete;

  private:
    [[maybe_unused]] void* before_;
};

}  // namespace dslite::platform
