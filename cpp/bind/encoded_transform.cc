#include "core/encoded_transform.h"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <cmath>
#include <optional>
#include <string>

#include "bind/enums.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/encoded_frame.h"

namespace pywebrtc::bind {
namespace {

template <class Value>
void Put(py::dict& members, const char* name, const std::optional<Value>& value) {
  if (value) {
    members[name] = *value;
  }
}

std::optional<double> Milliseconds(std::optional<int64_t> microseconds) {
  return microseconds ? std::optional(static_cast<double>(*microseconds) / 1000) : std::nullopt;
}

// https://w3c.github.io/webrtc-encoded-transform/#RTCEncodedFrameMetadata without what libwebrtc does not know.
py::typing::Dict<py::str, py::object> Metadata(const EncodedFrame& frame) {
  const EncodedFrameInfo& info = frame.info();
  py::typing::Dict<py::str, py::object> members;
  members["synchronizationSource"] = info.ssrc;
  members["payloadType"] = info.payload_type;
  members["contributingSources"] = info.csrcs;
  members["rtpTimestamp"] = info.rtp_timestamp;
  members["mimeType"] = info.mime_type;
  Put(members, "receiveTime", Milliseconds(info.receive_time_us));
  Put(members, "captureTime", Milliseconds(info.capture_time_us));
  Put(members, "senderCaptureTimeOffset", Milliseconds(info.sender_capture_time_offset_us));
  if (!info.video) {
    Put(members, "sequenceNumber", info.sequence_number);
    if (info.audio_level) {
      // https://www.rfc-editor.org/rfc/rfc6464#section-3: -dBov, and 127 is silence.
      members["audioLevel"] = *info.audio_level == 127 ? 0.0 : std::pow(10.0, -*info.audio_level / 20.0);
    }
    return members;
  }
  Put(members, "frameId", info.frame_id);
  if (info.frame_id) {
    members["dependencies"] = info.dependencies;
  }
  // Known of key frames, and of all that a sender has.
  if (info.width > 0) {
    members["width"] = info.width;
    members["height"] = info.height;
  }
  members["spatialIndex"] = info.spatial_index;
  members["temporalIndex"] = info.temporal_index;
  Put(members, "timestamp", info.presentation_timestamp_us);
  return members;
}

// A copy: libwebrtc's own buffer is gone once the frame is handed back.
std::optional<py::bytearray> Data(const EncodedFrame& frame) {
  if (!frame.held()) {
    return std::nullopt;
  }
  const auto data = frame.data();
  return py::bytearray(reinterpret_cast<const char*>(data.data()), data.size());
}

FrameGate::HandedBack HandBack(EncodedTransform& transform,
                               EncodedFrame& frame,
                               const std::optional<py::buffer>& data,
                               const EncodedFrameChanges& changes) {
  // Held while it is read without the GIL: nobody can resize what is exported.
  const py::buffer_info bytes = data ? data->request() : py::buffer_info();
  return WithoutGil([&] {
    if (data && frame.held()) {
      frame.Replace({static_cast<const uint8_t*>(bytes.ptr), static_cast<size_t>(bytes.size * bytes.itemsize)});
    }
    if (frame.held()) {
      frame.Change(changes);
    }
    return transform.HandBack(frame);
  });
}

}  // namespace

void init_encoded_transform(py::module_& m) {
  py::class_<EncodedFrame>(m, "EncodedFrame")
      .def_property_readonly("is_video", [](const EncodedFrame& f) { return f.info().video; })
      .def_property_readonly("from_sender", [](const EncodedFrame& f) { return f.info().from_sender; })
      .def_property_readonly("is_key", [](const EncodedFrame& f) { return f.info().key_frame; })
      .def_property_readonly("rid", [](const EncodedFrame& f) { return f.info().rid; })
      .def_property_readonly("mime_type", [](const EncodedFrame& f) { return f.info().mime_type; })
      .def_property_readonly("rtp_timestamp", [](const EncodedFrame& f) { return f.info().rtp_timestamp; })
      .def_property_readonly("size", [](const EncodedFrame& f) { return f.data().size(); })
      .def_property_readonly("held", &EncodedFrame::held)
      .def_property_readonly("can_set_payload_type",
                             [](const EncodedFrame& f) { return f.info().can_set_payload_type; })
      .def_property_readonly("can_set_capture_time",
                             [](const EncodedFrame& f) { return f.info().can_set_capture_time; })
      .def_property_readonly("can_set_audio_level", [](const EncodedFrame& f) { return f.info().can_set_audio_level; })
      .def("data", &Data)
      .def("metadata", &Metadata);

  py::class_<EncodedFrameChanges>(m, "EncodedFrameChanges")
      .def(py::init<>())
      .def_readwrite("rtp_timestamp", &EncodedFrameChanges::rtp_timestamp)
      .def_readwrite("payload_type", &EncodedFrameChanges::payload_type)
      .def_readwrite("capture_time_us", &EncodedFrameChanges::capture_time_us)
      .def_readwrite("audio_level", &EncodedFrameChanges::audio_level)
      .def_readwrite("frame_id", &EncodedFrameChanges::frame_id)
      .def_readwrite("dependencies", &EncodedFrameChanges::dependencies);

  py::class_<EncodedTransform, std::shared_ptr<EncodedTransform>>(m, "EncodedTransform")
      .def_property_readonly("key", &EncodedTransform::key)
      .def_property_readonly("overflowed", [](const EncodedTransform& t) { return t.counts().overflowed; })
      .def_property_readonly("late", [](const EncodedTransform& t) { return t.counts().late; })
      .def_property_readonly("waiting", &EncodedTransform::waiting)
      .def("set_closed", Verb(&EncodedTransform::SetClosed), py::arg("closed"))
      .def("pop", &EncodedTransform::Pop)
      .def("hand_back", &HandBack, py::arg("frame"), py::arg("data"), py::arg("changes"))
      .def("request_key_frame", Verb(&EncodedTransform::RequestKeyFrame), py::arg("rids"));
}

}  // namespace pywebrtc::bind
