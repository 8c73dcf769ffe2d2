// What the loudspeakers of this process play, for those who take its echo out of what is recorded.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// All blocks are 10 ms of this format.
constexpr int kFarEndRate = 48000;
constexpr size_t kFarEndChannels = 2;
constexpr size_t kFarEndBlock = kFarEndRate / 100 * kFarEndChannels;

class FarEnd {
 public:
  class Listener {
   public:
    // A player's thread.
    virtual void OnFarEnd(std::span<const int16_t> block) = 0;

   protected:
    ~Listener() = default;
  };

  // Who plays. As long as there is a loudspeaker, what was received does not count: the program has shown how it
  // plays that. Where there is none, it may do so by other means.
  enum class Kind { kReceived, kLoudspeaker };

  // Any thread. Idempotent; after one was removed, it is not told any more.
  void AddListener(Listener* listener);
  void RemoveListener(Listener* listener);

  void AddPlayer(const void* player, Kind kind);
  void RemovePlayer(const void* player);
  // A player's thread: the first one of those that count gives the beat, what the others play is added to it.
  void Play(const void* player, std::span<const int16_t> block);

 private:
  struct Player {
    const void* key;
    Kind kind;
    // Of those that do not give the beat.
    std::deque<int16_t> waiting;
  };

  bool Counts(const Player& player) const RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  webrtc::Mutex mutex_;
  std::vector<Listener*> listeners_ RTC_GUARDED_BY(mutex_);
  std::vector<Player> players_ RTC_GUARDED_BY(mutex_);
  std::vector<int16_t> sum_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc
