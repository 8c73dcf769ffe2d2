// libwebrtc's errors as Python's exceptions.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>

#include "api/rtc_error.h"

namespace pywebrtc::bind {

// With the GIL. The exception that webrtc-pc and the comments of api/rtc_error.h name for the type;
// None where there is no error.
pybind11::object MakeException(const webrtc::RTCError& error, std::optional<int> sdp_line = std::nullopt);

// Crosses from a verb that ran without the GIL to the translator that holds it.
struct RtcException {
  webrtc::RTCError error;
};

}  // namespace pywebrtc::bind
