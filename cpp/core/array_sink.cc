#include "core/array_sink.h"

#include <utility>

#include "api/video/video_source_interface.h"
#include "core/engine.h"
#include "core/pixel_workers.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

using webrtc::RTCErrorOr;

class ArraySink::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(Key key, std::shared_ptr<Mailbox> mailbox, size_t capacity, Drop drop, ArrayFormat format)
      : key_(key),
        mailbox_(std::move(mailbox)),
        format_(format),
        worker_(Engine::pixel_workers().Next()),
        frames_(capacity, drop) {}

  void Push(const webrtc::VideoFrame& frame) {
    frames_.Push(frame);
    const webrtc::MutexLock lock(&mutex_);
    if (asked_) {
      Start();
    }
  }

  std::optional<RTCErrorOr<PixelArray>> Pop() {
    const webrtc::MutexLock lock(&mutex_);
    if (converted_) {
      return std::exchange(converted_, std::nullopt);
    }
    asked_ = true;
    Start();
    return std::nullopt;
  }

  bool empty() const {
    const webrtc::MutexLock lock(&mutex_);
    return !converting_ && !converted_ && frames_.empty();
  }

  uint64_t dropped() const { return frames_.dropped(); }

 private:
  void Start() RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!converting_ && !frames_.empty()) {
      converting_ = true;
      Engine::pixel_workers().Post(worker_, [queue = shared_from_this()] { queue->Convert(); });
    }
  }

  // The worker's thread. There is a frame: who drops one has another.
  void Convert() {
    const webrtc::VideoFrame frame = frames_.Pop().value();
    RTCErrorOr<PixelArray> array = ToArray(frame, format_.format, format_.size);
    {
      const webrtc::MutexLock lock(&mutex_);
      converted_ = std::move(array);
      converting_ = asked_ = false;
    }
    mailbox_->Post(FramesWaiting{key_});
  }

  const Key key_;
  const std::shared_ptr<Mailbox> mailbox_;
  const ArrayFormat format_;
  const size_t worker_;
  FrameRing<webrtc::VideoFrame> frames_;

  mutable webrtc::Mutex mutex_;
  bool asked_ RTC_GUARDED_BY(mutex_) = false;
  bool converting_ RTC_GUARDED_BY(mutex_) = false;
  std::optional<RTCErrorOr<PixelArray>> converted_ RTC_GUARDED_BY(mutex_);
};

RTCErrorOr<std::shared_ptr<ArraySink>> ArraySink::Create(std::shared_ptr<Mailbox> mailbox,
                                                         const std::shared_ptr<Track>& track,
                                                         size_t capacity,
                                                         Drop drop,
                                                         ArrayFormat format) {
  return Make<ArraySink>(track, std::move(mailbox), capacity, drop, format);
}

ArraySink::ArraySink(const Track& track,
                     std::shared_ptr<Mailbox> mailbox,
                     size_t capacity,
                     Drop drop,
                     ArrayFormat format)
    : Sink("ArraySink", track), queue_(std::make_shared<Queue>(key(), std::move(mailbox), capacity, drop, format)) {
  native().AddOrUpdateSink(this, webrtc::VideoSinkWants());
}

std::optional<RTCErrorOr<PixelArray>> ArraySink::Pop() {
  return queue_->Pop();
}

bool ArraySink::empty() const {
  return queue_->empty();
}

uint64_t ArraySink::dropped() const {
  return queue_->dropped();
}

void ArraySink::OnFrame(const webrtc::VideoFrame& frame) {
  queue_->Push(frame);
}

}  // namespace pywebrtc
