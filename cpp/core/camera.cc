#include "core/camera.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "api/scoped_refptr.h"
#include "api/video/i420_buffer.h"
#include "api/video/video_frame.h"
#include "common_video/libyuv/include/webrtc_libyuv.h"
#include "core/engine.h"
#include "core/jpeg.h"
#include "core/open_device.h"
#include "core/video_source.h"
#include "libyuv/convert.h"
#include "modules/video_capture/raw_video_sink_interface.h"
#include "modules/video_capture/video_capture.h"
#include "modules/video_capture/video_capture_factory.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::VideoCaptureCapability;
using webrtc::VideoType;

using Info = webrtc::VideoCaptureModule::DeviceInfo;

// Greater pictures libwebrtc asks for as JPEG, where the camera has that.
constexpr int kNotGreatWidth = 640;
constexpr int kNotGreatHeight = 480;

std::vector<CameraFormat> Formats(Info& info, const std::string& id) {
  const bool jpeg = CanDecodeJpeg();
  std::vector<CameraFormat> formats;
  bool has_jpeg = false;
  const int32_t count = info.NumberOfCapabilities(id.c_str());
  for (int32_t i = 0; i < count; ++i) {
    VideoCaptureCapability capability;
    if (info.GetCapability(id.c_str(), static_cast<uint32_t>(i), capability) != 0) {
      continue;
    }
    has_jpeg = has_jpeg || capability.videoType == VideoType::kMJPEG;
    if (capability.videoType == VideoType::kMJPEG && !jpeg) {
      continue;
    }
    const CameraFormat format{
        .width = capability.width, .height = capability.height, .max_frame_rate = capability.maxFPS};
    const auto same = std::ranges::find_if(
        formats, [&](const CameraFormat& f) { return f.width == format.width && f.height == format.height; });
    if (same == formats.end()) {
      formats.push_back(format);
    } else {
      same->max_frame_rate = std::max(same->max_frame_rate, format.max_frame_rate);
    }
  }
  if (has_jpeg && !jpeg) {
    std::erase_if(formats,
                  [](const CameraFormat& f) { return f.width > kNotGreatWidth || f.height > kNotGreatHeight; });
  }
  return formats;
}

webrtc::scoped_refptr<webrtc::VideoFrameBuffer> ToBuffer(std::span<uint8_t> data,
                                                         const VideoCaptureCapability& capability) {
  if (capability.videoType == VideoType::kMJPEG) {
    return DecodeJpeg(data);
  }
  const int width = capability.width;
  const int height = capability.height;
  if (width < 1 || height < 1 || capability.videoType == VideoType::kUnknown ||
      data.size() < webrtc::CalcBufferSize(capability.videoType, width, height)) {
    return nullptr;
  }
  auto buffer = webrtc::I420Buffer::Create(width, height);
  const int failed = libyuv::ConvertToI420(data.data(), data.size(), buffer->MutableDataY(), buffer->StrideY(),
                                           buffer->MutableDataU(), buffer->StrideU(), buffer->MutableDataV(),
                                           buffer->StrideV(), 0, 0, width, height, width, height, libyuv::kRotate0,
                                           static_cast<uint32_t>(webrtc::ConvertVideoType(capability.videoType)));
  return failed == 0 ? buffer : nullptr;
}

}  // namespace

std::vector<DeviceInfo> Cameras() {
  std::vector<DeviceInfo> cameras;
  const std::unique_ptr<Info> info(webrtc::VideoCaptureFactory::CreateDeviceInfo());
  if (!info) {
    return cameras;
  }
  const uint32_t count = info->NumberOfDevices();
  for (uint32_t i = 0; i < count; ++i) {
    std::array<char, webrtc::kVideoCaptureDeviceNameLength> name{};
    std::array<char, webrtc::kVideoCaptureUniqueNameLength> id{};
    if (info->GetDeviceName(i, name.data(), name.size(), id.data(), id.size()) == 0) {
      DeviceInfo camera{
          .kind = DeviceKind::kVideoInput, .id = id[0] ? id.data() : name.data(), .label = name.data(), .formats = {}};
      camera.formats = Formats(*info, camera.id);
      cameras.push_back(std::move(camera));
    }
  }
  return cameras;
}

