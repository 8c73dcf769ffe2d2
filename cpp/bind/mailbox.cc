// drain(): messages to Python tuples (target key, method name, arguments...).
#include "core/mailbox.h"

#include <pybind11/stl.h>

#include <memory>
#include <variant>

#include "bind/enums.h"
#include "bind/errors.h"
#include "bind/init.h"
#include "bind/stats.h"
#include "bind/text.h"
#include "bind/verb.h"
#include "core/camera.h"
#include "core/certificate.h"
#include "core/data_channel.h"
#include "core/external_decoder.h"
#include "core/external_encoder.h"
#include "core/microphone.h"
#include "core/rtp.h"
#include "core/speaker.h"

namespace pywebrtc::bind {
namespace {

// Methods of Python's classes that messages are for; each stands once, next to what it is given.
struct ToTuple {
  template <class Message, class... Values>
  static py::tuple Make(const Message& message, const char* method, Values&&... values) {
    return py::make_tuple(message.target, py::str(method), std::forward<Values>(values)...);
  }

  static py::object Shared(const std::shared_ptr<const PeerSnapshot>& snapshot) {
    return py::cast(std::const_pointer_cast<PeerSnapshot>(snapshot));
  }

  py::tuple operator()(const OperationDone& m) const {
    return Make(m, "_on_operation", m.operation, MakeException(m.error, m.sdp_line), m.value, Shared(m.state));
  }
  py::tuple operator()(const IceTransportChanged& m) const { return Make(m, "_on_ice", m.state, m.role, m.selected); }
  py::tuple operator()(const IceTransportGathering& m) const { return Make(m, "_on_gathering", m.state); }
  py::tuple operator()(const DtlsTransportChanged& m) const {
    py::list certificates;
    for (const std::string& der : m.remote_certificates) {
      certificates.append(py::bytes(der));
    }
    return Make(m, "_on_state", m.state, certificates, m.wrong_fingerprint);
  }
  py::tuple operator()(const SctpTransportChanged& m) const { return Make(m, "_on_state", m.state, m.max_channels); }
  py::tuple operator()(const IceCandidateGathered& m) const {
    return Make(m, "_on_ice_candidate", m.candidate.candidate, m.candidate.sdp_mid, m.candidate.sdp_mline_index,
                m.candidate.username_fragment, m.candidate.url, m.candidate.relay_protocol, m.current_local,
                m.pending_local);
  }
  py::tuple operator()(const IceCandidateFailed& m) const {
    return Make(m, "_on_ice_candidate_error", m.address, m.port, m.url, m.error_code, Text(m.error_text));
  }
  py::tuple operator()(const NegotiationNeeded& m) const { return Make(m, "_on_negotiation_needed", m.event_id); }
  py::tuple operator()(const DataChannelAnnounced& m) const { return Make(m, "_on_data_channel", m.channel); }
  py::tuple operator()(const PeerConnectionClosed& m) const { return Make(m, "_on_closed", m.last_stats); }
  py::tuple operator()(const DataChannelStateChanged& m) const {
    return Make(m, "_on_state", m.state, m.id, MakeException(m.error));
  }
  py::tuple operator()(const DataChannelSent& m) const { return Make(m, "_on_sent", m.bytes->exchange(0)); }
  py::tuple operator()(const TrackStateChanged& m) const { return Make(m, "_on_state", m.state); }
  py::tuple operator()(const TrackUnmuted& m) const { return Make(m, "_on_unmuted"); }
  py::tuple operator()(const ToneChanged& m) const { return Make(m, "_on_tone", m.insertion, m.tone, m.tones_left); }
  py::tuple operator()(const DeviceLost& m) const { return Make(m, "_on_lost"); }
  py::tuple operator()(const FramesWaiting& m) const { return Make(m, "_on_frames"); }
  py::tuple operator()(const LeasesReturned& m) const { return Make(m, "_on_returned"); }
  py::tuple operator()(const AudioDrained& m) const { return Make(m, "_on_drained"); }
  py::tuple operator()(const WantsChanged& m) const { return Make(m, "_on_wants"); }
  py::tuple operator()(const ExternalCodecMade& m) const { return Make(m, "_on_codec", m.index, m.codec); }
  py::tuple operator()(const LogWaiting& m) const { return Make(m, "_on_log"); }
  py::tuple operator()(const DataChannelMessages& m) const {
    py::list messages(m.messages.size());
    for (size_t i = 0; i < m.messages.size(); ++i) {
      messages[i] = Payload(m.messages[i]);
    }
    return Make(m, "_on_messages", messages);
  }

  // The one copy: from the network thread's buffer into the object that the listener gets.
  static py::object Payload(const DataChannelMessage& m) {
    const auto* data = m.data.cdata<char>();
    const size_t size = m.data.size();
    if (m.binary) {
      return py::bytes(data, size);
    }
    return Text({data, size});
  }
};

py::list Drain(Mailbox& mailbox, size_t max) {
  py::list tuples;
  for (const Event& event : mailbox.Drain(max)) {
    tuples.append(std::visit(ToTuple(), event));
  }
  return tuples;
}

}  // namespace

void init_mailbox(py::module_& m) {
  py::class_<Mailbox, std::shared_ptr<Mailbox>>(m, "Mailbox")
      .def(py::init<>())
      .def("fileno", &Mailbox::fd)
      .def("drain", &Drain, py::arg("max"))
      .def("close", &Mailbox::Close, py::call_guard<ReleasedGil>());
}

}  // namespace pywebrtc::bind
