#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>

#include "api/video/video_frame.h"
#include "bind/enums.h"
#include "bind/frames.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/media_sink.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc::bind {
namespace {

// Allocated with the GIL, filled without.
py::array_t<uint8_t> ToArray(const webrtc::VideoFrame& frame, PixelFormat format, int width, int height) {
  const py::ssize_t w = width;
  const py::ssize_t h = height;
  py::array_t<uint8_t> array(format == PixelFormat::kI420 ? std::vector<py::ssize_t>{h + h / 2, w}
                                                          : std::vector<py::ssize_t>{h, w, 3});
  const MutablePixelView view{.format = format,
                              .width = width,
                              .height = height,
                              .data = array.mutable_data(),
                              .stride = format == PixelFormat::kI420 ? width : width * 3};
  const ReleasedGil released;
  FromFrame(frame.video_frame_buffer(), view);
  return array;
}

webrtc::VideoFrame FromArray(const Pixels& pixels, PixelFormat format, int64_t timestamp_us) {
  const PixelView view = View(pixels, format);
  const ReleasedGil released;
  return webrtc::VideoFrame::Builder().set_video_frame_buffer(ToI420(view)).set_timestamp_us(timestamp_us).build();
}

}  // namespace

PixelView View(const Pixels& pixels, PixelFormat format) {
  const bool planar = format == PixelFormat::kI420;
  const bool fits = planar ? pixels.ndim() == 2 && pixels.shape(0) % 3 == 0 && pixels.shape(1) % 2 == 0 &&
                                 pixels.strides(1) == 1 && pixels.strides(0) == pixels.shape(1)
                           : pixels.ndim() == 3 && pixels.shape(2) == 3 && pixels.strides(2) == 1 &&
                                 pixels.strides(1) == 3 && pixels.strides(0) >= pixels.shape(1) * 3;
  if (!fits || pixels.size() == 0) {
    throw py::value_error("the array does not have the layout of its format");
  }
  const auto rows = static_cast<int>(pixels.shape(0));
  return {.format = format,
          .width = static_cast<int>(pixels.shape(1)),
          .height = planar ? rows / 3 * 2 : rows,
          .data = pixels.data(),
          .stride = static_cast<int>(pixels.strides(0))};
}

void init_frames(py::module_& m) {
  // Microseconds of libwebrtc's monotonic clock.
  m.def("time_us", &webrtc::TimeMicros);

  py::class_<webrtc::VideoFrame>(m, "VideoFrame")
      .def_static("from_array", &FromArray, py::arg("array").noconvert(), py::arg("format"), py::arg("timestamp_us"))
      .def("to_array", &ToArray, py::arg("format"), py::arg("width"), py::arg("height"))
      .def_property_readonly("width", &webrtc::VideoFrame::width)
      .def_property_readonly("height", &webrtc::VideoFrame::height)
      .def_property_readonly("timestamp_us", &webrtc::VideoFrame::timestamp_us)
      .def_property_readonly("rtp_timestamp", &webrtc::VideoFrame::rtp_timestamp)
      .def_property_readonly("rotation", [](const webrtc::VideoFrame& f) { return static_cast<int>(f.rotation()); });

  py::class_<AudioFrame>(m, "AudioFrame")
      .def_property_readonly("samples",
                             [](const AudioFrame& f) {
                               const auto channels = static_cast<py::ssize_t>(f.channels);
                               const auto count = static_cast<py::ssize_t>(f.samples.size());
                               return py::array_t<int16_t>({count / channels, channels}, f.samples.data());
                             })
      .def_readonly("sample_rate", &AudioFrame::sample_rate)
      .def_readonly("timestamp_us", &AudioFrame::timestamp_us);
}

}  // namespace pywebrtc::bind
