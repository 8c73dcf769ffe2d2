#include "core/rtp.h"

#include <cmath>
#include <vector>

#include "api/units/time_delta.h"
#include "bind/init.h"
#include "bind/rtp_parameters.h"
#include "bind/verb.h"
#include "rtc_base/time_utils.h"
#include "system_wrappers/include/ntp_time.h"

namespace pywebrtc::bind {
namespace {

// https://w3c.github.io/webrtc-pc/#dom-rtcrtpcontributingsource as a dict; `contributing` is said beside it.
py::dict SourceEntry(const webrtc::RtpSource& source, double epoch_offset_ms) {
  py::dict entry;
  entry["timestamp"] = epoch_offset_ms + static_cast<double>(source.timestamp().us()) / 1000;
  entry["source"] = source.source_id();
  entry["rtpTimestamp"] = source.rtp_timestamp();
  if (const auto level = source.audio_level()) {
    // https://www.rfc-editor.org/rfc/rfc6464#section-3: -dBov, and 127 is silence.
    entry["audioLevel"] = *level == 127 ? 0.0 : std::pow(10.0, -*level / 20.0);
  }
  if (const auto time = source.absolute_capture_time()) {
    entry["captureTimestamp"] = webrtc::UQ32x32ToInt64Ms(time->absolute_capture_timestamp);
    if (time->estimated_capture_clock_offset) {
      entry["senderCaptureTimeOffset"] = webrtc::Q32x32ToInt64Ms(*time->estimated_capture_clock_offset);
    }
  }
  return entry;
}

// (is contributing, entry) pairs.
py::list SourceEntries(RtpTransceiver& transceiver) {
  const auto sources = WithoutGil([&] { return transceiver.Sources(); });
  // Sources are stamped by the monotonic clock.
  const double epoch_offset_ms = static_cast<double>(webrtc::TimeUTCMicros() - webrtc::TimeMicros()) / 1000;
  py::list entries;
  for (const webrtc::RtpSource& source : sources) {
    entries.append(
        py::make_tuple(source.source_type() == webrtc::RtpSourceType::CSRC, SourceEntry(source, epoch_offset_ms)));
  }
  return entries;
}

}  // namespace

void init_rtp(py::module_& m) {
  py::class_<DtmfSender, std::shared_ptr<DtmfSender>>(m, "DtmfSender")
      .def_property_readonly("key", &DtmfSender::key)
      .def("insert", Verb(&DtmfSender::Insert), py::arg("tones"), py::arg("duration"), py::arg("inter_tone_gap"),
           py::arg("insertion"))
      .def("can_insert", Verb(&DtmfSender::CanInsert));

  py::class_<RtpTransceiver, std::shared_ptr<RtpTransceiver>>(m, "RtpTransceiver")
      .def_property_readonly("key", &RtpTransceiver::key)
      .def_property_readonly("receiver_track", &RtpTransceiver::receiver_track)
      .def("set_codec_preferences", Verb(&RtpTransceiver::SetCodecPreferences), py::arg("codecs"))
      .def("header_extensions_to_negotiate", Verb(&RtpTransceiver::HeaderExtensionsToNegotiate))
      .def("negotiated_header_extensions", Verb(&RtpTransceiver::NegotiatedHeaderExtensions))
      .def("set_header_extensions_to_negotiate", Verb(&RtpTransceiver::SetHeaderExtensionsToNegotiate),
           py::arg("extensions"))
      .def("sender_parameters", Verb(&RtpTransceiver::SenderParameters))
      .def("receiver_parameters", Verb(&RtpTransceiver::ReceiverParameters))
      .def("set_streams", Verb(&RtpTransceiver::SetStreams), py::arg("ids"))
      .def("make_dtmf_sender", Verb(&RtpTransceiver::MakeDtmfSender))
      .def("sources", &SourceEntries)
      .def("set_jitter_buffer_target", Verb(&RtpTransceiver::SetJitterBufferTarget), py::arg("seconds"))
      .def("sender_transform", Verb(&RtpTransceiver::SenderTransform), py::arg("capacity"))
      .def("receiver_transform", Verb(&RtpTransceiver::ReceiverTransform), py::arg("capacity"));

  m.def("sender_capabilities", Verb(&RtpTransceiver::SenderCapabilities), py::arg("kind"));
  m.def("receiver_capabilities", Verb(&RtpTransceiver::ReceiverCapabilities), py::arg("kind"));
}

}  // namespace pywebrtc::bind
