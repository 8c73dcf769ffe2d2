// A picture in memory: its format, its size and where its planes lie.
//
// libwebrtc has a class for each planar format, numpy has arrays. Both are pictures here, so that what is done
// with pixels (core/pixels.h) is written once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "api/scoped_refptr.h"
#include "api/video/video_frame_buffer.h"

namespace pywebrtc {

// Packed formats are named by the order of bytes in memory, as numpy and OpenCV users name them; libyuv names them
// by the word on a little-endian machine: its ARGB is bgra here, its RAW is rgb24. i010, i210 and i410 have 10 bits
// in the low end of 16.
enum class PixelFormat {
  kI420,
  kI420A,
  kI422,
  kI444,
  kI010,
  kI210,
  kI410,
  kNv12,
  kRgb24,
  kBgr24,
  kRgba,
  kBgra,
  kArgb,
  kAbgr,
  kGray,
};

struct Layout {
  int planes;
  // Bytes of one sample.
  int depth;
  // By how much chroma is smaller than luma, as a shift.
  int chroma_x;
  int chroma_y;
  // Samples of one pixel that lie side by side: 1 where planes are separate.
  int channels;
  bool alpha;
};

Layout LayoutOf(PixelFormat format);

// What libwebrtc has buffers for; the others are converted.
bool IsYuv(PixelFormat format);

// The greatest width and height of libwebrtc's encoders.
constexpr int kMaxSide = 16384;

constexpr size_t kMaxPlanes = 4;

template <class Byte>
struct BasicPlane {
  Byte* data = nullptr;
  // Bytes from one row to the next, never negative.
  int stride = 0;
};

// Y, U, V, A; or Y and pairs of U and V (nv12); or one plane of pixels.
template <class Byte>
struct BasicPicture {
  PixelFormat format;
  int width;
  int height;
  std::array<BasicPlane<Byte>, kMaxPlanes> planes;
};

using Picture = BasicPicture<const uint8_t>;
using MutablePicture = BasicPicture<uint8_t>;

struct PlaneSize {
  // Pixels of this plane; odd sizes of a picture round up in chroma.
  int width;
  int height;
  // Samples of one of them that lie side by side.
  int channels;
  int row_bytes;
};

PlaneSize SizeOf(PixelFormat format, int plane, int width, int height);

template <class Byte>
PlaneSize SizeOf(const BasicPicture<Byte>& picture, int plane) {
  return SizeOf(picture.format, plane, picture.width, picture.height);
}

Picture AsConst(const MutablePicture& picture);

// Memory for a picture, not initialized. Throws bad_alloc.
struct OwnedPicture {
  MutablePicture picture;
  webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer;
};
OwnedPicture Allocate(PixelFormat format, int width, int height);

// libwebrtc's buffer over memory of somebody else's, of a YUV format. `release` is destroyed, on any thread, when
// nobody uses the buffer any more; until then the memory must stay.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> Wrap(const Picture& picture, std::function<void()> release);

// The buffer itself where its planes are in memory, else converted to I420; null where that fails.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> InMemory(webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer);

// A part of a buffer that is in memory, without a copy: `x` and `y` are multiples of what chroma is smaller by.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> Crop(webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer,
                                                     int x,
                                                     int y,
                                                     int width,
                                                     int height);

// The planes of a buffer that is in memory, valid as long as it is.
Picture PictureOf(const webrtc::VideoFrameBuffer& buffer);

}  // namespace pywebrtc
