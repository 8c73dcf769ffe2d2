#include "core/snapshot.h"

#include <pybind11/stl.h>

#include "bind/enums.h"
#include "bind/init.h"
#include "core/rtp.h"

namespace pywebrtc::bind {

void init_snapshot(py::module_& m) {
  py::class_<Description>(m, "Description")
      .def(py::init<webrtc::SdpType, std::string>(), py::arg("type"), py::arg("sdp"))
      .def_readonly("type", &Description::type)
      .def_readonly("sdp", &Description::sdp);

  py::class_<TransceiverSnapshot>(m, "TransceiverSnapshot")
      .def_readonly("transceiver", &TransceiverSnapshot::transceiver)
      .def_readonly("mid", &TransceiverSnapshot::mid)
      .def_readonly("direction", &TransceiverSnapshot::direction)
      .def_readonly("current_direction", &TransceiverSnapshot::current_direction)
      .def_readonly("fired_direction", &TransceiverSnapshot::fired_direction)
      .def_readonly("stopping", &TransceiverSnapshot::stopping)
      .def_readonly("stopped", &TransceiverSnapshot::stopped)
      .def_readonly("receiver_stream_ids", &TransceiverSnapshot::receiver_stream_ids)
      .def_readonly("transport", &TransceiverSnapshot::transport)
      .def_readonly("version", &TransceiverSnapshot::version);

  py::class_<SctpSnapshot>(m, "SctpSnapshot")
      .def_readonly("transport", &SctpSnapshot::transport)
      .def_readonly("dtls_transport", &SctpSnapshot::dtls_transport)
      .def_readonly("max_message_size", &SctpSnapshot::max_message_size)
      .def_readonly("max_channels", &SctpSnapshot::max_channels);

  py::class_<PeerSnapshot, std::shared_ptr<PeerSnapshot>>(m, "PeerSnapshot")
      .def_readonly("signaling_state", &PeerSnapshot::signaling_state)
      .def_property_readonly("current_local", [](const PeerSnapshot& s) { return s.descriptions.current_local; })
      .def_property_readonly("pending_local", [](const PeerSnapshot& s) { return s.descriptions.pending_local; })
      .def_property_readonly("current_remote", [](const PeerSnapshot& s) { return s.descriptions.current_remote; })
      .def_property_readonly("pending_remote", [](const PeerSnapshot& s) { return s.descriptions.pending_remote; })
      .def_readonly("can_trickle_ice_candidates", &PeerSnapshot::can_trickle_ice_candidates)
      .def_readonly("transceivers", &PeerSnapshot::transceivers)
      .def_readonly("sctp", &PeerSnapshot::sctp)
      .def_readonly("version", &PeerSnapshot::version);
}

}  // namespace pywebrtc::bind
