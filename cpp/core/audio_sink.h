// The samples of an audio track.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/media_stream_interface.h"
#include "core/audio_converter.h"
#include "core/audio_frame.h"
#include "core/frame_ring.h"
#include "core/mailbox.h"
#include "core/sink.h"
#include "core/track.h"

namespace pywebrtc {

class AudioSink final : public Sink<webrtc::AudioTrackInterface>, private webrtc::AudioTrackSinkInterface {
 public:
  // Blocking. A rate or number of channels of 0 is the track's own. Frames are of 10 ms, or as many more
  // as make whole numbers of samples.
  static webrtc::RTCErrorOr<std::shared_ptr<AudioSink>> Create(std::shared_ptr<Mailbox> mailbox,
                                                               const std::shared_ptr<Track>& track,
                                                               size_t capacity,
                                                               Drop drop = Drop::kOldest,
                                                               AudioFormat format = {.sample_rate = 0, .channels = 0});

  std::optional<AudioFrame> Pop() { return ring_.Pop(); }
  bool empty() const { return ring_.empty(); }
  uint64_t dropped() const { return ring_.dropped(); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  AudioSink(const Track& track, std::shared_ptr<Mailbox> mailbox, size_t capacity, Drop drop, AudioFormat format);
  void Remove(webrtc::AudioTrackInterface& track) override { track.RemoveSink(this); }
  // The audio clock's thread.
  void OnData(const void* data, int bits_per_sample, int sample_rate, size_t channels, size_t frames) override;

  const std::shared_ptr<Mailbox> mailbox_;
  const std::shared_ptr<const std::atomic<bool>> enabled_;
  const AudioFormat format_;
  // The thread of OnData.
  std::optional<AudioConverter> converter_;
  FrameRing<AudioFrame> ring_;
};

}  // namespace pywebrtc
