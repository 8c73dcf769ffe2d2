#include "core/peer_connection.h"

#include <pybind11/stl.h>

#include "bind/dictionaries.h"
#include "bind/init.h"
#include "bind/rtp_parameters.h"
#include "bind/verb.h"

namespace pywebrtc::bind {

void init_peer_connection(py::module_& m) {
  py::class_<PeerConnection, std::shared_ptr<PeerConnection>>(m, "PeerConnection")
      .def(py::init([](std::shared_ptr<Mailbox> mailbox, const PeerConnection::Configuration& configuration,
                       const std::vector<std::shared_ptr<Certificate>>& certificates, const ConnectionOptions& options,
                       const ExternalCodecs& codecs) {
             return WithoutGil([&] {
               return PeerConnection::Create(std::move(mailbox), configuration, certificates, options, codecs);
             });
           }),
           py::arg("mailbox"), py::arg("configuration"), py::arg("certificates"), py::arg("options"), py::arg("codecs"))
      .def_property_readonly("key", &PeerConnection::key)
      .def_property_readonly("fingerprint",
                             [](const PeerConnection& self) {
                               return py::make_tuple(self.fingerprint().algorithm, self.fingerprint().digest);
                             })
      .def("create_offer", Verb(&PeerConnection::CreateOffer), py::arg("operation"), py::arg("options"))
      .def("create_answer", Verb(&PeerConnection::CreateAnswer), py::arg("operation"), py::arg("options"))
      .def("set_local_description", Verb(&PeerConnection::SetLocalDescription), py::arg("operation"),
           py::arg("description"))
      .def("set_remote_description", Verb(&PeerConnection::SetRemoteDescription), py::arg("operation"),
           py::arg("description"))
      .def("add_ice_candidate", Verb(&PeerConnection::AddIceCandidate), py::arg("operation"), py::arg("candidate"),
           py::arg("sdp_mid"), py::arg("sdp_mline_index"))
      .def("get_stats", Verb(&PeerConnection::GetStats), py::arg("operation"))
      .def("set_parameters", Verb(&PeerConnection::SetParameters), py::arg("operation"), py::arg("transceiver"),
           py::arg("encodings"), py::arg("degradation"), py::arg("key_frames"))
      .def("replace_track", Verb(&PeerConnection::ReplaceTrack), py::arg("operation"), py::arg("transceiver"),
           py::arg("track"))
      .def("restart_ice", Verb(&PeerConnection::RestartIce))
      .def("close", Verb(&PeerConnection::Close))
      // Blocking
      .def("create_data_channel", Verb(&PeerConnection::CreateDataChannel), py::arg("label"), py::arg("init"))
      .def("add_track", Verb(&PeerConnection::AddTrack), py::arg("track"), py::arg("stream_ids"))
      .def("remove_track", Verb(&PeerConnection::RemoveTrack), py::arg("transceiver"))
      .def("add_transceiver", Verb(&PeerConnection::AddTransceiver), py::arg("kind"), py::arg("track"),
           py::arg("direction"), py::arg("stream_ids"), py::arg("encodings"))
      .def("set_direction", Verb(&PeerConnection::SetDirection), py::arg("transceiver"), py::arg("direction"))
      .def("stop_transceiver", Verb(&PeerConnection::StopTransceiver), py::arg("transceiver"))
      .def("set_configuration", Verb(&PeerConnection::SetConfiguration), py::arg("configuration"))
      .def("should_fire_negotiation_needed", Verb(&PeerConnection::ShouldFireNegotiationNeeded), py::arg("event_id"));
}

}  // namespace pywebrtc::bind
