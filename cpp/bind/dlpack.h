// DLPack (https://dmlc.github.io/dlpack/latest/): memory that numpy, PyTorch and others share without a copy.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstdint>
#include <memory>

namespace pywebrtc::bind {

// Unsigned integers in the CPU's memory, kept by `owner`.
struct SharedArray {
  std::shared_ptr<const void> owner;
  const void* data;
  // Bytes of one element.
  int depth;
  int dimensions;
  std::array<int64_t, 3> shape;
  // In elements.
  std::array<int64_t, 3> strides;
  bool read_only;
};

// What __dlpack__() returns. A capsule without a version cannot say that the memory is read-only.
pybind11::capsule ToDlpack(const SharedArray& array, bool versioned);

}  // namespace pywebrtc::bind
