// A media stream track of libwebrtc, local or remote.
#pragma once

#include <memory>
#include <string>

#include "api/media_stream_interface.h"
#include "api/scoped_refptr.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class Track final : public Object, private webrtc::ObserverInterface {
 public:
  const std::string& id() const { return id_; }
  bool is_video() const { return video_; }

  // Blocking: whoever has muted a track may push what nobody is to see. Black or silence is sent.
  void SetEnabled(bool enabled);

  // Signaling thread; null once disposed of.
  const webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface>& native() const { return track_; }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // Signaling thread. Without a mailbox nobody hears of changes of state: a local track ends when
  // its owner in Python says so.
  Track(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track);
  void Dispose() override;
  void OnChanged() override;

  const std::shared_ptr<Mailbox> mailbox_;
  const std::string id_;
  const bool video_;
  webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track_;
  webrtc::MediaStreamTrackInterface::TrackState posted_state_;
};

}  // namespace pywebrtc
