# libwebrtc as one imported target, libwebrtc::libwebrtc.
#
# In (each a cache variable, or else an environment variable of the same name):
#   PYWEBRTC_LIBWEBRTC  a ready libwebrtc, archive or folder; without it the one in the cache that matches
#                       the pins is taken, and if there is none it is built, which takes a while
#   PYWEBRTC_VARIANT    release (the default), dcheck or asan: which one to look for or to build
# Out:
#   LIBWEBRTC_ROOT      its folder: include/, lib/, share/
#   LIBWEBRTC_VERSION   150.0.7871.100
#   LIBWEBRTC_LICENSES  the folder of licence texts that go into the wheel

set(PYWEBRTC_LIBWEBRTC "" CACHE PATH "A ready libwebrtc, archive or folder")
set(PYWEBRTC_VARIANT "" CACHE STRING "Variant of libwebrtc: release, dcheck or asan")

# Sets ROOT in the caller to the folder of libwebrtc, building it where it must.
function(_libwebrtc_locate ROOT)
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
  set(program "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/libwebrtc.py")
  foreach(name IN ITEMS PYWEBRTC_LIBWEBRTC PYWEBRTC_VARIANT)
    if(${name})
      list(APPEND environment "${name}=${${name}}")
    endif()
  endforeach()
  set(command "${CMAKE_COMMAND}" -E env ${environment} "${Python_EXECUTABLE}" "${program}")

  execute_process(COMMAND ${command} path
    OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_VARIABLE reason ERROR_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE failed)
  if(failed)
    if(PYWEBRTC_LIBWEBRTC OR NOT "$ENV{PYWEBRTC_LIBWEBRTC}" STREQUAL "")
      message(FATAL_ERROR "${reason}")
    endif()
    message(STATUS "${reason}")
    message(STATUS "Building libwebrtc (about half an hour on two cores; it is kept for the next time)")
    execute_process(COMMAND ${command} build RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "libwebrtc was not built; see above")
    endif()
    execute_process(COMMAND ${command} path
      OUTPUT_VARIABLE root OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(${ROOT} "${root}" PARENT_SCOPE)
endfunction()

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "libwebrtc is built with clang, and what links it must be; "
    "this is ${CMAKE_CXX_COMPILER_ID} (include third_party/toolchain.cmake before project())")
endif()

_libwebrtc_locate(LIBWEBRTC_ROOT)
set(LIBWEBRTC_LICENSES "${LIBWEBRTC_ROOT}/share/licenses")

file(READ "${LIBWEBRTC_ROOT}/share/VERSION" _libwebrtc_version)
# An upstream checkout knows its milestone (M150), a release of Chromium all four numbers.
if(NOT _libwebrtc_version MATCHES "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+")
  string(REGEX MATCH "M[0-9]+" _libwebrtc_version "${_libwebrtc_version}")
endif()
set(LIBWEBRTC_VERSION "${CMAKE_MATCH_0}")

file(STRINGS "${LIBWEBRTC_ROOT}/share/defines.txt" _libwebrtc_defines)
file(STRINGS "${LIBWEBRTC_ROOT}/share/args.gn" _libwebrtc_asan REGEX "^ *is_asan *= *true")
# A depot_tools build has the codecs inside libwebrtc.a; the one from Debian's sources beside it.
file(GLOB _libwebrtc_codecs "${LIBWEBRTC_ROOT}/lib/*.a")
list(REMOVE_ITEM _libwebrtc_codecs "${LIBWEBRTC_ROOT}/lib/libwebrtc.a")

add_library(libwebrtc::libwebrtc INTERFACE IMPORTED GLOBAL)
target_compile_features(libwebrtc::libwebrtc INTERFACE cxx_std_20)
target_compile_definitions(libwebrtc::libwebrtc INTERFACE ${_libwebrtc_defines})
target_include_directories(libwebrtc::libwebrtc SYSTEM INTERFACE
  "${LIBWEBRTC_ROOT}/include"
  "${LIBWEBRTC_ROOT}/include/third_party/abseil-cpp"
  "${LIBWEBRTC_ROOT}/include/third_party/boringssl/src/include"
  "${LIBWEBRTC_ROOT}/include/third_party/libyuv/include")
target_compile_options(libwebrtc::libwebrtc INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-stdlib=libc++>)
# Archives that use others stand before them.
target_link_libraries(libwebrtc::libwebrtc INTERFACE
  "${LIBWEBRTC_ROOT}/lib/libwebrtc.a" ${_libwebrtc_codecs})

if(APPLE)
  # What libwebrtc's BUILD.gn files name, capture and cameras included; what is not called is not kept.
  foreach(framework IN ITEMS AppKit ApplicationServices AudioToolbox AVFoundation CoreAudio CoreFoundation
          CoreGraphics CoreMedia CoreVideo Foundation IOKit IOSurface Metal MetalKit Network OpenGL QuartzCore
          Security SystemConfiguration VideoToolbox)
    target_link_libraries(libwebrtc::libwebrtc INTERFACE "-framework ${framework}")
  endforeach()
  target_link_libraries(libwebrtc::libwebrtc INTERFACE "-weak_framework ScreenCaptureKit")
  target_link_options(libwebrtc::libwebrtc INTERFACE -stdlib=libc++ -Wl,-dead_strip -Wl,-dead_strip_dylibs)
else()
  target_link_libraries(libwebrtc::libwebrtc INTERFACE dl pthread m rt)
  # The C++ library goes inside and no symbol of an archive comes out: another extension module in the
  # process may bring its own libc++, BoringSSL or ffmpeg.
  target_link_options(libwebrtc::libwebrtc INTERFACE
    -fuse-ld=lld -stdlib=libc++ -static-libstdc++ -static-libgcc
    -Wl,--exclude-libs,ALL -Wl,--gc-sections)
endif()

if(_libwebrtc_asan)
  target_compile_options(libwebrtc::libwebrtc INTERFACE
    -fsanitize=address -shared-libasan -fno-omit-frame-pointer)
  # An executable finds the shared runtime by itself; Python has it in LD_PRELOAD.
  execute_process(COMMAND "${CMAKE_CXX_COMPILER}"
      -print-file-name=libclang_rt.asan-${CMAKE_SYSTEM_PROCESSOR}.so
    OUTPUT_VARIABLE _libwebrtc_runtime OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  cmake_path(GET _libwebrtc_runtime PARENT_PATH _libwebrtc_runtime)
  target_link_options(libwebrtc::libwebrtc INTERFACE
    -fsanitize=address -shared-libasan "-Wl,-rpath,${_libwebrtc_runtime}")
endif()

message(STATUS "libwebrtc ${LIBWEBRTC_VERSION}: ${LIBWEBRTC_ROOT}")
