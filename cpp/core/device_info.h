// What is known of a device without opening it.
#pragma once

#include <string>
#include <vector>

namespace pywebrtc {

enum class DeviceKind { kAudioInput, kAudioOutput, kVideoInput };

// One of the formats of a camera.
struct CameraFormat {
  int width;
  int height;
  int max_frame_rate;

  bool operator==(const CameraFormat&) const = default;
};

struct DeviceInfo {
  DeviceKind kind;
  // What the system calls it; "default" is what it uses where nothing is said.
  std::string id;
  // For people.
  std::string label;
  // Of cameras.
  std::vector<CameraFormat> formats;
};

}  // namespace pywebrtc
