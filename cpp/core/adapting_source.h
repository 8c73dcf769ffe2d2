// A video source of libwebrtc's that crops, scales and slows down what is pushed, and tells what its
// encoders want. AdaptedVideoTrackSource does not tell: there the wants are private.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "api/function_view.h"
#include "api/media_stream_interface.h"
#include "api/notifier.h"
#include "api/scoped_refptr.h"
#include "api/video/color_space.h"
#include "api/video/video_frame.h"
#include "api/video/video_frame_buffer.h"
#include "api/video/video_rotation.h"
#include "core/mailbox.h"
#include "media/base/video_adapter.h"
#include "media/base/video_broadcaster.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

struct VideoSize {
  int width;
  int height;

  bool operator==(const VideoSize&) const = default;
};

// What all sinks of a source together want of it: webrtc::VideoSinkWants without its sentinels.
struct VideoWants {
  // There are sinks.
  bool wanted = false;
  // An encoder is among the sinks, and encodes.
  bool active = false;
  std::optional<int> max_pixels;
  std::optional<int> max_framerate;
  // What width and height are to be multiples of.
  int alignment = 1;
  // scaleResolutionDownTo, the largest.
  std::optional<VideoSize> resolution;

  bool operator==(const VideoWants&) const = default;
};

class AdaptingSource : public webrtc::Notifier<webrtc::VideoTrackSourceInterface> {
 public:
  // `key` is what WantsChanged is for.
  AdaptingSource(Key key, bool screencast) : key_(key), screencast_(screencast) {}

  // Any thread. Pictures are cropped and scaled to this size, and dropped to this rate, before they
  // are adapted; 0 leaves either as it is.
  void SetOutput(VideoSize size, double frame_rate);

  // What makes a picture of the whole size that was announced.
  using Make = webrtc::FunctionView<webrtc::scoped_refptr<webrtc::VideoFrameBuffer>()>;

  // Any thread, but one at a time. The picture is made only where somebody wants it, on the caller's
  // thread. False: fewer are wanted, or nobody listens.
  bool Push(VideoSize size,
            int64_t timestamp_us,
            webrtc::VideoRotation rotation,
            const std::optional<webrtc::ColorSpace>& color_space,
            Make make);
  // Of the frame only picture, rotation and colour space.
  bool Push(const webrtc::VideoFrame& frame, int64_t timestamp_us);

  // Any thread.
  VideoWants wants();
  // WantsChanged is posted from now on; not again before wants() was called.
  void Watch(std::shared_ptr<Mailbox> mailbox);

  // webrtc::VideoTrackSourceInterface.
  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }
  bool is_screencast() const override { return screencast_; }
  std::optional<bool> needs_denoising() const override { return std::nullopt; }
  bool GetStats(Stats* stats) override;
  void AddOrUpdateSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink,
                       const webrtc::VideoSinkWants& wants) override;
  void RemoveSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink) override;
  bool SupportsEncodedOutput() const override { return false; }
  void GenerateKeyFrame() override {}
  void AddEncodedSink(webrtc::VideoSinkInterface<webrtc::RecordableEncodedFrame>* /*sink*/) override {}
  void RemoveEncodedSink(webrtc::VideoSinkInterface<webrtc::RecordableEncodedFrame>* /*sink*/) override {}

 private:
  struct Output {
    VideoSize size{.width = 0, .height = 0};
    int64_t interval_us = 0;
  };

  // Whether the rate leaves room for a picture.
  bool IsDue(int64_t timestamp_us) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Libwebrtc's worker thread, or an encoder's.
  void UpdateWants();

  const Key key_;
  const bool screencast_;
  webrtc::VideoAdapter adapter_;
  webrtc::VideoBroadcaster broadcaster_;

  webrtc::Mutex mutex_;
  Output output_ RTC_GUARDED_BY(mutex_);
  std::optional<int64_t> due_us_ RTC_GUARDED_BY(mutex_);
  std::optional<VideoSize> input_ RTC_GUARDED_BY(mutex_);
  VideoWants wants_ RTC_GUARDED_BY(mutex_);
  std::shared_ptr<Mailbox> watcher_ RTC_GUARDED_BY(mutex_);
  bool posted_ RTC_GUARDED_BY(mutex_) = false;
};

}  // namespace pywebrtc
