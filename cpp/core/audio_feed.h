// What one local audio track sends: the samples of its source, processed as its constraints ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/audio_processor.h"
#include "core/object.h"
#include "core/track.h"
#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {

struct AudioFeedOptions {
  bool echo_cancellation = false;
  bool noise_suppression = false;
  bool auto_gain_control = false;
  // As many as there are where absent; fewer are averaged, more are copies.
  std::optional<size_t> channels;
};

class AudioFeed final : public Object {
 public:
  ~AudioFeed() override;

  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<AudioFeed>> Create();
  webrtc::RTCErrorOr<std::shared_ptr<Track>> CreateTrack(const std::string& id);

  // Any thread. Whatever does not change goes on undisturbed.
  void Configure(const AudioFeedOptions& options);

  // The source's thread: 10 ms. `delay_ms` is how long ago they were recorded, where that is known.
  void Deliver(std::span<const int16_t> samples, const AudioFormat& format, int64_t capture_ms, int delay_ms = 0);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  AudioFeed();
  void Dispose() override;

  const webrtc::scoped_refptr<Native> native_;
};

// The feeds of one source. Any thread adds, the source's delivers; those that nobody has any more are forgotten.
class AudioFeeds {
 public:
  void Add(const std::shared_ptr<AudioFeed>& feed);
  void Remove(const std::shared_ptr<AudioFeed>& feed);
  void Deliver(std::span<const int16_t> samples, const AudioFormat& format, int64_t capture_ms, int delay_ms = 0);

 private:
  webrtc::Mutex mutex_;
  std::vector<std::weak_ptr<AudioFeed>> feeds_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc
