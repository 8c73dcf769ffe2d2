#include "core/media_source.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "api/make_ref_counted.h"
#include "api/notifier.h"
#include "core/audio_clock.h"
#include "core/engine.h"
#include "core/pixels.h"
#include "media/base/adapted_video_track_source.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

class VideoSource::Native : public webrtc::AdaptedVideoTrackSource {
 public:
  explicit Native(bool screencast) : screencast_(screencast) {}

  bool is_screencast() const override { return screencast_; }
  std::optional<bool> needs_denoising() const override { return std::nullopt; }
  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }

  // `convert` makes the I420 of the whole picture; it is called only if the frame is wanted.
  template <class Convert>
  bool Push(int width,
            int height,
            int64_t timestamp_us,
            webrtc::VideoRotation rotation,
            const ColorSpace& color_space,
            Convert convert) {
    Output output;
    {
      webrtc::MutexLock lock(&output_mutex_);
      if (!IsDue(timestamp_us)) {
        return false;
      }
      output = output_;
    }
    const bool resize = output.width > 0 && (output.width != width || output.height != height);
    const int pushed_width = width;
    const int pushed_height = height;
    if (resize) {
      width = output.width;
      height = output.height;
    }
    // What the encoder asks for comes on top of that.
    int out_width, out_height, crop_width, crop_height, crop_x, crop_y;
    if (!AdaptFrame(width, height, timestamp_us, &out_width, &out_height, &crop_width, &crop_height, &crop_x,
                    &crop_y)) {
      return false;
    }
    webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer = convert();
    if (resize) {
      // The greatest part from the middle that has the shape of the output.
      const int part_width = std::clamp(pushed_height * width / height, 1, pushed_width);
      const int part_height = std::clamp(pushed_width * height / width, 1, pushed_height);
      buffer = buffer->CropAndScale((pushed_width - part_width) / 2, (pushed_height - part_height) / 2, part_width,
                                    part_height, width, height);
    }
    if (out_width != width || out_height != height) {
      buffer = buffer->CropAndScale(crop_x, crop_y, crop_width, crop_height, out_width, out_height);
    }
    OnFrame(webrtc::VideoFrame::Builder()
                .set_video_frame_buffer(buffer)
                .set_timestamp_us(timestamp_us)
                .set_rotation(rotation)
                .set_color_space(color_space)
                .build());
    return true;
  }

  void SetOutput(int width, int height, double frame_rate) {
    webrtc::MutexLock lock(&output_mutex_);
    output_ = {.width = width, .height = height, .interval_us = frame_rate > 0 ? std::llround(1e6 / frame_rate) : 0};
    due_us_.reset();
  }

 private:
  struct Output {
    int width = 0;
    int height = 0;
    int64_t interval_us = 0;
  };

  // Whether the rate leaves room for a picture. It is due half an interval early, so that jitter of
  // the caller's clock drops none; a clock that jumped begins anew.
  bool IsDue(int64_t timestamp_us) RTC_EXCLUSIVE_LOCKS_REQUIRED(output_mutex_) {
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

  const bool screencast_;
  webrtc::Mutex output_mutex_;
  Output output_ RTC_GUARDED_BY(output_mutex_);
  std::optional<int64_t> due_us_ RTC_GUARDED_BY(output_mutex_);
};

VideoSource::VideoSource(bool screencast)
    : Object("VideoSource"), native_(webrtc::make_ref_counted<Native>(screencast)) {}

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

void VideoSource::SetOutput(int width, int height, double frame_rate) {
  native_->SetOutput(width, height, frame_rate);
}

bool VideoSource::Push(const Picture& picture, int64_t timestamp_us) {
  return native_->Push(picture.width, picture.height, timestamp_us, webrtc::kVideoRotation_0,
                       ColorsKept(picture.format, std::nullopt), [&] { return Keep(picture, std::nullopt); });
}

bool VideoSource::Push(const webrtc::VideoFrame& frame) {
  return native_->Push(frame.width(), frame.height(), frame.timestamp_us(), frame.rotation(), frame.color_space(),
                       [&] { return frame.video_frame_buffer(); });
}

// The source is only memory: the tracks that use it keep it as long as they need it.
void VideoSource::Dispose() {}

class AudioSource::Native : public webrtc::Notifier<webrtc::AudioSourceInterface>, private AudioClock::Listener {
 public:
  Native(int sample_rate, int channels, int capacity_ms)
      : sample_rate_(sample_rate),
        channels_(static_cast<size_t>(channels)),
        chunk_(static_cast<size_t>(sample_rate / 100) * channels_),
        capacity_(chunk_ * static_cast<size_t>(capacity_ms / 10)) {}

  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }

  void AddSink(webrtc::AudioTrackSinkInterface* sink) override {
    webrtc::MutexLock lock(&sinks_mutex_);
    sinks_.push_back(sink);
  }
  void RemoveSink(webrtc::AudioTrackSinkInterface* sink) override {
    webrtc::MutexLock lock(&sinks_mutex_);
    std::erase(sinks_, sink);
  }

  void Start() { Engine::audio_clock().Add(this); }
  void Stop() { Engine::audio_clock().Remove(this); }

  size_t Push(std::span<const int16_t> samples) {
    webrtc::MutexLock lock(&queue_mutex_);
    queue_.insert(queue_.end(), samples.begin(), samples.end());
    const size_t excess = queue_.size() > capacity_ ? queue_.size() - capacity_ : 0;
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(excess));
    return excess / channels_;
  }

  size_t queued() const {
    webrtc::MutexLock lock(&queue_mutex_);
    return queue_.size() / channels_;
  }

  size_t Clear() {
    webrtc::MutexLock lock(&queue_mutex_);
    return std::exchange(queue_, {}).size() / channels_;
  }

 private:
  void OnTick() override {
    std::vector<int16_t> chunk;
    {
      webrtc::MutexLock lock(&queue_mutex_);
      if (queue_.size() < chunk_) {
        return;
      }
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(chunk_);
      chunk.assign(queue_.begin(), end);
      queue_.erase(queue_.begin(), end);
    }
    webrtc::MutexLock lock(&sinks_mutex_);
    for (webrtc::AudioTrackSinkInterface* sink : sinks_) {
      sink->OnData(chunk.data(), 16, sample_rate_, channels_, chunk_ / channels_, webrtc::TimeMillis());
    }
  }

  const int sample_rate_;
  const size_t channels_;
  // In samples of all channels.
  const size_t chunk_;
  const size_t capacity_;

  mutable webrtc::Mutex queue_mutex_;
  std::deque<int16_t> queue_ RTC_GUARDED_BY(queue_mutex_);
  webrtc::Mutex sinks_mutex_;
  std::vector<webrtc::AudioTrackSinkInterface*> sinks_ RTC_GUARDED_BY(sinks_mutex_);
};

AudioSource::AudioSource(int sample_rate, int channels, int capacity_ms)
    : Object("AudioSource"), native_(webrtc::make_ref_counted<Native>(sample_rate, channels, capacity_ms)) {
  native_->Start();
}

AudioSource::~AudioSource() = default;

RTCErrorOr<std::shared_ptr<AudioSource>> AudioSource::Create(int sample_rate, int channels, int capacity_ms) {
  std::shared_ptr<AudioSource> source;
  RTCError error = Engine::CallOnSignaling([&] {
    source = MakeObject<AudioSource>(sample_rate, channels, capacity_ms);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return source;
}

RTCErrorOr<std::shared_ptr<Track>> AudioSource::CreateTrack(const std::string& id) {
  std::shared_ptr<Track> track;
  RTCError error = Engine::CallOnSignaling([&] {
    track = MakeObject<Track>(Engine::Factory().CreateAudioTrack(id, native_.get()));
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return track;
}

size_t AudioSource::Push(std::span<const int16_t> samples) {
  return native_->Push(samples);
}

size_t AudioSource::queued() const {
  return native_->queued();
}

size_t AudioSource::Clear() {
  return native_->Clear();
}

void AudioSource::Dispose() {
  native_->Stop();
}

}  // namespace pywebrtc
