#include "core/rtp.h"

#include <utility>

namespace pywebrtc {

RtpTransceiver::RtpTransceiver(const std::shared_ptr<Mailbox>& mailbox,
                               webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver)
    : Object("RTCRtpTransceiver"),
      transceiver_(std::move(transceiver)),
      receiver_track_(MakeObject<Track>(mailbox, transceiver_->receiver())) {}

void RtpTransceiver::Dispose() {
  transceiver_ = nullptr;
}

}  // namespace pywebrtc
