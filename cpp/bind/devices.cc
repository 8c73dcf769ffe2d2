// Devices of the machine, and what mixes tracks.
#include "core/devices.h"

#include <pybind11/stl.h>

#include <memory>
#include <optional>

#include "bind/enums.h"
#include "bind/init.h"
#include "bind/text.h"
#include "bind/verb.h"
#include "core/audio_feed.h"
#include "core/camera.h"
#include "core/microphone.h"
#include "core/speaker.h"
#include "core/track_mixer.h"
#include "core/video_source.h"

namespace pywebrtc::bind {

void init_devices(py::module_& m) {
  py::class_<CameraFormat>(m, "CameraFormat")
      .def(py::init([](int width, int height, int max_frame_rate) {
             return CameraFormat{.width = width, .height = height, .max_frame_rate = max_frame_rate};
           }),
           py::arg("width"), py::arg("height"), py::arg("max_frame_rate"))
      .def_readonly("width", &CameraFormat::width)
      .def_readonly("height", &CameraFormat::height)
      .def_readonly("max_frame_rate", &CameraFormat::max_frame_rate);

  py::class_<DeviceInfo>(m, "DeviceInfo")
      .def_readonly("kind", &DeviceInfo::kind)
      .def_property_readonly("id", [](const DeviceInfo& info) { return Text(info.id); })
      .def_property_readonly("label", [](const DeviceInfo& info) { return Text(info.label); })
      .def_readonly("formats", &DeviceInfo::formats);

  m.def("list_devices", Verb(&ListDevices), py::arg("mailbox"), py::arg("target"), py::arg("operation"));

  py::class_<TrackMixer, std::shared_ptr<TrackMixer>>(m, "TrackMixer")
      .def(py::init(Verb(&TrackMixer::Create)), py::arg("sample_rate"), py::arg("channels"))
      .def("add", Verb(&TrackMixer::Add), py::arg("track"), py::arg("gain"))
      .def("remove", Verb(&TrackMixer::Remove), py::arg("track"))
      .def("add_feed", Verb(&TrackMixer::AddFeed), py::arg("feed"))
      .def("remove_feed", Verb(&TrackMixer::RemoveFeed), py::arg("feed"));

  py::class_<Microphone, std::shared_ptr<Microphone>>(m, "Microphone")
      .def_static("open", Verb(&Microphone::Open), py::arg("mailbox"), py::arg("target"), py::arg("operation"),
                  py::arg("id"))
      .def_property_readonly("key", &Microphone::key)
      .def("add_feed", Verb(&Microphone::AddFeed), py::arg("feed"))
      .def("remove_feed", Verb(&Microphone::RemoveFeed), py::arg("feed"));

  py::class_<Speaker, std::shared_ptr<Speaker>>(m, "Speaker")
      .def_static("open", Verb(&Speaker::Open), py::arg("mailbox"), py::arg("target"), py::arg("operation"),
                  py::arg("id"))
      .def_property_readonly("key", &Speaker::key)
      .def("add", Verb(&Speaker::Add), py::arg("track"), py::arg("gain"))
      .def("remove", Verb(&Speaker::Remove), py::arg("track"))
      .def("set_volume", Verb(&Speaker::SetVolume), py::arg("volume"));

  py::class_<Camera, std::shared_ptr<Camera>>(m, "Camera")
      .def_static("open", Verb(&Camera::Open), py::arg("mailbox"), py::arg("target"), py::arg("operation"),
                  py::arg("id"), py::arg("format"))
      .def_property_readonly("key", &Camera::key)
      .def("configure", Verb(&Camera::Configure), py::arg("format"))
      .def("add_output", Verb(&Camera::AddOutput), py::arg("output"))
      .def("remove_output", Verb(&Camera::RemoveOutput), py::arg("output"));
}

}  // namespace pywebrtc::bind
