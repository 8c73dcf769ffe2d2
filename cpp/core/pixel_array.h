// A picture as one array: what numpy users have of each pixel format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "api/rtc_error.h"
#include "api/video/video_frame.h"
#include "core/adapting_source.h"
#include "core/picture.h"

namespace pywebrtc {

struct PixelArray {
  // Planes one after the other, without a gap.
  std::unique_ptr<uint8_t[]> memory;
  // Bytes of an element.
  int depth;
  std::vector<ptrdiff_t> shape;
};

// The frame as it is to be shown, turned by its rotation; in its own size where none is given. INVALID_RANGE where
// the format has no array of that size: halved chroma of odd sides does not fit into rows.
webrtc::RTCErrorOr<PixelArray> ToArray(const webrtc::VideoFrame& frame,
                                       PixelFormat format,
                                       std::optional<VideoSize> size);

}  // namespace pywebrtc
