#include "core/dtmf_sender.h"

#include <utility>

#include "core/engine.h"

namespace pywebrtc {

using webrtc::RTCError;

DtmfSender::DtmfSender(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::DtmfSenderInterface> sender)
    : Object("RTCDTMFSender"), mailbox_(std::move(mailbox)), sender_(std::move(sender)) {
  sender_->RegisterObserver(this);
}

void DtmfSender::Dispose() {
  sender_->UnregisterObserver();
  sender_ = nullptr;
}

RTCError DtmfSender::Insert(const std::string& tones, int duration, int inter_tone_gap, int insertion) {
  return Engine::CallOnSignaling([&] {
    if (!sender_ || !sender_->InsertDtmf(tones, duration, inter_tone_gap)) {
      return RTCError::InvalidState("no tone can be sent: audio is not being sent, or without telephone-event");
    }
    insertion_ = insertion;
    return RTCError::OK();
  });
}

bool DtmfSender::CanInsert() {
  bool can = false;
  return Engine::CallOnSignaling([&] {
           can = sender_ && sender_->CanInsertDtmf();
           return RTCError::OK();
         }).ok() &&
         can;
}

void DtmfSender::OnToneChange(const std::string& tone, const std::string& tones_left) {
  mailbox_->Post(ToneChanged{key(), insertion_, tone, tones_left});
}

}  // namespace pywebrtc
