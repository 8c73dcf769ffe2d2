// A decoder that lives above: encoded frames go up through a bounded queue, pictures come down by verbs.
//
// The same split as core/external_encoder.h: libwebrtc owns a thin adapter, Python shares this, and pictures are
// delivered on the decoder's queue while the adapter is registered there.
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
#include "api/video_codecs/video_decoder.h"
#include "core/external_codecs.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class ExternalDecoder final : public std::enable_shared_from_this<ExternalDecoder> {
 public:
  struct Settings {
    // The largest pictures to expect; 0 where that is not known.
    int width = 0;
    int height = 0;
  };
  struct Close {};
  // In the order in which libwebrtc asked.
  using Task = std::variant<Settings, webrtc::EncodedImage, Close>;

  struct Counts {
    uint64_t dropped = 0;
    uint64_t late = 0;
  };

  // For the factory of a connection. Nobody above hears of it before it is used.
  static std::unique_ptr<webrtc::VideoDecoder> Create(const ExternalCodecs& codecs, size_t index);

  Key key() const { return key_; }

  // Any thread. FramesWaiting is posted when the first task comes.
  std::optional<Task> Pop();
  // The picture of the frame with its RTP timestamp.
  void Deliver(webrtc::VideoFrame frame);
  // A frame could not be decoded: the remote peer is asked for a key frame.
  void Fail();
  // libwebrtc has let go of it. Close is the last task.
  bool closed() const;
  Counts counts() const;

 private:
  class Adapter;

  // Encoded frames that wait: a quarter of a second.
  static constexpr size_t kQueue = 8;

  ExternalDecoder(const ExternalCodecs& codecs, size_t index);

  // The decoder's queue.
  void Init(const Settings& settings);
  void Register(webrtc::DecodedImageCallback* callback);
  int32_t Accept(const webrtc::EncodedImage& image);
  void Release();
  void End();
  const ExternalCodec& codec() const { return codec_; }

  void Push(Task task);

  const Key key_ = NextKey();
  const std::shared_ptr<Mailbox> mailbox_;
  const Key owner_;
  const size_t index_;
  const ExternalCodec codec_;
  // The decoder's queue.
  webrtc::DecodedImageCallback* callback_ = nullptr;
  bool announced_ = false;

  mutable webrtc::Mutex mutex_;
  bool closed_ RTC_GUARDED_BY(mutex_) = false;
  // Null while nothing is to be delivered.
  webrtc::TaskQueueBase* queue_ RTC_GUARDED_BY(mutex_) = nullptr;
  std::deque<Task> tasks_ RTC_GUARDED_BY(mutex_);
  size_t waiting_ RTC_GUARDED_BY(mutex_) = 0;
  // Frames were lost, so that only a key frame can be decoded.
  bool broken_ RTC_GUARDED_BY(mutex_) = false;
  Counts counts_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc
