// Arrays of samples as the core sees them.
#pragma once

#include <pybind11/numpy.h>

#include <cstddef>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "core/audio_samples.h"

namespace pywebrtc::bind {

// Python has said what is wrong with an array in words; this only keeps the memory safe.
inline SamplesView ViewOf(const pybind11::array& array, size_t channels) {
  if (array.ndim() != 2 || array.shape(1) != static_cast<pybind11::ssize_t>(channels) ||
      !(array.flags() & pybind11::array::c_style)) {
    throw pybind11::value_error("samples must be a contiguous array of shape (samples, channels)");
  }
  const auto count = static_cast<size_t>(array.size());
  if (pybind11::isinstance<pybind11::array_t<int16_t>>(array)) {
    return std::span(static_cast<const int16_t*>(array.data()), count);
  }
  if (pybind11::isinstance<pybind11::array_t<float>>(array)) {
    return std::span(static_cast<const float*>(array.data()), count);
  }
  throw pybind11::type_error("samples must be int16 or float32");
}

// The array has the vector's memory.
template <class Sample>
pybind11::array ArrayOf(std::vector<Sample> samples, size_t channels = 0) {
  auto* const kept = new std::vector<Sample>(std::move(samples));
  const pybind11::capsule owner(kept, [](void* vector) { delete static_cast<std::vector<Sample>*>(vector); });
  const auto count = static_cast<pybind11::ssize_t>(kept->size());
  if (channels == 0) {
    return pybind11::array_t<Sample>(count, kept->data(), owner);
  }
  const auto width = static_cast<pybind11::ssize_t>(channels);
  return pybind11::array_t<Sample>({count / width, width}, kept->data(), owner);
}

inline pybind11::array ArrayOf(Samples samples, size_t channels) {
  return std::visit([&](auto& vector) { return ArrayOf(std::move(vector), channels); }, samples);
}

}  // namespace pywebrtc::bind
