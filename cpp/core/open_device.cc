#include "core/open_device.h"

#include <utility>

#include "api/units/time_delta.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

constexpr webrtc::TimeDelta kLook = webrtc::TimeDelta::Seconds(1);
constexpr int64_t kSilentMs = 2000;

}  // namespace

void OpenDevice::PostClose() {
  Engine::PostToDevices([device = shared_from_this()] {
    device->closed_ = true;
    device->mailbox_ = nullptr;
    device->Close();
  });
}

void OpenDevice::Alive() {
  alive_ms_.store(webrtc::TimeMillis(), std::memory_order_relaxed);
}

void OpenDevice::Lost() {
  if (auto mailbox = std::exchange(mailbox_, nullptr)) {
    mailbox->Post(DeviceLost{target_});
  }
}

void OpenDevice::Opened(std::shared_ptr<Mailbox> mailbox, Key target) {
  Alive();
  Engine::PostToDevices([device = shared_from_this(), mailbox = std::move(mailbox), target]() mutable {
    device->mailbox_ = std::move(mailbox);
    device->target_ = target;
    device->Watch();
  });
}

void OpenDevice::Watch() {
  Engine::PostToDevices(
      [weak = weak_from_this()] {
        const auto device = weak.lock();
        if (!device || device->closed_) {
          return;
        }
        if (!device->IsThere(webrtc::TimeMillis() - device->alive_ms_ > kSilentMs)) {
          device->Lost();
          return;
        }
        device->Watch();
      },
      kLook);
}

}  // namespace pywebrtc
