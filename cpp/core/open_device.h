// A device of the machine that is in use: opened, watched and closed on a thread of its own, for each of these may
// wait for the system.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/rtc_error.h"
#include "core/engine.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class OpenDevice : public std::enable_shared_from_this<OpenDevice> {
 public:
  explicit OpenDevice(std::string id) : id_(std::move(id)) {}
  virtual ~OpenDevice() = default;
  OpenDevice(const OpenDevice&) = delete;
  OpenDevice& operator=(const OpenDevice&) = delete;

  // Awaitable, any thread. The value of the operation is a Handle, an Object that is made with the device.
  template <class Handle, class Device>
  static webrtc::RTCError Open(std::shared_ptr<Mailbox> mailbox,
                               Key target,
                               OperationId operation,
                               std::shared_ptr<Device> device) {
    webrtc::RTCError error = Engine::Start();
    if (!error.ok()) {
      return error;
    }
    Engine::PostToDevices([mailbox = std::move(mailbox), target, operation, device = std::move(device)]() mutable {
      OpenDevice& opened = *device;
      OperationDone done{target, operation, opened.Start(), {}, nullptr, std::nullopt};
      if (!done.error.ok()) {
        opened.Close();
        mailbox->Post(std::move(done));
        return;
      }
      Engine::PostToSignaling(
          [mailbox = std::move(mailbox), device = std::move(device), done = std::move(done)]() mutable {
            std::shared_ptr<Handle> handle = MakeObject<Handle>(device);
            static_cast<OpenDevice&>(*device).Opened(mailbox, handle->key());
            done.value = std::move(handle);
            mailbox->Post(std::move(done));
          });
    });
    return webrtc::RTCError::OK();
  }

  // Any thread; the last use of it.
  void PostClose();

 protected:
  const std::string& id() const { return id_; }
  // Any thread: it works.
  void Alive();
  // Devices thread: it does not, and will not. Posts DeviceLost.
  void Lost();

 private:
  void Opened(std::shared_ptr<Mailbox> mailbox, Key target);
  // Devices thread. One that did not start is closed too.
  virtual webrtc::RTCError Start() = 0;
  virtual void Close() = 0;
  // Whether the system still has it; `silent` where it gave no sign of life for two seconds.
  virtual bool IsThere(bool silent) = 0;

  // Looks every second.
  void Watch();

  const std::string id_;
  std::atomic<int64_t> alive_ms_{0};
  // Devices thread.
  std::shared_ptr<Mailbox> mailbox_;
  Key target_ = 0;
  bool closed_ = false;
};

}  // namespace pywebrtc
