#include "core/picture.h"

#include <memory>
#include <new>
#include <utility>

#include "api/make_ref_counted.h"
#include "api/video/i420_buffer.h"
#include "common_video/include/video_frame_buffer.h"
#include "rtc_base/checks.h"
#include "third_party/libyuv/include/libyuv/convert.h"

namespace pywebrtc {
namespace {

using webrtc::scoped_refptr;
using webrtc::VideoFrameBuffer;

// Rows and planes of our own memory begin where vector instructions like them to.
constexpr size_t kAlignment = 64;

// libwebrtc wraps foreign memory in all formats but this.
class WrappedNv12 : public webrtc::NV12BufferInterface {
 public:
  WrappedNv12(const Picture& picture, std::function<void()> release)
      : picture_(picture), release_(std::move(release)) {}

  int width() const override { return picture_.width; }
  int height() const override { return picture_.height; }
  const uint8_t* DataY() const override { return picture_.planes[0].data; }
  const uint8_t* DataUV() const override { return picture_.planes[1].data; }
  int StrideY() const override { return picture_.planes[0].stride; }
  int StrideUV() const override { return picture_.planes[1].stride; }

  scoped_refptr<webrtc::I420BufferInterface> ToI420() override {
    auto i420 = webrtc::I420Buffer::Create(width(), height());
    libyuv::NV12ToI420(DataY(), StrideY(), DataUV(), StrideUV(), i420->MutableDataY(), i420->StrideY(),
                       i420->MutableDataU(), i420->StrideU(), i420->MutableDataV(), i420->StrideV(), width(), height());
    return i420;
  }

 private:
  const Picture picture_;
  const std::function<void()> release_;
};

int Half(int size, int shift) {
  return (size + (1 << shift) - 1) >> shift;
}

template <class Interface>
Picture Planar(PixelFormat format, const Interface* buffer) {
  constexpr int kDepth = sizeof(*buffer->DataY());
  const auto plane = [](const auto* data, int stride) {
    return BasicPlane<const uint8_t>{reinterpret_cast<const uint8_t*>(data), stride * kDepth};
  };
  return {.format = format,
          .width = buffer->width(),
          .height = buffer->height(),
          .planes = {plane(buffer->DataY(), buffer->StrideY()), plane(buffer->DataU(), buffer->StrideU()),
                     plane(buffer->DataV(), buffer->StrideV())}};
}

}  // namespace

Layout LayoutOf(PixelFormat format) {
  switch (format) {
    case PixelFormat::kI420:
      return {.planes = 3, .depth = 1, .chroma_x = 1, .chroma_y = 1, .channels = 1, .alpha = false};
    case PixelFormat::kI420A:
      return {.planes = 4, .depth = 1, .chroma_x = 1, .chroma_y = 1, .channels = 1, .alpha = true};
    case PixelFormat::kI422:
      return {.planes = 3, .depth = 1, .chroma_x = 1, .chroma_y = 0, .channels = 1, .alpha = false};
    case PixelFormat::kI444:
      return {.planes = 3, .depth = 1, .chroma_x = 0, .chroma_y = 0, .channels = 1, .alpha = false};
    case PixelFormat::kI010:
      return {.planes = 3, .depth = 2, .chroma_x = 1, .chroma_y = 1, .channels = 1, .alpha = false};
    case PixelFormat::kI210:
      return {.planes = 3, .depth = 2, .chroma_x = 1, .chroma_y = 0, .channels = 1, .alpha = false};
    case PixelFormat::kI410:
      return {.planes = 3, .depth = 2, .chroma_x = 0, .chroma_y = 0, .channels = 1, .alpha = false};
    case PixelFormat::kNv12:
      return {.planes = 2, .depth = 1, .chroma_x = 1, .chroma_y = 1, .channels = 1, .alpha = false};
    case PixelFormat::kRgb24:
    case PixelFormat::kBgr24:
      return {.planes = 1, .depth = 1, .chroma_x = 0, .chroma_y = 0, .channels = 3, .alpha = false};
    case PixelFormat::kRgba:
    case PixelFormat::kBgra:
    case PixelFormat::kArgb:
    case PixelFormat::kAbgr:
      return {.planes = 1, .depth = 1, .chroma_x = 0, .chroma_y = 0, .channels = 4, .alpha = true};
    case PixelFormat::kGray:
      return {.planes = 1, .depth = 1, .chroma_x = 0, .chroma_y = 0, .channels = 1, .alpha = false};
  }
}

bool IsYuv(PixelFormat format) {
  return LayoutOf(format).planes > 1;
}

PlaneSize SizeOf(PixelFormat format, int plane, int width, int height) {
  const Layout layout = LayoutOf(format);
  const bool chroma = plane == 1 || plane == 2;
  PlaneSize size{.width = chroma ? Half(width, layout.chroma_x) : width,
                 .height = chroma ? Half(height, layout.chroma_y) : height,
                 .channels = chroma && format == PixelFormat::kNv12 ? 2 : layout.channels,
                 .row_bytes = 0};
  size.row_bytes = size.width * size.channels * layout.depth;
  return size;
}

Picture AsConst(const MutablePicture& picture) {
  Picture view{.format = picture.format, .width = picture.width, .height = picture.height, .planes = {}};
  for (size_t i = 0; i < kMaxPlanes; ++i) {
    view.planes[i] = {picture.planes[i].data, picture.planes[i].stride};
  }
  return view;
}

OwnedPicture Allocate(PixelFormat format, int width, int height) {
  const auto align = [](size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; };
  MutablePicture picture{.format = format, .width = width, .height = height, .planes = {}};
  std::array<size_t, kMaxPlanes> offsets{};
  size_t bytes = 0;
  for (size_t plane = 0; plane < static_cast<size_t>(LayoutOf(format).planes); ++plane) {
    const PlaneSize size = SizeOf(picture, static_cast<int>(plane));
    const size_t stride = align(static_cast<size_t>(size.row_bytes));
    picture.planes[plane].stride = static_cast<int>(stride);
    offsets[plane] = bytes;
    bytes += stride * static_cast<size_t>(size.height);
  }
  std::shared_ptr<uint8_t> memory(new (std::align_val_t{kAlignment}) uint8_t[bytes],
                                  [](uint8_t* data) { ::operator delete[](data, std::align_val_t{kAlignment}); });
  for (size_t plane = 0; plane < static_cast<size_t>(LayoutOf(format).planes); ++plane) {
    picture.planes[plane].data = memory.get() + offsets[plane];
  }
  return {.picture = picture, .buffer = Wrap(AsConst(picture), [memory = std::move(memory)] {})};
}

scoped_refptr<VideoFrameBuffer> Wrap(const Picture& picture, std::function<void()> release) {
  const auto& [y, u, v, a] = picture.planes;
  const auto wide = [](const BasicPlane<const uint8_t>& plane) {
    return reinterpret_cast<const uint16_t*>(plane.data);
  };
  const int w = picture.width;
  const int h = picture.height;
  switch (picture.format) {
    case PixelFormat::kI420:
      return webrtc::WrapI420Buffer(w, h, y.data, y.stride, u.data, u.stride, v.data, v.stride, std::move(release));
    case PixelFormat::kI420A:
      return webrtc::WrapI420ABuffer(w, h, y.data, y.stride, u.data, u.stride, v.data, v.stride, a.data, a.stride,
                                     std::move(release));
    case PixelFormat::kI422:
      return webrtc::WrapI422Buffer(w, h, y.data, y.stride, u.data, u.stride, v.data, v.stride, std::move(release));
    case PixelFormat::kI444:
      return webrtc::WrapI444Buffer(w, h, y.data, y.stride, u.data, u.stride, v.data, v.stride, std::move(release));
    case PixelFormat::kI010:
      return webrtc::WrapI010Buffer(w, h, wide(y), y.stride / 2, wide(u), u.stride / 2, wide(v), v.stride / 2,
                                    std::move(release));
    case PixelFormat::kI210:
      return webrtc::WrapI210Buffer(w, h, wide(y), y.stride / 2, wide(u), u.stride / 2, wide(v), v.stride / 2,
                                    std::move(release));
    case PixelFormat::kI410:
      return webrtc::WrapI410Buffer(w, h, wide(y), y.stride / 2, wide(u), u.stride / 2, wide(v), v.stride / 2,
                                    std::move(release));
    case PixelFormat::kNv12:
      return webrtc::make_ref_counted<WrappedNv12>(picture, std::move(release));
    case PixelFormat::kRgb24:
    case PixelFormat::kBgr24:
    case PixelFormat::kRgba:
    case PixelFormat::kBgra:
    case PixelFormat::kArgb:
    case PixelFormat::kAbgr:
    case PixelFormat::kGray:
      break;
  }
  RTC_CHECK_NOTREACHED();
}

scoped_refptr<VideoFrameBuffer> InMemory(scoped_refptr<VideoFrameBuffer> buffer) {
  if (buffer->type() == VideoFrameBuffer::Type::kNative) {
    return buffer->ToI420();
  }
  return buffer;
}

scoped_refptr<VideoFrameBuffer> Crop(scoped_refptr<VideoFrameBuffer> buffer, int x, int y, int width, int height) {
  Picture picture = PictureOf(*buffer);
  const Layout layout = LayoutOf(picture.format);
  for (size_t plane = 0; plane < static_cast<size_t>(layout.planes); ++plane) {
    const bool chroma = plane == 1 || plane == 2;
    const PlaneSize size = SizeOf(picture, static_cast<int>(plane));
    const ptrdiff_t row = chroma ? y >> layout.chroma_y : y;
    const ptrdiff_t column = chroma ? x >> layout.chroma_x : x;
    picture.planes[plane].data += row * picture.planes[plane].stride + column * size.channels * layout.depth;
  }
  picture.width = width;
  picture.height = height;
  return Wrap(picture, [buffer = std::move(buffer)] {});
}

Picture PictureOf(const VideoFrameBuffer& buffer) {
  switch (buffer.type()) {
    case VideoFrameBuffer::Type::kNative:
      break;
    case VideoFrameBuffer::Type::kI420:
      return Planar(PixelFormat::kI420, buffer.GetI420());
    case VideoFrameBuffer::Type::kI420A: {
      const auto* i420a = buffer.GetI420A();
      Picture picture = Planar(PixelFormat::kI420A, i420a);
      picture.planes[3] = {i420a->DataA(), i420a->StrideA()};
      return picture;
    }
    case VideoFrameBuffer::Type::kI422:
      return Planar(PixelFormat::kI422, buffer.GetI422());
    case VideoFrameBuffer::Type::kI444:
      return Planar(PixelFormat::kI444, buffer.GetI444());
    case VideoFrameBuffer::Type::kI010:
      return Planar(PixelFormat::kI010, buffer.GetI010());
    case VideoFrameBuffer::Type::kI210:
      return Planar(PixelFormat::kI210, buffer.GetI210());
    case VideoFrameBuffer::Type::kI410:
      return Planar(PixelFormat::kI410, buffer.GetI410());
    case VideoFrameBuffer::Type::kNV12: {
      const auto* nv12 = buffer.GetNV12();
      return {.format = PixelFormat::kNv12,
              .width = nv12->width(),
              .height = nv12->height(),
              .planes = {{{nv12->DataY(), nv12->StrideY()}, {nv12->DataUV(), nv12->StrideUV()}}}};
    }
  }
  RTC_CHECK_NOTREACHED();
}

}  // namespace pywebrtc
