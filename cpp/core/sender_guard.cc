#include "core/sender_guard.h"

#include <optional>
#include <utility>

#include "api/make_ref_counted.h"
#include "core/engine.h"
#include "media/base/adapted_video_track_source.h"

namespace pywebrtc {
namespace {

class NoPictures : public webrtc::AdaptedVideoTrackSource {
 public:
  bool is_screencast() const override { return false; }
  std::optional<bool> needs_denoising() const override { return std::nullopt; }
  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }
};

webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> StandIn(bool video) {
  if (video) {
    return Engine::Factory().CreateVideoTrack(webrtc::make_ref_counted<NoPictures>(), "stand-in");
  }
  return Engine::Factory().CreateAudioTrack("stand-in", nullptr);
}

}  // namespace

SenderGuard::SenderGuard(webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender,
                         webrtc::scoped_refptr<FrameGate> gate)
    : sender_(std::move(sender)), gate_(std::move(gate)), stand_in_(StandIn(gate_->video())) {
  Update();
}

void SenderGuard::Update() {
  const auto current = sender_->track();
  if (current != stand_in_) {
    track_ = current;
  }
  const auto wanted = track_ && !gate_->installed() ? stand_in_ : track_;
  if (wanted != current) {
    sender_->SetTrack(wanted.get());
  }
}

}  // namespace pywebrtc
