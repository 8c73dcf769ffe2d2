#include "core/adapting_source.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/picture.h"
#include "core/pixels.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using webrtc::scoped_refptr;
using webrtc::VideoFrame;
using webrtc::VideoFrameBuffer;

std::optional<int> Limit(int value) {
  return value == std::numeric_limits<int>::max() ? std::nullopt : std::optional(value);
}

VideoWants Describe(const webrtc::VideoSinkWants& wants, bool wanted) {
  const auto& size = wants.requested_resolution;
  return {.wanted = wanted,
          .active = wants.is_active,
          .max_pixels = Limit(wants.max_pixel_count),
          .max_framerate = Limit(wants.max_framerate_fps),
          .alignment = wants.resolution_alignment,
          .resolution = size ? std::optional(VideoSize{.width = size->width, .height = size->height}) : std::nullopt};
}

// The greatest part from the middle that has the shape of the output.
scoped_refptr<VideoFrameBuffer> CropAndScale(const scoped_refptr<VideoFrameBuffer>& picture, int width, int height) {
  const int part_width = std::clamp(picture->height() * width / height, 1, picture->width());
  const int part_height = std::clamp(picture->width() * height / width, 1, picture->height());
  return picture->CropAndScale((picture->width() - part_width) / 2, (picture->height() - part_height) / 2, part_width,
                               part_height, width, height);
}

}  // namespace

void AdaptingSource::SetOutput(VideoSize size, double frame_rate) {
  webrtc::MutexLock lock(&mutex_);
  output_ = {.size = size, .interval_us = frame_rate > 0 ? std::llround(1e6 / frame_rate) : 0};
  due_us_.reset();
}

bool AdaptingSource::Push(VideoSize size,
                          int64_t timestamp_us,
                          webrtc::VideoRotation rotation,
                          const std::optional<webrtc::ColorSpace>& color_space,
                          Make make) {
  Output output;
  {
    webrtc::MutexLock lock(&mutex_);
    input_ = size;
    if (!IsDue(timestamp_us)) {
      return false;
    }
    output = output_;
  }
  if (!broadcaster_.frame_wanted()) {
    return false;
  }
  const bool resize = output.size.width > 0 && output.size != size;
  const auto [width, height] = resize ? output.size : size;
  // What the encoder asks for comes on top of that.
  int crop_width, crop_height, out_width, out_height;
  if (!adapter_.AdaptFrameResolution(width, height, timestamp_us * webrtc::kNumNanosecsPerMicrosec, &crop_width,
                                     &crop_height, &out_width, &out_height)) {
    broadcaster_.OnDiscardedFrame();
    return false;
  }
  scoped_refptr<VideoFrameBuffer> picture = make();
  if (resize) {
    picture = CropAndScale(picture, width, height);
  }
  if (out_width != width || out_height != height) {
    picture = picture->CropAndScale((width - crop_width) / 2, (height - crop_height) / 2, crop_width, crop_height,
                                    out_width, out_height);
  }
  if (rotation != webrtc::kVideoRotation_0 && broadcaster_.wants().rotation_applied) {
    picture = Rotate(PictureOf(*InMemory(picture)), rotation);
    rotation = webrtc::kVideoRotation_0;
  }
  // Nothing else of a frame that was received: what it was sent with does not hold for this one.
  broadcaster_.OnFrame(VideoFrame::Builder()
                           .set_video_frame_buffer(picture)
                           .set_timestamp_us(timestamp_us)
                           .set_rotation(rotation)
                           .set_color_space(color_space)
                           .build());
  return true;
}

bool AdaptingSource::Push(const VideoFrame& frame, int64_t timestamp_us) {
  return Push({.width = frame.width(), .height = frame.height()}, timestamp_us, frame.rotation(), frame.color_space(),
              [&] { return frame.video_frame_buffer(); });
}

// A picture is due half an interval early, so that jitter of the caller's clock drops none; a clock
// that jumped begins anew.
bool AdaptingSource::IsDue(int64_t timestamp_us) {
  const int64_t interval = output_.interval_us;
  if (!due_us_ || std::abs(timestamp_us - *due_us_) > 2 * interval) {
    due_us_ = timestamp_us - interval / 2;
  }
  if (timestamp_us < *due_us_) {
    return false;
  }
  *due_us_ += interval;
  return true;
}

VideoWants AdaptingSource::wants() {
  webrtc::MutexLock lock(&mutex_);
  posted_ = false;
  return wants_;
}

void AdaptingSource::Watch(std::shared_ptr<Mailbox> mailbox) {
  webrtc::MutexLock lock(&mutex_);
  watcher_ = std::move(mailbox);
  posted_ = false;
}

bool AdaptingSource::GetStats(Stats* stats) {
  webrtc::MutexLock lock(&mutex_);
  if (!input_) {
    return false;
  }
  *stats = {.input_width = input_->width, .input_height = input_->height};
  return true;
}

void AdaptingSource::AddOrUpdateSink(webrtc::VideoSinkInterface<VideoFrame>* sink,
                                     const webrtc::VideoSinkWants& wants) {
  broadcaster_.AddOrUpdateSink(sink, wants);
  UpdateWants();
}

void AdaptingSource::RemoveSink(webrtc::VideoSinkInterface<VideoFrame>* sink) {
  broadcaster_.RemoveSink(sink);
  UpdateWants();
}

void AdaptingSource::UpdateWants() {
  // Under the lock, so that of two changes the later one stays.
  webrtc::MutexLock lock(&mutex_);
  const webrtc::VideoSinkWants wants = broadcaster_.wants();
  adapter_.OnSinkWants(wants);
  if (VideoWants now = Describe(wants, broadcaster_.frame_wanted()); now != wants_) {
    wants_ = now;
    if (watcher_ && !std::exchange(posted_, true)) {
      watcher_->Post(WantsChanged{key_});
    }
  }
}

}  // namespace pywebrtc
