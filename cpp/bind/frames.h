// Arrays of pixels as the core sees them.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <vector>

#include "core/picture.h"

namespace pywebrtc::bind {

// An array for each plane: (height, width) of samples, (height, width, channels) where several make a pixel.
using Planes = std::vector<pybind11::array>;

// Python has said in words what is wrong with an array; this only keeps the memory safe.
Picture ViewOf(const Planes& planes, PixelFormat format);

}  // namespace pywebrtc::bind
