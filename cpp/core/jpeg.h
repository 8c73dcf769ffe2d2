// Pictures of cameras that send JPEG, by libjpeg-turbo, which is loaded at run time.
#pragma once

#include <cstdint>
#include <span>

#include "api/scoped_refptr.h"
#include "api/video/video_frame_buffer.h"

namespace pywebrtc {

// Whether there is one. libyuv's own is not built into libwebrtc.
bool CanDecodeJpeg();

// Any thread. In the limited range that video has; null where the data is broken.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> DecodeJpeg(std::span<const uint8_t> data);

}  // namespace pywebrtc
