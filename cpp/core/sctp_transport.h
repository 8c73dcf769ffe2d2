// libwebrtc's SCTP transport, which loses nothing of a channel that is opened, used and closed at once, and sends
// what belongs together in one turn of the network thread.
#pragma once

#include <memory>

#include "api/transport/sctp_transport_factory_interface.h"
#include "core/socket_server.h"
#include "rtc_base/thread.h"

namespace pywebrtc {

std::unique_ptr<webrtc::SctpTransportFactoryInterface> CreateSctpTransportFactory(webrtc::Thread* network,
                                                                                  UdpSocketServer& sockets,
                                                                                  webrtc::Thread* signaling);

}  // namespace pywebrtc
