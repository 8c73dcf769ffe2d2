#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bind/enums.h"
#include "bind/frames.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/media_sink.h"
#include "core/media_source.h"
#include "core/track.h"

namespace pywebrtc::bind {
namespace {

bool PushPlanes(VideoSource& source, const Planes& planes, PixelFormat format, int64_t timestamp_us) {
  const Picture picture = ViewOf(planes, format);
  return WithoutGil([&] { return source.Push(picture, timestamp_us); });
}

bool PushFrame(VideoSource& source, const webrtc::VideoFrame& frame) {
  return WithoutGil([&] { return source.Push(frame); });
}

size_t PushSamples(AudioSource& source, const py::array_t<int16_t>& samples) {
  if (samples.ndim() != 2 || !(samples.flags() & py::array::c_style)) {
    throw py::value_error("samples must be a contiguous array of shape (samples, channels)");
  }
  const std::span<const int16_t> view(samples.data(), static_cast<size_t>(samples.size()));
  return WithoutGil([&] { return source.Push(view); });
}

}  // namespace

void init_media(py::module_& m) {
  py::class_<Track, std::shared_ptr<Track>>(m, "Track")
      .def_property_readonly("key", &Track::key)
      .def_property_readonly("id", &Track::id)
      .def_property_readonly("is_video", &Track::is_video)
      .def_property_readonly("size",
                             [](const Track& track) {
                               const auto size = track.size();
                               return size ? std::optional(std::pair(size->width, size->height)) : std::nullopt;
                             })
      .def("set_enabled", Verb(&Track::SetEnabled), py::arg("enabled"))
      .def("set_content_hint", Verb(&Track::SetContentHint), py::arg("hint"))
      .def("clone", Verb(&Track::Clone), py::arg("id"));

  py::class_<VideoSource, std::shared_ptr<VideoSource>>(m, "VideoSource")
      .def(py::init([](bool screencast) { return WithoutGil([&] { return VideoSource::Create(screencast); }); }),
           py::arg("screencast"))
      .def("create_track", Verb(&VideoSource::CreateTrack), py::arg("id"))
      .def("set_output", Verb(&VideoSource::SetOutput), py::arg("width"), py::arg("height"), py::arg("frame_rate"))
      .def("push_planes", &PushPlanes, py::arg("planes"), py::arg("format"), py::arg("timestamp_us"))
      .def("push_frame", &PushFrame, py::arg("frame"));

  py::class_<AudioSource, std::shared_ptr<AudioSource>>(m, "AudioSource")
      .def(py::init([](int sample_rate, int channels, int capacity_ms) {
             return WithoutGil([&] { return AudioSource::Create(sample_rate, channels, capacity_ms); });
           }),
           py::arg("sample_rate"), py::arg("channels"), py::arg("capacity_ms"))
      .def("create_track", Verb(&AudioSource::CreateTrack), py::arg("id"))
      .def("push", &PushSamples, py::arg("samples").noconvert())
      .def("clear", Verb(&AudioSource::Clear))
      .def_property_readonly("queued", &AudioSource::queued);

  py::class_<VideoSink, std::shared_ptr<VideoSink>>(m, "VideoSink")
      .def(py::init(Verb(&VideoSink::Create)), py::arg("mailbox"), py::arg("track"), py::arg("capacity"))
      .def_property_readonly("key", &VideoSink::key)
      .def_property_readonly("dropped", &VideoSink::dropped)
      .def("pop", &VideoSink::Pop);

  py::class_<AudioSink, std::shared_ptr<AudioSink>>(m, "AudioSink")
      .def(py::init(Verb(&AudioSink::Create)), py::arg("mailbox"), py::arg("track"), py::arg("capacity"))
      .def_property_readonly("key", &AudioSink::key)
      .def_property_readonly("dropped", &AudioSink::dropped)
      .def("pop", &AudioSink::Pop);
}

}  // namespace pywebrtc::bind
