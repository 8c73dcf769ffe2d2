#include "core/encoded_source.h"

#include <utility>

#include "api/make_ref_counted.h"
#include "api/notifier.h"
#include "api/video/video_frame.h"
#include "core/engine.h"
#include "media/base/video_broadcaster.h"

namespace pywebrtc {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

class EncodedSource::Native : public webrtc::Notifier<webrtc::VideoTrackSourceInterface> {
 public:
  bool Push(const webrtc::VideoFrame& frame) {
    const bool wanted = broadcaster_.frame_wanted();
    if (wanted) {
      broadcaster_.OnFrame(frame);
    }
    return wanted;
  }

  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }
  // What is encoded keeps its size: libwebrtc does not wait for a smaller one where bits are few.
  bool is_screencast() const override { return true; }
  std::optional<bool> needs_denoising() const override { return std::nullopt; }
  bool GetStats(Stats* /*stats*/) override { return false; }
  void AddOrUpdateSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink,
                       const webrtc::VideoSinkWants& wants) override {
    broadcaster_.AddOrUpdateSink(sink, wants);
  }
  void RemoveSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink) override { broadcaster_.RemoveSink(sink); }
  bool SupportsEncodedOutput() const override { return false; }
  void GenerateKeyFrame() override {}
  void AddEncodedSink(webrtc::VideoSinkInterface<webrtc::RecordableEncodedFrame>* /*sink*/) override {}
  void RemoveEncodedSink(webrtc::VideoSinkInterface<webrtc::RecordableEncodedFrame>* /*sink*/) override {}

 private:
  webrtc::VideoBroadcaster broadcaster_;
};

EncodedSource::EncodedSource(std::string codec)
    : Object("EncodedSource"),
      codec_(std::move(codec)),
      feed_(std::make_shared<EncodedFeed>(key())),
      native_(webrtc::make_ref_counted<Native>()) {}

EncodedSource::~EncodedSource() = default;

RTCErrorOr<std::shared_ptr<EncodedSource>> EncodedSource::Create(const std::string& codec) {
  std::shared_ptr<EncodedSource> source;
  RTCError error = Engine::CallOnSignaling([&] {
    source = MakeObject<EncodedSource>(codec);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return source;
}

RTCErrorOr<std::shared_ptr<Track>> EncodedSource::CreateTrack(const std::string& id) {
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

bool EncodedSource::Push(std::span<const uint8_t> data, bool key_frame, int width, int height, int64_t timestamp_us) {
  return native_->Push(webrtc::VideoFrame::Builder()
                           .set_video_frame_buffer(webrtc::make_ref_counted<EncodedBuffer>(
                               feed_, codec_, next_number_++,
                               webrtc::EncodedImageBuffer::Create(data.data(), data.size()), key_frame, width, height))
                           .set_timestamp_us(timestamp_us)
                           .build());
}

// The source is only memory: the tracks that use it keep it as long as they need it.
void EncodedSource::Dispose() {
  feed_->Watch(nullptr);
}

}  // namespace pywebrtc
