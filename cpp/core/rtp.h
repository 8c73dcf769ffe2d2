// A transceiver with its sender and receiver.
#pragma once

#include <memory>

#include "api/rtp_transceiver_interface.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"

namespace pywebrtc {

class RtpTransceiver final : public Object {
 public:
  const std::shared_ptr<Track>& receiver_track() const { return receiver_track_; }

  // Signaling thread; null once disposed of.
  const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& native() const { return transceiver_; }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // Signaling thread.
  RtpTransceiver(const std::shared_ptr<Mailbox>& mailbox,
                 webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver);
  void Dispose() override;

  webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver_;
  const std::shared_ptr<Track> receiver_track_;
};

}  // namespace pywebrtc
