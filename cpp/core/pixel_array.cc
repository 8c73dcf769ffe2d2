#include "core/pixel_array.h"

#include <new>
#include <string>
#include <utility>

#include "core/pixels.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorOr;
using webrtc::RTCErrorType;

std::vector<ptrdiff_t> ShapeOf(const Layout& layout, int width, int height) {
  if (layout.planes == 1) {
    return layout.channels == 1 ? std::vector<ptrdiff_t>{height, width}
                                : std::vector<ptrdiff_t>{height, width, layout.channels};
  }
  if (layout.chroma_x == 0) {
    return {layout.planes, height, width};
  }
  // A row of U and one of V together are as long as one of Y.
  const int chroma = layout.chroma_y == 0 ? height : height / 2;
  return {height + chroma + (layout.alpha ? height : 0), width};
}

RTCErrorOr<PixelArray> Converted(const webrtc::VideoFrame& frame, PixelFormat format, std::optional<VideoSize> size) {
  auto buffer = InMemory(frame.video_frame_buffer());
  if (!buffer) {
    return RTCError(RTCErrorType::INTERNAL_ERROR, "the pixels cannot be read");
  }
  if (frame.rotation() != webrtc::kVideoRotation_0) {
    buffer = Rotate(PictureOf(*buffer), frame.rotation());
  }
  const auto [width, height] = size.value_or(VideoSize{.width = buffer->width(), .height = buffer->height()});
  const Layout layout = LayoutOf(format);
  if ((width % (1 << layout.chroma_x)) != 0 || (height % (1 << layout.chroma_y)) != 0) {
    return RTCError::InvalidRange("a picture of " + std::to_string(width) + "x" + std::to_string(height) +
                                  " has no array in a format with halved chroma: ask for an even size");
  }
  PixelArray array{.memory = nullptr, .depth = layout.depth, .shape = ShapeOf(layout, width, height)};
  size_t bytes = static_cast<size_t>(layout.depth);
  for (const ptrdiff_t side : array.shape) {
    bytes *= static_cast<size_t>(side);
  }
  array.memory = std::make_unique_for_overwrite<uint8_t[]>(bytes);
  MutablePicture target{.format = format, .width = width, .height = height, .planes = {}};
  uint8_t* next = array.memory.get();
  for (int plane = 0; plane < layout.planes; ++plane) {
    const PlaneSize plane_size = SizeOf(target, plane);
    target.planes[static_cast<size_t>(plane)] = {next, plane_size.row_bytes};
    next += static_cast<ptrdiff_t>(plane_size.row_bytes) * plane_size.height;
  }
  Convert(PictureOf(*buffer), target, frame.color_space());
  return array;
}

}  // namespace

RTCErrorOr<PixelArray> ToArray(const webrtc::VideoFrame& frame, PixelFormat format, std::optional<VideoSize> size) {
  try {
    return Converted(frame, format, size);
  } catch (const std::bad_alloc&) {
    return RTCError(RTCErrorType::RESOURCE_EXHAUSTED, "there is no memory for the pixels");
  }
}

}  // namespace pywebrtc
