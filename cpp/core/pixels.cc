#include "core/pixels.h"

#include <algorithm>
#include <vector>

#include "third_party/libyuv/include/libyuv/convert.h"
#include "third_party/libyuv/include/libyuv/convert_from.h"

namespace pywebrtc {
namespace {

// RAWToI420 of M150's libyuv takes R, G, B for B, G, R (its Y and UV rows ignore the order): so
// through ARGB, some rows at a time to stay in the cache.
void RgbToI420(const PixelView& source, webrtc::I420Buffer& target) {
  constexpr int kRows = 16;
  const int stride = source.width * 4;
  std::vector<uint8_t> argb(static_cast<size_t>(stride) * kRows);
  for (int row = 0; row < source.height; row += kRows) {
    const int rows = std::min(kRows, source.height - row);
    libyuv::RAWToARGB(source.data + static_cast<ptrdiff_t>(row) * source.stride, source.stride, argb.data(), stride,
                      source.width, rows);
    libyuv::ARGBToI420(argb.data(), stride, target.MutableDataY() + row * target.StrideY(), target.StrideY(),
                       target.MutableDataU() + row / 2 * target.StrideU(), target.StrideU(),
                       target.MutableDataV() + row / 2 * target.StrideV(), target.StrideV(), source.width, rows);
  }
}

}  // namespace

webrtc::scoped_refptr<webrtc::I420Buffer> ToI420(const PixelView& source) {
  const int width = source.width;
  const int height = source.height;
  auto buffer = webrtc::I420Buffer::Create(width, height);
  uint8_t* y = buffer->MutableDataY();
  uint8_t* u = buffer->MutableDataU();
  uint8_t* v = buffer->MutableDataV();
  const int sy = buffer->StrideY();
  const int su = buffer->StrideU();
  const int sv = buffer->StrideV();
  switch (source.format) {
    case PixelFormat::kI420: {
      const uint8_t* source_u = source.data + static_cast<size_t>(width) * static_cast<size_t>(height);
      const uint8_t* source_v = source_u + static_cast<size_t>(width / 2) * static_cast<size_t>(height / 2);
      libyuv::I420Copy(source.data, width, source_u, width / 2, source_v, width / 2, y, sy, u, su, v, sv, width,
                       height);
      break;
    }
    // libyuv names packed formats by the word on a little-endian machine: its RGB24 is B, G, R in
    // memory and its RAW is R, G, B.
    case PixelFormat::kRgb24:
      RgbToI420(source, *buffer);
      break;
    case PixelFormat::kBgr24:
      libyuv::RGB24ToI420(source.data, source.stride, y, sy, u, su, v, sv, width, height);
      break;
  }
  return buffer;
}

void FromFrame(const webrtc::scoped_refptr<webrtc::VideoFrameBuffer>& source, const MutablePixelView& target) {
  const int width = target.width;
  const int height = target.height;
  webrtc::scoped_refptr<webrtc::VideoFrameBuffer> scaled = source;
  if (source->width() != width || source->height() != height) {
    scaled = source->Scale(width, height);
  }
  webrtc::scoped_refptr<const webrtc::I420BufferInterface> i420 = scaled->ToI420();
  const uint8_t* y = i420->DataY();
  const uint8_t* u = i420->DataU();
  const uint8_t* v = i420->DataV();
  const int sy = i420->StrideY();
  const int su = i420->StrideU();
  const int sv = i420->StrideV();
  switch (target.format) {
    case PixelFormat::kI420: {
      uint8_t* target_u = target.data + static_cast<size_t>(width) * static_cast<size_t>(height);
      uint8_t* target_v = target_u + static_cast<size_t>(width / 2) * static_cast<size_t>(height / 2);
      libyuv::I420Copy(y, sy, u, su, v, sv, target.data, width, target_u, width / 2, target_v, width / 2, width,
                       height);
      break;
    }
    case PixelFormat::kRgb24:
      libyuv::I420ToRAW(y, sy, u, su, v, sv, target.data, target.stride, width, height);
      break;
    case PixelFormat::kBgr24:
      libyuv::I420ToRGB24(y, sy, u, su, v, sv, target.data, target.stride, width, height);
      break;
  }
}

}  // namespace pywebrtc
