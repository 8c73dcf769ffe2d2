#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "bind/enums.h"
#include "bind/frames.h"
#include "bind/init.h"
#include "bind/samples.h"
#include "bind/verb.h"
#include "core/array_sink.h"
#include "core/audio_sink.h"
#include "core/audio_source.h"
#include "core/capture_clock.h"
#include "core/track.h"
#include "core/video_sink.h"
#include "core/video_source.h"

namespace pywebrtc::bind {
namespace {

std::optional<std::pair<int, int>> Pair(std::optional<VideoSize> size) {
  return size ? std::optional(std::pair(size->width, size->height)) : std::nullopt;
}

bool PushPlanes(VideoSource& source, const Planes& planes, PixelFormat format, int64_t timestamp_us) {
  const Picture picture = ViewOf(planes, format);
  return WithoutGil([&] { return source.Push(picture, timestamp_us); });
}

bool PushFrame(VideoSource& source, const webrtc::VideoFrame& frame, int64_t timestamp_us) {
  return WithoutGil([&] { return source.Push(frame, timestamp_us); });
}

size_t PushSamples(AudioSource& source, const py::array& samples, int sample_rate) {
  const AudioFormat format{.sample_rate = sample_rate,
                           .channels = samples.ndim() == 2 ? static_cast<size_t>(samples.shape(1)) : 0};
  if (!IsConvertible(format)) {
    throw py::value_error("a rate or number of channels that cannot be converted");
  }
  const SamplesView view = ViewOf(samples, format.channels);
  return WithoutGil([&] { return source.Push(view, format); });
}

// The memory is numpy's from now on.
py::object PopArray(ArraySink& sink) {
  auto popped = sink.Pop();
  if (!popped) {
    return py::none();
  }
  PixelArray pixels = Unwrap(std::move(*popped));
  uint8_t* memory = pixels.memory.release();
  const py::capsule owner(memory, [](void* owned) { delete[] static_cast<uint8_t*>(owned); });
  return pixels.depth == 2 ? py::object(py::array(py::dtype::of<uint16_t>(), pixels.shape, memory, owner))
                           : py::object(py::array(py::dtype::of<uint8_t>(), pixels.shape, memory, owner));
}

}  // namespace

void init_media(py::module_& m) {
  py::class_<VideoWants>(m, "VideoWants")
      .def_readonly("wanted", &VideoWants::wanted)
      .def_readonly("active", &VideoWants::active)
      .def_readonly("max_pixels", &VideoWants::max_pixels)
      .def_readonly("max_framerate", &VideoWants::max_framerate)
      .def_readonly("alignment", &VideoWants::alignment)
      .def_property_readonly("resolution", [](const VideoWants& wants) { return Pair(wants.resolution); });

  py::class_<Track, std::shared_ptr<Track>>(m, "Track")
      .def_property_readonly("key", &Track::key)
      .def_property_readonly("id", &Track::id)
      .def_property_readonly("is_video", &Track::is_video)
      .def_property_readonly("size", [](const Track& track) { return Pair(track.size()); })
      .def("set_enabled", Verb(&Track::SetEnabled), py::arg("enabled"))
      .def("set_content_hint", Verb(&Track::SetContentHint), py::arg("hint"))
      .def("clone", Verb(&Track::Clone), py::arg("id"));

  py::class_<CaptureClock>(m, "CaptureClock")
      .def(py::init<>())
      .def("translate", &CaptureClock::Translate, py::arg("timestamp_us"), py::arg("now_us"));

  py::class_<VideoSource, std::shared_ptr<VideoSource>>(m, "VideoSource")
      .def(py::init([](bool screencast) { return WithoutGil([&] { return VideoSource::Create(screencast); }); }),
           py::arg("screencast"))
      .def("create_track", Verb(&VideoSource::CreateTrack), py::arg("id"))
      .def_property_readonly("key", &VideoSource::key)
      .def(
          "set_output",
          [](VideoSource& source, int width, int height, double frame_rate) {
            source.SetOutput({.width = width, .height = height}, frame_rate);
          },
          py::arg("width"), py::arg("height"), py::arg("frame_rate"))
      .def("push_planes", &PushPlanes, py::arg("planes"), py::arg("format"), py::arg("timestamp_us"))
      .def("push_frame", &PushFrame, py::arg("frame"), py::arg("timestamp_us"))
      .def("wants", &VideoSource::wants)
      .def("watch", Verb(&VideoSource::Watch), py::arg("mailbox"));

  py::class_<AudioFeed, std::shared_ptr<AudioFeed>>(m, "AudioFeed")
      .def(py::init([] { return WithoutGil([] { return AudioFeed::Create(); }); }))
      .def("create_track", Verb(&AudioFeed::CreateTrack), py::arg("id"))
      .def_property_readonly("key", &AudioFeed::key)
      .def_property_readonly("wanted", &AudioFeed::wanted)
      .def("watch", Verb(&AudioFeed::Watch), py::arg("mailbox"))
      .def(
          "configure",
          [](AudioFeed& feed, bool echo_cancellation, bool noise_suppression, bool auto_gain_control,
             std::optional<size_t> channels) {
            WithoutGil([&] {
              feed.Configure({.echo_cancellation = echo_cancellation,
                              .noise_suppression = noise_suppression,
                              .auto_gain_control = auto_gain_control,
                              .channels = channels});
            });
          },
          py::kw_only(), py::arg("echo_cancellation"), py::arg("noise_suppression"), py::arg("auto_gain_control"),
          py::arg("channels"));

  py::class_<AudioSource, std::shared_ptr<AudioSource>>(m, "AudioSource")
      .def(py::init([](int sample_rate, int channels, int capacity_ms) {
             return WithoutGil([&] { return AudioSource::Create(sample_rate, channels, capacity_ms); });
           }),
           py::arg("sample_rate"), py::arg("channels"), py::arg("capacity_ms"))
      .def_property_readonly("key", &AudioSource::key)
      .def("add_feed", Verb(&AudioSource::AddFeed), py::arg("feed"))
      .def("remove_feed", Verb(&AudioSource::RemoveFeed), py::arg("feed"))
      .def("push", &PushSamples, py::arg("samples"), py::arg("sample_rate"))
      .def("pad", Verb(&AudioSource::Pad))
      .def("clear", Verb(&AudioSource::Clear))
      .def("notify_at", Verb(&AudioSource::NotifyAt), py::arg("mailbox"), py::arg("limit"))
      .def_property_readonly("queued", &AudioSource::queued);

  py::class_<VideoSink, std::shared_ptr<VideoSink>>(m, "VideoSink")
      .def(py::init(Verb(&VideoSink::Create)), py::arg("mailbox"), py::arg("track"), py::arg("capacity"),
           py::arg("drop"))
      .def_property_readonly("key", &VideoSink::key)
      .def_property_readonly("dropped", &VideoSink::dropped)
      .def("pop", &VideoSink::Pop)
      .def("empty", &VideoSink::empty)
      .def("detach", [](VideoSink& sink) { WithoutGil([&] { sink.Detach(); }); });

  py::class_<ArraySink, std::shared_ptr<ArraySink>>(m, "ArraySink")
      .def(py::init([](std::shared_ptr<Mailbox> mailbox, const std::shared_ptr<Track>& track, size_t capacity,
                       Drop drop, PixelFormat format, std::optional<std::pair<int, int>> size) {
             const auto wanted =
                 size ? std::optional(VideoSize{.width = size->first, .height = size->second}) : std::nullopt;
             return WithoutGil([&] {
               return ArraySink::Create(std::move(mailbox), track, capacity, drop, {.format = format, .size = wanted});
             });
           }),
           py::arg("mailbox"), py::arg("track"), py::arg("capacity"), py::arg("drop"), py::arg("format"),
           py::arg("size"))
      .def_property_readonly("key", &ArraySink::key)
      .def_property_readonly("dropped", &ArraySink::dropped)
      .def("pop", &PopArray)
      .def("empty", &ArraySink::empty)
      .def("detach", [](ArraySink& sink) { WithoutGil([&] { sink.Detach(); }); });

  py::class_<AudioSink, std::shared_ptr<AudioSink>>(m, "AudioSink")
      .def(py::init([](std::shared_ptr<Mailbox> mailbox, const std::shared_ptr<Track>& track, size_t capacity,
                       Drop drop, int sample_rate, size_t channels) {
             return WithoutGil([&] {
               return AudioSink::Create(std::move(mailbox), track, capacity, drop,
                                        {.sample_rate = sample_rate, .channels = channels});
             });
           }),
           py::arg("mailbox"), py::arg("track"), py::arg("capacity"), py::arg("drop"), py::arg("sample_rate"),
           py::arg("channels"))
      .def_property_readonly("key", &AudioSink::key)
      .def_property_readonly("dropped", &AudioSink::dropped)
      .def("pop", &AudioSink::Pop)
      .def("empty", &AudioSink::empty)
      .def("detach", [](AudioSink& sink) { WithoutGil([&] { sink.Detach(); }); });
}

}  // namespace pywebrtc::bind
