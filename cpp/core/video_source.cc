#include "core/video_source.h"

#include <memory>

#include "api/make_ref_counted.h"
#include "core/engine.h"
#include "core/pixels.h"

namespace pywebrtc {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

VideoSource::VideoSource(bool screencast)
    : Object("VideoSource"), native_(webrtc::make_ref_counted<AdaptingSource>(key(), screencast)) {}

VideoSource::~VideoSource() = default;

RTCErrorOr<std::shared_ptr<VideoSource>> VideoSource::Create(bool screencast) {
  std::shared_ptr<VideoSource> source;
  RTCError error = Engine::CallOnSignaling([&] {
    source = MakeObject<VideoSource>(screencast);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return source;
}

RTCErrorOr<std::shared_ptr<Track>> VideoSource::CreateTrack(const std::string& id) {
  std::shared_ptr<Track> track;
  RTCError error = Engine::CallOnSignaling([&] {
    track = MakeObject<Track>(Engine::Factory().CreateVideoTrack(native_, id));
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return track;
}

bool VideoSource::Push(const Picture& picture, int64_t timestamp_us) {
  return native_->Push({.width = picture.width, .height = picture.height}, timestamp_us, webrtc::kVideoRotation_0,
                       ColorsKept(picture.format, std::nullopt), [&] { return Keep(picture, std::nullopt); });
}

// The source is only memory: the tracks that use it keep it as long as they need it.
void VideoSource::Dispose() {
  native_->Watch(nullptr);
}

}  // namespace pywebrtc
