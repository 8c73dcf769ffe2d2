#include "core/devices.h"

#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "core/audio_device.h"
#include "core/camera.h"
#include "core/engine.h"

namespace pywebrtc {
namespace {

std::vector<DeviceInfo> List() {
  std::vector<DeviceInfo> devices;
  if (const auto module = CreateAudioDevice()) {
    devices = Microphones(*module);
    std::ranges::move(Loudspeakers(*module), std::back_inserter(devices));
    module->Terminate();
  }
  std::ranges::move(Cameras(), std::back_inserter(devices));
  return devices;
}

}  // namespace

webrtc::RTCError ListDevices(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation) {
  webrtc::RTCError error = Engine::Start();
  if (error.ok()) {
    Engine::PostToDevices([mailbox = std::move(mailbox), target, operation] {
      mailbox->Post(OperationDone{target, operation, webrtc::RTCError::OK(), List(), nullptr, std::nullopt});
    });
  }
  return error;
}

}  // namespace pywebrtc
