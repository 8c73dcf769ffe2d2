#include "core/track.h"

#include <tuple>
#include <utility>

#include "core/engine.h"

namespace pywebrtc {

Track::Track(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track)
    : Object("MediaStreamTrack"),
      mailbox_(std::move(mailbox)),
      id_(track->id()),
      video_(track->kind() == webrtc::MediaStreamTrackInterface::kVideoKind),
      track_(std::move(track)),
      posted_state_(track_->state()) {
  if (mailbox_) {
    track_->RegisterObserver(this);
  }
}

void Track::Dispose() {
  if (mailbox_) {
    track_->UnregisterObserver(this);
  }
  track_ = nullptr;
}

void Track::OnChanged() {
  if (track_->state() != posted_state_) {
    posted_state_ = track_->state();
    mailbox_->Post(TrackStateChanged{key(), posted_state_});
  }
}

void Track::SetEnabled(bool enabled) {
  // After the engine has stopped there is nothing left to silence.
  std::ignore = Engine::CallOnSignaling([this, enabled] {
    if (track_) {
      track_->set_enabled(enabled);
    }
    return webrtc::RTCError::OK();
  });
}

}  // namespace pywebrtc
