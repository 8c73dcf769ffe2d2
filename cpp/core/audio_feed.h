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
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"
#include "rtc_base/ref_counted_object.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

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
  // Any thread: somebody takes the samples, a reader or a sender.
  bool wanted() const;
  // Any thread: WantsChanged is posted when that changes, from now on.
  void Watch(std::shared_ptr<Mailbox> mailbox);

 private:
  friend class AudioFeeds;
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  AudioFeed();
  void Dispose() override;

  const webrtc::scoped_refptr<webrtc::RefCountedObject<Native>> native_;
};

// The feeds of one source. Any thread adds, the source's delivers; a feed is forgotten when neither its handle nor
// a track of it exists any more.
class AudioFeeds {
 public:
  AudioFeeds();
  ~AudioFeeds();

  void Add(const std::shared_ptr<AudioFeed>& feed);
  void Remove(const std::shared_ptr<AudioFeed>& feed);
  // 10 ms. `delay_ms` is how long ago they were recorded, where that is known.
  void Deliver(std::span<const int16_t> samples, const AudioFormat& format, int64_t capture_ms, int delay_ms = 0);

 private:
  webrtc::Mutex mutex_;
  std::vector<webrtc::scoped_refptr<webrtc::RefCountedObject<AudioFeed::Native>>> feeds_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc
