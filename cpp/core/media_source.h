// Where Python's pixels and samples enter libwebrtc.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/media_stream_interface.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "api/video/video_frame.h"
#include "core/object.h"
#include "core/picture.h"
#include "core/track.h"

namespace pywebrtc {

class VideoSource final : public Object {
 public:
  ~VideoSource() override;

  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<VideoSource>> Create(bool screencast);
  webrtc::RTCErrorOr<std::shared_ptr<Track>> CreateTrack(const std::string& id);

  // Any thread. Pictures are cropped and scaled to this size, and dropped to this rate, before they
  // reach the track; 0 leaves either as it is.
  void SetOutput(int width, int height, double frame_rate);

  // Any thread but one at a time. Converts on the caller's thread, and only where somebody wants the
  // frame. False: the encoder asked for fewer frames, or nobody listens.
  bool Push(const Picture& picture, int64_t timestamp_us);
  bool Push(const webrtc::VideoFrame& frame);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  explicit VideoSource(bool screencast);
  void Dispose() override;

  const webrtc::scoped_refptr<Native> native_;
};

class AudioSource final : public Object {
 public:
  ~AudioSource() override;

  // Blocking. `capacity_ms` bounds the queue.
  static webrtc::RTCErrorOr<std::shared_ptr<AudioSource>> Create(int sample_rate, int channels, int capacity_ms);
  webrtc::RTCErrorOr<std::shared_ptr<Track>> CreateTrack(const std::string& id);

  // Any thread. Queues interleaved samples, which leave at 10 ms a tick; what does not fit pushes the
  // oldest out. Returns how many samples of one channel were pushed out.
  size_t Push(std::span<const int16_t> samples);

  // Samples of one channel that wait.
  size_t queued() const;
  // Forgets what waits; returns how many samples of one channel that were.
  size_t Clear();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  AudioSource(int sample_rate, int channels, int capacity_ms);
  void Dispose() override;

  const webrtc::scoped_refptr<Native> native_;
};

}  // namespace pywebrtc
