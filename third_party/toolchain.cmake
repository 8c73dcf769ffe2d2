# The compiler: include this before project().
#
#     include(third_party/toolchain.cmake)
#     project(pywebrtc LANGUAGES CXX)
#
# libwebrtc's objects share inline code and the C++ library's types with ours, and carry CREL
# relocations that other linkers do not read: on Linux both sides take the same clang, libc++ and lld.
# A compiler given by hand (CMAKE_CXX_COMPILER, CXX, a toolchain file) is left alone, and so are macOS
# and Windows, whose own compilers fit a libwebrtc that is built there.

set(PYWEBRTC_CLANG_VERSION 19)

if(NOT CMAKE_HOST_APPLE AND NOT CMAKE_HOST_WIN32
   AND NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX} AND NOT CMAKE_TOOLCHAIN_FILE)
  find_program(PYWEBRTC_CLANG clang-${PYWEBRTC_CLANG_VERSION})
  find_program(PYWEBRTC_CLANGXX clang++-${PYWEBRTC_CLANG_VERSION})
  find_program(PYWEBRTC_LLD ld.lld-${PYWEBRTC_CLANG_VERSION})
  if(NOT PYWEBRTC_CLANG OR NOT PYWEBRTC_CLANGXX OR NOT PYWEBRTC_LLD)
    message(FATAL_ERROR
      "pywebrtc is compiled with clang ${PYWEBRTC_CLANG_VERSION}, lld and libc++, which were not found. "
      "On Debian and Ubuntu install clang-${PYWEBRTC_CLANG_VERSION} lld-${PYWEBRTC_CLANG_VERSION} "
      "llvm-${PYWEBRTC_CLANG_VERSION} libclang-rt-${PYWEBRTC_CLANG_VERSION}-dev "
      "libc++-${PYWEBRTC_CLANG_VERSION}-dev libc++abi-${PYWEBRTC_CLANG_VERSION}-dev, "
      "or name another compiler with -DCMAKE_CXX_COMPILER=...")
  endif()
  set(CMAKE_C_COMPILER "${PYWEBRTC_CLANG}" CACHE FILEPATH "C compiler")
  set(CMAKE_CXX_COMPILER "${PYWEBRTC_CLANGXX}" CACHE FILEPATH "C++ compiler")
endif()
