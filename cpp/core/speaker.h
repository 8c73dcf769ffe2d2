// A loudspeaker that is open, and plays the tracks that it was given.
#pragma once

#include <memory>
#include <string>

#include "api/rtc_error.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"

namespace pywebrtc {

class Speaker final : public Object {
 public:
  ~Speaker() override;

  // Awaitable, any thread: opening waits for the system.
  static webrtc::RTCError Open(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation, std::string id);

  // Blocking.
  webrtc::RTCError Add(const std::shared_ptr<Track>& track, float gain);
  void Remove(const std::shared_ptr<Track>& track);

  // Any thread: 0 to 1.
  void SetVolume(float volume);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Playing;

  explicit Speaker(std::shared_ptr<Playing> playing);
  void Dispose() override;

  const std::shared_ptr<Playing> playing_;
};

}  // namespace pywebrtc
