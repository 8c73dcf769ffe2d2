// What is done with pixels: converted, scaled, turned. All of it by libyuv, on the caller's thread.
#pragma once

#include <optional>

#include "api/scoped_refptr.h"
#include "api/video/color_space.h"
#include "api/video/video_frame_buffer.h"
#include "api/video/video_rotation.h"
#include "core/picture.h"

namespace pywebrtc {

using ColorSpace = std::optional<webrtc::ColorSpace>;

// From any YUV format and size to any format and size; scaled while it is YUV, without a detour over I420. The
// colour space says by which matrix and range YUV becomes RGB: BT.601, BT.709 or BT.2020, limited or full. What is
// not said, or is none of these, is taken as BT.601 and limited, as libwebrtc does.
void Convert(const Picture& source, const MutablePicture& target, const ColorSpace& color_space);

// What a picture of that format is kept as: itself, or I420 (with alpha) where it is not YUV.
PixelFormat KeptAs(PixelFormat format);

// What the numbers of that copy mean: what is given, and where that is nothing what RGB became. It has to be said,
// for Chromium takes what is not said as BT.601 in VP8 and as BT.709 in every other codec.
ColorSpace ColorsKept(PixelFormat format, const ColorSpace& given);

// A copy that libwebrtc can keep. RGB becomes YUV of the colour space given.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> Keep(const Picture& source, const ColorSpace& color_space);

// New buffers of the same format.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> Scale(const Picture& source, int width, int height);
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> Rotate(const Picture& source, webrtc::VideoRotation clockwise);

}  // namespace pywebrtc
