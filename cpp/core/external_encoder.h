// An encoder that lives above: pictures go up through a bounded queue, encoded ones come down by verbs.
//
// libwebrtc calls its encoder on a task queue and may destroy it there at any time. So what it owns is a thin
// adapter; what it shares with Python is this. Pictures that come down are delivered on the encoder's queue, as
// those of libwebrtc's own encoders, and only while the adapter is initialized: what comes later is dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "api/task_queue/task_queue_base.h"
#include "api/video/encoded_image.h"
#include "api/video/video_frame.h"
#include "api/video_codecs/video_encoder.h"
#include "core/external_codecs.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class ExternalEncoder final : public std::enable_shared_from_this<ExternalEncoder> {
 public:
  struct Settings {
    int width = 0;
    int height = 0;
    double framerate = 0;
    // Bits per second; of the maximum, 0 is none.
    int64_t bitrate = 0;
    int64_t max_bitrate = 0;
    bool screencast = false;
    size_t max_payload_size = 0;
  };
  struct Rates {
    int64_t bitrate = 0;
    double framerate = 0;
  };
  struct Encode {
    webrtc::VideoFrame frame;
    bool key_frame = false;
  };
  struct Close {};
  // In the order in which libwebrtc asked.
  using Task = std::variant<Settings, Rates, Encode, Close>;

  // What came of a picture. Absent: as it was given.
  struct Picture {
    webrtc::scoped_refptr<webrtc::EncodedImageBufferInterface> data;
    bool key_frame = false;
    uint32_t rtp_timestamp = 0;
    std::optional<int> width;
    std::optional<int> height;
    std::optional<int> qp;
  };

  // Pictures that no one took, or made anything of that could be sent; and encoded ones that nobody waited for any
  // more.
  struct Counts {
    uint64_t dropped = 0;
    uint64_t late = 0;
  };

  // For the factory of a connection. Nobody above hears of it before it is used.
  static std::unique_ptr<webrtc::VideoEncoder> Create(const ExternalCodecs& codecs, size_t index);

  Key key() const { return key_; }

  // Any thread. FramesWaiting is posted when the first task comes.
  std::optional<Task> Pop();
  // Pictures are encoded in order: those before it that nothing came of are given up. False where it is late, or
  // needs a key frame that never came.
  bool Deliver(Picture picture);
  // Nothing comes of the picture.
  void Skip(uint32_t rtp_timestamp);
  // It will not encode any more: libwebrtc goes on with the next codec that was negotiated, if there is one.
  void Fail();
  // libwebrtc has let go of it. Close is the last task.
  bool closed() const;
  Counts counts() const;

 private:
  class Adapter;

  // What Python has, and has not said anything of.
  struct Pending {
    uint32_t rtp_timestamp;
    int width;
    int height;
    bool key_frame;
  };
  // Pictures that wait. What an encoder is behind, the call is late.
  static constexpr size_t kQueue = 4;
  // Pictures that an encoder may have at once: as many as the lookahead of those that are made for calls.
  static constexpr size_t kPending = 16;

  ExternalEncoder(const ExternalCodecs& codecs, size_t index);

  // The encoder's queue.
  int Init(const webrtc::VideoCodec& codec, const webrtc::VideoEncoder::Settings& settings);
  void Register(webrtc::EncodedImageCallback* callback) { callback_ = callback; }
  int32_t Accept(const webrtc::VideoFrame& frame, bool key_frame);
  void SetRates(const Rates& rates);
  void Release();
  void End();
  const ExternalCodec& codec() const { return codec_; }

  // Nothing comes of a picture that Python had.
  void GiveUp(const Pending& picture) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True where it is the first.
  bool Push(Task task) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // To the encoder's queue, where there is a callback, and no other initialization.
  template <class Emit>
  void Post(Emit emit) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool InEpoch(uint64_t epoch) const;

  const Key key_ = NextKey();
  const std::shared_ptr<Mailbox> mailbox_;
  const Key owner_;
  const size_t index_;
  const ExternalCodec codec_;
  // The encoder's queue.
  webrtc::EncodedImageCallback* callback_ = nullptr;
  bool announced_ = false;

  mutable webrtc::Mutex mutex_;
  bool closed_ RTC_GUARDED_BY(mutex_) = false;
  // Null while it is not initialized.
  webrtc::TaskQueueBase* queue_ RTC_GUARDED_BY(mutex_) = nullptr;
  // Of initializations: what was posted in an earlier one is late.
  uint64_t epoch_ RTC_GUARDED_BY(mutex_) = 0;
  std::deque<Task> tasks_ RTC_GUARDED_BY(mutex_);
  size_t waiting_ RTC_GUARDED_BY(mutex_) = 0;
  bool key_frame_due_ RTC_GUARDED_BY(mutex_) = false;
  // A stream begins with a key frame: libwebrtc counts on it.
  bool begun_ RTC_GUARDED_BY(mutex_) = false;
  bool failed_ RTC_GUARDED_BY(mutex_) = false;
  std::deque<Pending> pending_ RTC_GUARDED_BY(mutex_);
  Counts counts_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc
