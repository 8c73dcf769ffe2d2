// A microphone that is open: what it records goes to feeds, whose tracks send it.
#pragma once

#include <memory>
#include <string>

#include "api/audio/audio_device.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/audio_feed.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class Microphone final : public Object {
 public:
  ~Microphone() override;

  // Awaitable, any thread: opening waits for the system.
  static webrtc::RTCError Open(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation, std::string id);

  // Any thread.
  void AddFeed(const std::shared_ptr<AudioFeed>& feed);
  void RemoveFeed(const std::shared_ptr<AudioFeed>& feed);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Recording;

  explicit Microphone(std::shared_ptr<Recording> recording);
  void Dispose() override;

  const std::shared_ptr<Recording> recording_;
};

}  // namespace pywebrtc