class Camera::Capture final : public OpenDevice, private webrtc::RawVideoSinkInterface {
 public:
  Capture(std::string id, const CameraFormat& format) : OpenDevice(std::move(id)), format_(format) {}

  void PostConfigure(const CameraFormat& format) {
    Engine::PostToDevices([self = std::static_pointer_cast<Capture>(shared_from_this()), format] {
      if (self->module_ && format != std::exchange(self->format_, format) && !self->StartCapture()) {
        self->Lost();
      }
    });
  }

  void AddOutput(const std::shared_ptr<VideoSource>& output) {
    const webrtc::MutexLock lock(&mutex_);
    outputs_.push_back(output);
  }
  void RemoveOutput(const std::shared_ptr<VideoSource>& output) {
    const webrtc::MutexLock lock(&mutex_);
    std::erase_if(outputs_, [&](const auto& weak) { return weak.lock() == output; });
  }

 private:
  RTCError Start() override {
    module_ = webrtc::VideoCaptureFactory::Create(id().c_str());
    if (!module_) {
      return RTCError::InvalidParameter("there is no camera " + id());
    }
    module_->RegisterCaptureDataCallback(this);
    return StartCapture() ? RTCError::OK()
                          : RTCError::InternalError("the camera " + id() +
                                                    " cannot be opened: it is in use, or the system refuses it");
  }

  void Close() override {
    if (module_) {
      module_->StopCapture();
      module_->DeRegisterCaptureDataCallback();
    }
    module_ = nullptr;
  }

  bool IsThere(bool silent) override {
    return !silent || std::ranges::any_of(Cameras(), [this](const DeviceInfo& d) { return d.id == id(); });
  }

  bool StartCapture() {
    VideoCaptureCapability capability;
    capability.width = format_.width;
    capability.height = format_.height;
    capability.maxFPS = format_.max_frame_rate;
    return module_->StartCapture(capability) == 0;
  }

  // The capture's thread.
  int32_t OnRawFrame(uint8_t* data,
                     size_t size,
                     const VideoCaptureCapability& capability,
                     webrtc::VideoRotation /*rotation*/,
                     int64_t /*capture_time*/) override {
    Alive();
    const int64_t now_us = webrtc::TimeMicros();
    std::vector<std::shared_ptr<VideoSource>> outputs;
    {
      const webrtc::MutexLock lock(&mutex_);
      std::erase_if(outputs_, [](const auto& weak) { return weak.expired(); });
      for (const auto& weak : outputs_) {
        outputs.push_back(weak.lock());
      }
    }
    std::erase(outputs, nullptr);
    if (outputs.empty()) {
      return 0;
    }
    const auto buffer = ToBuffer({data, size}, capability);
    if (!buffer) {
      return -1;
    }
    const webrtc::VideoFrame frame =
        webrtc::VideoFrame::Builder().set_video_frame_buffer(buffer).set_timestamp_us(now_us).build();
    for (const auto& output : outputs) {
      output->Push(frame, now_us);
    }
    return 0;
  }

  // Devices thread.
  CameraFormat format_;
  webrtc::scoped_refptr<webrtc::VideoCaptureModule> module_;

  webrtc::Mutex mutex_;
  std::vector<std::weak_ptr<VideoSource>> outputs_ RTC_GUARDED_BY(mutex_);
};

RTCError Camera::Open(std::shared_ptr<Mailbox> mailbox,
                      Key target,
                      OperationId operation,
                      std::string id,
                      const CameraFormat& format) {
  return OpenDevice::Open<Camera>(std::move(mailbox), target, operation,
                                  std::make_shared<Capture>(std::move(id), format));
}

Camera::Camera(std::shared_ptr<Capture> capture) : Object("Camera"), capture_(std::move(capture)) {}

Camera::~Camera() = default;

void Camera::Configure(const CameraFormat& format) {
  capture_->PostConfigure(format);
}

void Camera::AddOutput(const std::shared_ptr<VideoSource>& output) {
  capture_->AddOutput(output);
}

void Camera::RemoveOutput(const std::shared_ptr<VideoSource>& output) {
  capture_->RemoveOutput(output);
}

void Camera::Dispose() {
  capture_->PostClose();
}

}  // namespace pywebrtc
