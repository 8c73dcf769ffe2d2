// libwebrtc's SCTP transport, which loses nothing of a channel that is opened, used and closed at once.
#pragma once

#include <memory>

#include "api/transport/sctp_transport_factory_interface.h"
#include "rtc_base/thread.h"

namespace pywebrtc {

std::unique_ptr<webrtc::SctpTransportFactoryInterface> CreateSctpTransportFactory(webrtc::Thread* network,
                                                                                  webrtc::Thread* signaling);

}  // namespace pywebrtc
