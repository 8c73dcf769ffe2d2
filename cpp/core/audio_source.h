// Where Python's samples enter libwebrtc: a queue that leaves on the tick.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "api/rtc_error.h"
#include "core/audio_converter.h"
#include "core/audio_feed.h"
#include "core/audio_samples.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

// Counts of samples are those of one channel, at the source's own rate.
class AudioSource final : public Object {
 public:
  ~AudioSource() override;

  // Blocking. `capacity_ms` bounds the queue.
  static webrtc::RTCErrorOr<std::shared_ptr<AudioSource>> Create(int sample_rate, int channels, int capacity_ms);

  // The others: any thread.

  // Where the samples leave to.
  void AddFeed(const std::shared_ptr<AudioFeed>& feed);
  void RemoveFeed(const std::shared_ptr<AudioFeed>& feed);

  // Queues interleaved samples of any format that an AudioConverter takes; they leave at 10 ms a tick. What
  // does not fit pushes the oldest out. Returns how many were pushed out; INVALID_RANGE where a float is
  // infinite or no number.
  webrtc::RTCErrorOr<size_t> Push(const SamplesView& samples, AudioFormat format);
  // Fills the 10 ms that have begun with silence, so that they leave too.
  void Pad();
  size_t queued() const;
  // Forgets what waits.
  void Clear();
  // AudioDrained is posted, once, as soon as no more than `limit` samples wait. The last call counts.
  void NotifyAt(std::shared_ptr<Mailbox> mailbox, size_t limit);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  AudioSource(int sample_rate, int channels, int capacity_ms);
  void Dispose() override;

  const std::unique_ptr<Native> native_;
};

}  // namespace pywebrtc
