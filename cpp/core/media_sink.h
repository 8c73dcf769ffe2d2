// Where frames wait for Python: a bounded ring that drops the oldest and counts.
//
// A frame never travels in a message. The ring posts FramesWaiting when it turns non-empty; Python
// pops until it is empty.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/media_stream_interface.h"
#include "api/rtc_error.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"
#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {

struct AudioFrame {
  // Interleaved.
  std::vector<int16_t> samples;
  int sample_rate;
  size_t channels;
  // Of libwebrtc's monotonic clock, when the frame reached the sink.
  int64_t timestamp_us;
};

template <class Frame>
class FrameRing {
 public:
  explicit FrameRing(size_t capacity) : capacity_(capacity) {}

  // True where the ring was empty.
  bool Push(Frame frame) {
    std::optional<Frame> oldest;  // destroyed outside of the lock
    webrtc::MutexLock lock(&mutex_);
    // Before the oldest goes: a full ring of one frame is not empty.
    const bool was_empty = frames_.empty();
    if (frames_.size() == capacity_) {
      oldest = std::move(frames_.front());
      frames_.pop_front();
      ++dropped_;
    }
    frames_.push_back(std::move(frame));
    return was_empty;
  }

  std::optional<Frame> Pop() {
    webrtc::MutexLock lock(&mutex_);
    if (frames_.empty()) {
      return std::nullopt;
    }
    std::optional<Frame> frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

  uint64_t dropped() const {
    webrtc::MutexLock lock(&mutex_);
    return dropped_;
  }

 private:
  const size_t capacity_;
  mutable webrtc::Mutex mutex_;
  std::deque<Frame> frames_ RTC_GUARDED_BY(mutex_);
  uint64_t dropped_ RTC_GUARDED_BY(mutex_) = 0;
};

class VideoSink final : public Object, private webrtc::VideoSinkInterface<webrtc::VideoFrame> {
 public:
  // Blocking. Frames arrive until the sink is let go of.
  static webrtc::RTCErrorOr<std::shared_ptr<VideoSink>> Create(std::shared_ptr<Mailbox> mailbox,
                                                               const std::shared_ptr<Track>& track,
                                                               size_t capacity);

  std::optional<webrtc::VideoFrame> Pop() { return ring_.Pop(); }
  uint64_t dropped() const { return ring_.dropped(); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  VideoSink(std::shared_ptr<Mailbox> mailbox,
            webrtc::scoped_refptr<webrtc::VideoTrackInterface> track,
            size_t capacity);
  void Dispose() override;
  // A decoder's thread, or the thread that pushes to a local source.
  void OnFrame(const webrtc::VideoFrame& frame) override;

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::scoped_refptr<webrtc::VideoTrackInterface> track_;
  FrameRing<webrtc::VideoFrame> ring_;
};

class AudioSink final : public Object, private webrtc::AudioTrackSinkInterface {
 public:
  // Blocking. Frames of 10 ms arrive until the sink is let go of.
  static webrtc::RTCErrorOr<std::shared_ptr<AudioSink>> Create(std::shared_ptr<Mailbox> mailbox,
                                                               const std::shared_ptr<Track>& track,
                                                               size_t capacity);

  std::optional<AudioFrame> Pop() { return ring_.Pop(); }
  uint64_t dropped() const { return ring_.dropped(); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  AudioSink(std::shared_ptr<Mailbox> mailbox,
            webrtc::scoped_refptr<webrtc::AudioTrackInterface> track,
            std::shared_ptr<const std::atomic<bool>> enabled,
            size_t capacity);
  void Dispose() override;
  // The audio clock's thread.
  void OnData(const void* data, int bits_per_sample, int sample_rate, size_t channels, size_t frames) override;

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::scoped_refptr<webrtc::AudioTrackInterface> track_;
  const std::shared_ptr<const std::atomic<bool>> enabled_;
  FrameRing<AudioFrame> ring_;
};

}  // namespace pywebrtc
