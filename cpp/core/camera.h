// A camera that is open, by libwebrtc's video capture module (V4L2): its pictures go to the sources of tracks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/rtc_error.h"
#include "core/device_info.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class VideoSource;

// Devices thread.
std::vector<DeviceInfo> Cameras();

class Camera final : public Object {
 public:
  ~Camera() override;

  // Awaitable, any thread: opening waits for the system. The camera gives the size that it has nearest.
  static webrtc::RTCError Open(std::shared_ptr<Mailbox> mailbox,
                               Key target,
                               OperationId operation,
                               std::string id,
                               const CameraFormat& format);

  // Any thread. Another format; where the camera does not take it, DeviceLost is posted.
  void Configure(const CameraFormat& format);

  // Any thread. Pictures are pushed to the source as long as somebody has it.
  void AddOutput(const std::shared_ptr<VideoSource>& output);
  void RemoveOutput(const std::shared_ptr<VideoSource>& output);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Capture;

  explicit Camera(std::shared_ptr<Capture> capture);
  void Dispose() override;

  const std::shared_ptr<Capture> capture_;
};

}  // namespace pywebrtc
