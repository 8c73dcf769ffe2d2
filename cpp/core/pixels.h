// Conversions between libwebrtc's frames and packed or planar arrays, all by libyuv.
#pragma once

#include <cstddef>
#include <cstdint>

#include "api/scoped_refptr.h"
#include "api/video/i420_buffer.h"
#include "api/video/video_frame_buffer.h"

namespace pywebrtc {

// Named by the order of bytes in memory, as numpy and OpenCV users name them.
enum class PixelFormat { kI420, kRgb24, kBgr24 };

// Rows of bytes that belong to somebody else. i420 is one array of height * 3 / 2 rows: Y, then U,
// then V; its width and height are even.
struct PixelView {
  PixelFormat format;
  int width;
  int height;
  const uint8_t* data;
  // Bytes from one row to the next; for i420 the width.
  int stride;
};

struct MutablePixelView {
  PixelFormat format;
  int width;
  int height;
  uint8_t* data;
  int stride;
};

// One pass of libyuv; BT.601, limited range.
webrtc::scoped_refptr<webrtc::I420Buffer> ToI420(const PixelView& source);

// Scales first where the size differs. The view's rows are contiguous.
void FromFrame(const webrtc::scoped_refptr<webrtc::VideoFrameBuffer>& source, const MutablePixelView& target);

}  // namespace pywebrtc
