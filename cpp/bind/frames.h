// Arrays of pixels as the core sees them.
#pragma once

#include <pybind11/numpy.h>

#include "core/pixels.h"

namespace pywebrtc::bind {

using Pixels = pybind11::array_t<uint8_t>;

// Python has said what is wrong with an array in words; this only keeps the memory safe.
PixelView View(const Pixels& pixels, PixelFormat format);

}  // namespace pywebrtc::bind
