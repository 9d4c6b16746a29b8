# Cross compilation by Zig (`pip install ziglang`): Clang, a static C++ library and stubs of every C library,
# so that what is shipped runs with an old one. The preset sets CMAKE_SYSTEM_PROCESSOR.
set(CMAKE_SYSTEM_NAME Linux)
set(DSLITE_GLIBC "2.28")  # of Debian 10, 2018; a test holds what is built to it

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSTEM_PROCESSOR)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(zig_target -target aarch64-linux-gnu.${DSLITE_GLIBC})
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "armv7l")
  # What Debian's armhf is compiled for: Zig's v7a has NEON and the registers that come with it.
  set(zig_target -target arm-linux-gnueabihf.${DSLITE_GLIBC} -mcpu=generic+v7a+vfp3d16-neon-d32)
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

# Archives, too, are one program's business: CMake takes no arguments in CMAKE_AR.
set(CMAKE_AR ${ZIG})
set(CMAKE_RANLIB ${ZIG})
foreach(language IN ITEMS C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "<CMAKE_AR> ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "<CMAKE_AR> ar q <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "<CMAKE_RANLIB> ranlib <TARGET>")
endforeach()
