// Pictures that were encoded elsewhere, on their way through libwebrtc to an encoder that only hands them on, and
// what comes back from there: how many bits the network bears, and that a key frame is needed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/scoped_refptr.h"
#include "api/video/encoded_image.h"
#include "api/video/video_frame_buffer.h"
#include "core/mailbox.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// Any thread. Kept by the source, its pictures, and the encoders that have had one.
class EncodedFeed {
 public:
  // Of all encoders: what the slowest network bears. Nothing where there is no encoder.
  struct State {
    bool key_frame_wanted = false;
    std::optional<int64_t> bitrate;
    std::optional<double> framerate;
    // Pictures that an encoder left out: they needed one that was lost, or it is for another codec.
    uint64_t dropped = 0;
    uint64_t refused = 0;
  };

  explicit EncodedFeed(Key key) : key_(key) {}

  // WantsChanged is posted to it for what is new, and is from now on; not again before Take().
  void Watch(std::shared_ptr<Mailbox> mailbox);
  State state() const;
  // `key_frame_wanted` is told once.
  State Take();

  // Of an encoder.
  void WantKeyFrame();
  void SetRates(const void* encoder, int64_t bitrate, double framerate);
  void Leave(const void* encoder);
  void Drop();
  void Refuse();

 private:
  void Post() RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Key key_;
  mutable webrtc::Mutex mutex_;
  std::shared_ptr<Mailbox> watcher_ RTC_GUARDED_BY(mutex_);
  bool posted_ RTC_GUARDED_BY(mutex_) = false;
  State state_ RTC_GUARDED_BY(mutex_);
  std::map<const void*, std::pair<int64_t, double>> rates_ RTC_GUARDED_BY(mutex_);
};

// The buffer of such a picture. Whoever wants pixels gets black ones.
class EncodedBuffer : public webrtc::VideoFrameBuffer {
 public:
  EncodedBuffer(std::shared_ptr<EncodedFeed> feed,
                std::string codec,
                uint64_t number,
                webrtc::scoped_refptr<webrtc::EncodedImageBufferInterface> data,
                bool key_frame,
                int width,
                int height)
      : feed_(std::move(feed)),
        codec_(std::move(codec)),
        number_(number),
        data_(std::move(data)),
        key_frame_(key_frame),
        width_(width),
        height_(height) {}

  // Null where it is another buffer.
  static const EncodedBuffer* Of(const webrtc::VideoFrameBuffer& buffer);

  const std::shared_ptr<EncodedFeed>& feed() const { return feed_; }
  // As SDP names it.
  const std::string& codec() const { return codec_; }
  // Pictures of a feed are numbered: a gap tells that one is missing.
  uint64_t number() const { return number_; }
  const webrtc::scoped_refptr<webrtc::EncodedImageBufferInterface>& data() const { return data_; }
  bool key_frame() const { return key_frame_; }

  Type type() const override { return Type::kNative; }
  int width() const override { return width_; }
  int height() const override { return height_; }
  webrtc::scoped_refptr<webrtc::I420BufferInterface> ToI420() override;
  // As it is: what is encoded has no parts.
  webrtc::scoped_refptr<webrtc::VideoFrameBuffer> CropAndScale(int offset_x,
                                                               int offset_y,
                                                               int crop_width,
                                                               int crop_height,
                                                               int scaled_width,
                                                               int scaled_height) override;

 private:
  const std::shared_ptr<EncodedFeed> feed_;
  const std::string codec_;
  const uint64_t number_;
  const webrtc::scoped_refptr<webrtc::EncodedImageBufferInterface> data_;
  const bool key_frame_;
  const int width_;
  const int height_;
};

}  // namespace pywebrtc
