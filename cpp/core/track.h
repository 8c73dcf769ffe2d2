// A media stream track of libwebrtc, local or remote.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "api/media_stream_interface.h"
#include "api/rtc_error.h"
#include "api/rtp_receiver_interface.h"
#include "api/scoped_refptr.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "core/adapting_source.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {

class Track final : public Object, private webrtc::ObserverInterface, private webrtc::RtpReceiverObserverInterface {
 public:
  using ContentHint = webrtc::VideoTrackInterface::ContentHint;

  const std::string& id() const { return id_; }
  bool is_video() const { return video_; }
  // Any thread, for whoever has samples of a disabled track: libwebrtc blackens video for every
  // sink, but silences audio only where it is sent.
  std::shared_ptr<const std::atomic<bool>> enabled() const { return enabled_; }

  // Any thread: the last picture of a remote track.
  std::optional<VideoSize> size() const { return pictures_.size(); }

  // Blocking: whoever has muted a track may push what nobody is to see. Black or silence is sent.
  void SetEnabled(bool enabled);
  // Of video only.
  void SetContentHint(ContentHint hint);
  // Another track of the same source.
  webrtc::RTCErrorOr<std::shared_ptr<Track>> Clone(const std::string& id);

  // Signaling thread; null once disposed of.
  const webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface>& native() const { return track_; }
  // What a sender is given: the track itself, or what passes a received one on, with its hint of now.
  webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> Outgoing();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // What a remote track's getSettings() tells; the pictures themselves go elsewhere.
  class Pictures final : public webrtc::VideoSinkInterface<webrtc::VideoFrame> {
   public:
    // A decoder's thread.
    void OnFrame(const webrtc::VideoFrame& frame) override;
    std::optional<VideoSize> size() const;

   private:
    mutable webrtc::Mutex mutex_;
    std::optional<VideoSize> size_ RTC_GUARDED_BY(mutex_);
  };

  // Signaling thread. A local track has nothing to tell: it ends when its owner in Python says so.
  explicit Track(webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track);
  Track(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver);
  void Dispose() override;
  void OnChanged() override;
  void OnFirstPacketReceived(webrtc::MediaType /*type*/) override {}
  void OnFirstPacketReceivedAfterReceptiveChange(webrtc::MediaType type) override;
  webrtc::VideoTrackInterface& video() const;

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver_;
  webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track_;
  const std::string id_;
  const bool video_;
  const std::shared_ptr<std::atomic<bool>> enabled_;
  webrtc::MediaStreamTrackInterface::TrackState posted_state_;
  Pictures pictures_;
};

}  // namespace pywebrtc
