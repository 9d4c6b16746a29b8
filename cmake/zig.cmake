# Cross compilation by Zig (`pip install ziglang`): Clang, a static C++ library and stubs of every C library,
# so that what is shipped runs with an old one. A preset, or whoever names this file, sets
#
#   CMAKE_SYSTEM_PROCESSOR   aarch64, armv7l, armv6l, x86_64
#   DSLITE_SYSTEM            Linux (also where it is not set), Windows, Darwin
#   DSLITE_LIBC              of Linux: glibc (also where it is not set), musl
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSTEM_PROCESSOR DSLITE_SYSTEM DSLITE_LIBC)
if(NOT DEFINED DSLITE_SYSTEM)
  set(DSLITE_SYSTEM Linux)
endif()
set(CMAKE_SYSTEM_NAME ${DSLITE_SYSTEM})

set(zig_machine ${CMAKE_SYSTEM_PROCESSOR})
set(zig_hard_float "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^armv")
  set(zig_machine arm)
  set(zig_hard_float eabihf)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Windows")
  set(zig_target ${zig_machine}-windows-gnu)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
  set(zig_target ${zig_machine}-macos.12.0)  # of ai-edge-litert's wheel
elseif(DSLITE_LIBC STREQUAL "musl")
  set(zig_target ${zig_machine}-linux-musl${zig_hard_float})
else()
  set(DSLITE_GLIBC "2.28")  # of Debian 10, 2018; a test holds what is built to it
  set(zig_target ${zig_machine}-linux-gnu${zig_hard_float}.${DSLITE_GLIBC})
endif()
set(zig_target -target ${zig_target})
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "armv7l")
  # What Debian's armhf is compiled for: Zig's v7a has NEON and the registers that come with it.
  list(APPEND zig_target -mcpu=generic+v7a+vfp3d16-neon-d32)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "armv6l")
  list(APPEND zig_target -mcpu=arm1176jzf_s)  # Raspberry Pi 1 and Zero
endif()

# The libraries that Zig compiles for a link are as small as the link is told, and no test needs one.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
foreach(kind IN ITEMS EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -Os)
endforeach()

# PyPI's package has the program itself beside Python's modules, which works in the environments of `pip` as well.
find_program(ZIG_SCRIPT NAMES zig python-zig REQUIRED DOC "Zig's compiler, or PyPI's script that starts it")
get_filename_component(scripts ${ZIG_SCRIPT} DIRECTORY)
file(GLOB packaged ${scripts}/../lib/python3*/site-packages/ziglang/zig)
list(APPEND packaged ${ZIG_SCRIPT})
list(GET packaged 0 ZIG)
set(CMAKE_C_COMPILER ${ZIG} cc ${zig_target})
set(CMAKE_CXX_COMPILER ${ZIG} c++ ${zig_target})

# CMake takes no arguments in CMAKE_AR, and on some systems has its own ideas of how it is called.
foreach(tool IN ITEMS ar ranlib)
  string(TOUPPER CMAKE_${tool} variable)
  set(${variable} ${CMAKE_BINARY_DIR}/zig-${tool})
  file(WRITE ${${variable}} "#!/bin/sh\nexec '${ZIG}' ${tool} \"$@\"\n")
  file(CHMOD ${${variable}} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
endforeach()
