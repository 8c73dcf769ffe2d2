// Plays telephone keys into the audio that a sender sends.
#pragma once

#include <memory>
#include <string>

#include "api/dtmf_sender_interface.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class DtmfSender final : public Object, private webrtc::DtmfSenderObserverInterface {
 public:
  // Blocking. Times in milliseconds. ToneChanged follows for each tone, with the number of its insertion:
  // this overtakes those that wait in the mailbox.
  webrtc::RTCError Insert(const std::string& tones, int duration, int inter_tone_gap, int insertion);
  // Blocking; false where the connection is closed.
  bool CanInsert();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // Signaling thread.
  DtmfSender(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::DtmfSenderInterface> sender);
  void Dispose() override;
  void OnToneChange(const std::string& tone, const std::string& tones_left) override;

  const std::shared_ptr<Mailbox> mailbox_;
  // Signaling thread.
  webrtc::scoped_refptr<webrtc::DtmfSenderInterface> sender_;
  int insertion_ = 0;
};

}  // namespace pywebrtc
