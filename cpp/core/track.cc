#include "core/track.h"

#include <tuple>
#include <utility>

#include "api/make_ref_counted.h"
#include "core/engine.h"
#include "core/relay_source.h"

namespace pywebrtc {

using webrtc::RTCError;

void Track::Pictures::OnFrame(const webrtc::VideoFrame& frame) {
  webrtc::MutexLock lock(&mutex_);
  size_ = {.width = frame.width(), .height = frame.height()};
}

std::optional<VideoSize> Track::Pictures::size() const {
  webrtc::MutexLock lock(&mutex_);
  return size_;
}

Track::Track(webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track)
    : Object("MediaStreamTrack"),
      track_(std::move(track)),
      id_(track_->id()),
      video_(track_->kind() == webrtc::MediaStreamTrackInterface::kVideoKind),
      enabled_(std::make_shared<std::atomic<bool>>(true)),
      posted_state_(track_->state()) {}

Track::Track(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver)
    : Object("MediaStreamTrack"),
      mailbox_(std::move(mailbox)),
      receiver_(std::move(receiver)),
      track_(receiver_->track()),
      id_(track_->id()),
      video_(track_->kind() == webrtc::MediaStreamTrackInterface::kVideoKind),
      enabled_(std::make_shared<std::atomic<bool>>(true)),
      posted_state_(track_->state()) {
  track_->RegisterObserver(this);
  receiver_->SetObserver(this);
  if (video_) {
    video().AddOrUpdateSink(&pictures_, webrtc::VideoSinkWants());
  }
}

void Track::Dispose() {
  if (receiver_) {
    if (video_) {
      video().RemoveSink(&pictures_);
    }
    receiver_->SetObserver(nullptr);
    track_->UnregisterObserver(this);
  }
  receiver_ = nullptr;
  track_ = nullptr;
}

webrtc::VideoTrackInterface& Track::video() const {
  return static_cast<webrtc::VideoTrackInterface&>(*track_);
}

void Track::OnChanged() {
  if (track_->state() != posted_state_) {
    posted_state_ = track_->state();
    // In a task of its own, as the specification has it: the description that ends the track is told first.
    Engine::PostToSignaling(
        [mailbox = mailbox_, changed = TrackStateChanged{key(), posted_state_}] { mailbox->Post(changed); });
  }
}

void Track::OnFirstPacketReceivedAfterReceptiveChange(webrtc::MediaType /*type*/) {
  mailbox_->Post(TrackUnmuted{key()});
}

void Track::SetEnabled(bool enabled) {
  *enabled_ = enabled;
  // After the engine has stopped there is nothing left to silence.
  std::ignore = Engine::CallOnSignaling([this, enabled] {
    if (track_) {
      track_->set_enabled(enabled);
    }
    return RTCError::OK();
  });
}

void Track::SetContentHint(ContentHint hint) {
  std::ignore = Engine::CallOnSignaling([this, hint] {
    if (track_) {
      video().set_content_hint(hint);
    }
    return RTCError::OK();
  });
}

webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> Track::Outgoing() {
  // Its clones too have the receiver's source, which gives all pictures to all.
  if (!track_ || !video_ || !video().GetSource()->remote()) {
    return track_;
  }
  const webrtc::scoped_refptr<webrtc::VideoTrackInterface> received(&video());
  auto outgoing = Engine::Factory().CreateVideoTrack(webrtc::make_ref_counted<RelaySource>(received), id_);
  outgoing->set_content_hint(received->content_hint());
  return outgoing;
}

webrtc::RTCErrorOr<std::shared_ptr<Track>> Track::Clone(const std::string& id) {
  std::shared_ptr<Track> clone;
  RTCError error = Engine::CallOnSignaling([&] {
    if (!track_) {
      return RTCError::InvalidState("the track's connection is closed");
    }
    webrtc::PeerConnectionFactoryInterface& factory = Engine::Factory();
    if (video_) {
      webrtc::scoped_refptr<webrtc::VideoTrackSourceInterface> source(video().GetSource());
      clone = MakeObject<Track>(factory.CreateVideoTrack(source, id));
    } else {
      auto& audio = static_cast<webrtc::AudioTrackInterface&>(*track_);
      clone = MakeObject<Track>(factory.CreateAudioTrack(id, audio.GetSource()));
    }
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return clone;
}

}  // namespace pywebrtc
