#include "core/pixels.h"

#include <algorithm>
#include <memory>
#include <new>

#include "third_party/libyuv/include/libyuv/convert.h"
#include "third_party/libyuv/include/libyuv/convert_argb.h"
#include "third_party/libyuv/include/libyuv/convert_from.h"
#include "third_party/libyuv/include/libyuv/convert_from_argb.h"
#include "third_party/libyuv/include/libyuv/planar_functions.h"
#include "third_party/libyuv/include/libyuv/rotate.h"
#include "third_party/libyuv/include/libyuv/scale.h"
#include "third_party/libyuv/include/libyuv/scale_uv.h"

namespace pywebrtc {
namespace {

using libyuv::ArgbConstants;
using libyuv::YuvConstants;
using webrtc::scoped_refptr;
using webrtc::VideoFrameBuffer;

// Averages where it makes smaller, interpolates where it makes larger: what libwebrtc scales with.
constexpr auto kFilter = libyuv::kFilterBox;

// What takes two passes is done this many rows at a time, so that what the first read or wrote is in the nearest cache
// for the second. Even: rows of chroma belong to one strip.
constexpr int kStrip = 2;

// libyuv fails only where it gets no memory: sizes were checked.
void Must(int result) {
  if (result != 0) {
    throw std::bad_alloc();
  }
}

// A plane with its size, so that functions take one thing.
template <class Byte>
struct Sized {
  Byte* data;
  int stride;
  int width;
  int height;
  int depth;
};

template <class Byte>
Sized<Byte> PlaneOf(const BasicPicture<Byte>& picture, int plane) {
  const auto& [data, stride] = picture.planes[static_cast<size_t>(plane)];
  const PlaneSize size = SizeOf(picture, plane);
  return {data, stride, size.width, size.height, LayoutOf(picture.format).depth};
}

const uint16_t* Wide(const uint8_t* data) {
  return reinterpret_cast<const uint16_t*>(data);
}

uint16_t* Wide(uint8_t* data) {
  return reinterpret_cast<uint16_t*>(data);
}

// Memory of one plane that lives as long as the conversion.
class Scratch {
 public:
  Scratch(int width, int height, int depth = 1)
      : bytes_(std::make_unique_for_overwrite<uint8_t[]>(static_cast<size_t>(width) * static_cast<size_t>(depth) *
                                                         static_cast<size_t>(height))),
        width_(width),
        height_(height),
        depth_(depth) {}

  Sized<uint8_t> plane() { return {bytes_.get(), width_ * depth_, width_, height_, depth_}; }
  Sized<const uint8_t> view() const { return {bytes_.get(), width_ * depth_, width_, height_, depth_}; }

 private:
  const std::unique_ptr<uint8_t[]> bytes_;
  const int width_;
  const int height_;
  const int depth_;
};

// In limited range 10 bits are 8 bits with two more below the point (BT.709, section 4.6), where libyuv takes 255 to
// 1023.
void ShiftTo10(const Sized<const uint8_t>& from, const Sized<uint8_t>& to) {
  for (int row = 0; row < to.height; ++row) {
    const uint8_t* source = from.data + static_cast<ptrdiff_t>(row) * from.stride;
    uint16_t* target = Wide(to.data + static_cast<ptrdiff_t>(row) * to.stride);
    for (int x = 0; x < to.width; ++x) {
      target[x] = static_cast<uint16_t>(source[x] << 2);
    }
  }
}

// Copies, scales, and changes between 8 and 10 bits: narrows first and widens last, for 8 bits are quicker.
void ConvertPlane(const Sized<const uint8_t>& from, const Sized<uint8_t>& to, bool full_range) {
  if (from.depth == 2 && to.depth == 2) {
    Must(libyuv::ScalePlane_16(Wide(from.data), from.stride / 2, from.width, from.height, Wide(to.data), to.stride / 2,
                               to.width, to.height, kFilter));
    return;
  }
  const bool same_size = from.width == to.width && from.height == to.height;
  if (from.depth == 2) {
    constexpr int kTo8 = 1 << 14;
    if (same_size) {
      libyuv::Convert16To8Plane(Wide(from.data), from.stride / 2, to.data, to.stride, kTo8, to.width, to.height);
      return;
    }
    Scratch narrow(from.width, from.height);
    libyuv::Convert16To8Plane(Wide(from.data), from.stride / 2, narrow.plane().data, from.width, kTo8, from.width,
                              from.height);
    ConvertPlane(narrow.view(), to, full_range);
    return;
  }
  if (to.depth == 2) {
    if (!same_size) {
      Scratch scaled(to.width, to.height);
      ConvertPlane(from, scaled.plane(), full_range);
      ConvertPlane(scaled.view(), to, full_range);
      return;
    }
    if (full_range) {
      libyuv::Convert8To16Plane(from.data, from.stride, Wide(to.data), to.stride / 2, /*scale=*/1024, to.width,
                                to.height);
    } else {
      ShiftTo10(from, to);
    }
    return;
  }
  Must(libyuv::ScalePlane(from.data, from.stride, from.width, from.height, to.data, to.stride, to.width, to.height,
                          kFilter));
}

void Fill(const Sized<uint8_t>& plane, uint8_t value) {
  libyuv::SetPlane(plane.data, plane.stride, plane.width, plane.height, value);
}

void SplitUv(const Sized<const uint8_t>& uv, Scratch& u, Scratch& v) {
  libyuv::SplitUVPlane(uv.data, uv.stride, u.plane().data, uv.width, v.plane().data, uv.width, uv.width, uv.height);
}

void MergeUv(const Sized<const uint8_t>& u, const Sized<const uint8_t>& v, const Sized<uint8_t>& uv) {
  libyuv::MergeUVPlane(u.data, u.stride, v.data, v.stride, uv.data, uv.stride, uv.width, uv.height);
}

void ConvertChroma(const Picture& source, const MutablePicture& target, bool full_range) {
  const bool from_pairs = source.format == PixelFormat::kNv12;
  const bool to_pairs = target.format == PixelFormat::kNv12;
  Sized<const uint8_t> u = PlaneOf(source, 1);
  if (from_pairs && to_pairs) {
    const Sized<uint8_t> uv = PlaneOf(target, 1);
    Must(libyuv::UVScale(u.data, u.stride, u.width, u.height, uv.data, uv.stride, uv.width, uv.height, kFilter));
    return;
  }
  if (from_pairs) {
    Scratch split_u(u.width, u.height);
    Scratch split_v(u.width, u.height);
    SplitUv(u, split_u, split_v);
    ConvertPlane(split_u.view(), PlaneOf(target, 1), full_range);
    ConvertPlane(split_v.view(), PlaneOf(target, 2), full_range);
    return;
  }
  Sized<const uint8_t> v = PlaneOf(source, 2);
  if (!to_pairs) {
    ConvertPlane(u, PlaneOf(target, 1), full_range);
    ConvertPlane(v, PlaneOf(target, 2), full_range);
    return;
  }
  const Sized<uint8_t> uv = PlaneOf(target, 1);
  if (u.depth == 1 && u.width == uv.width && u.height == uv.height) {
    MergeUv(u, v, uv);
    return;
  }
  Scratch fit_u(uv.width, uv.height);
  Scratch fit_v(uv.width, uv.height);
  ConvertPlane(u, fit_u.plane(), full_range);
  ConvertPlane(v, fit_v.plane(), full_range);
  MergeUv(fit_u.view(), fit_v.view(), uv);
}

void YuvToYuv(const Picture& source, const MutablePicture& target, bool full_range) {
  ConvertPlane(PlaneOf(source, 0), PlaneOf(target, 0), full_range);
  ConvertChroma(source, target, full_range);
  if (LayoutOf(target.format).alpha) {
    if (LayoutOf(source.format).alpha) {
      ConvertPlane(PlaneOf(source, 3), PlaneOf(target, 3), full_range);
    } else {
      Fill(PlaneOf(target, 3), 255);
    }
  }
}

bool IsFullRange(const ColorSpace& color_space) {
  return color_space && color_space->range() == webrtc::ColorSpace::RangeID::kFull;
}

// libyuv's tables for one matrix and range: from YUV to B, G, R and (with U and V changed over) to R, G, B; from each
// order of bytes to YUV. libyuv names these by the word of a little-endian machine.
struct Coefficients {
  const YuvConstants* yuv;
  const YuvConstants* yvu;
  const ArgbConstants* bgra;
  const ArgbConstants* rgba;
  const ArgbConstants* argb;
  const ArgbConstants* abgr;
};

#define PYWEBRTC_COEFFICIENTS(yuv_name, name)                                                                \
  Coefficients {                                                                                             \
    &libyuv::kYuv##yuv_name##Constants, &libyuv::kYvu##yuv_name##Constants, &libyuv::kArgb##name##Constants, \
        &libyuv::kAbgr##name##Constants, &libyuv::kBgra##name##Constants, &libyuv::kRgba##name##Constants    \
  }

Coefficients CoefficientsOf(const ColorSpace& color_space) {
  using Matrix = webrtc::ColorSpace::MatrixID;
  const bool full = IsFullRange(color_space);
  const Matrix matrix = color_space ? color_space->matrix() : Matrix::kUnspecified;
  if (matrix == Matrix::kBT709) {
    return full ? PYWEBRTC_COEFFICIENTS(F709, F709) : PYWEBRTC_COEFFICIENTS(H709, H709);
  }
  if (matrix == Matrix::kBT2020_NCL || matrix == Matrix::kBT2020_CL) {
    return full ? PYWEBRTC_COEFFICIENTS(V2020, V2020) : PYWEBRTC_COEFFICIENTS(2020, U2020);
  }
  return full ? PYWEBRTC_COEFFICIENTS(JPEG, JPEG) : PYWEBRTC_COEFFICIENTS(I601, I601);
}

#undef PYWEBRTC_COEFFICIENTS

const ArgbConstants* ToYuv(const Coefficients& c, PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgba:
      return c.rgba;
    case PixelFormat::kArgb:
      return c.argb;
    case PixelFormat::kAbgr:
      return c.abgr;
    default:
      return c.bgra;
  }
}

// How the bytes of a pixel lie. libyuv writes B, G, R (A) and, with U and V changed over, R, G, B (A).
bool StartsWithRed(PixelFormat format) {
  return format == PixelFormat::kRgb24 || format == PixelFormat::kRgba || format == PixelFormat::kAbgr;
}

bool StartsWithAlpha(PixelFormat format) {
  return format == PixelFormat::kArgb || format == PixelFormat::kAbgr;
}

// Some rows of a picture; `row` is even.
template <class Byte>
BasicPicture<Byte> Rows(BasicPicture<Byte> picture, int row, int rows) {
  const Layout layout = LayoutOf(picture.format);
  for (int plane = 0; plane < layout.planes; ++plane) {
    auto& [data, stride] = picture.planes[static_cast<size_t>(plane)];
    const int shift = plane == 1 || plane == 2 ? layout.chroma_y : 0;
    data += static_cast<ptrdiff_t>(row >> shift) * stride;
  }
  picture.height = std::min(rows, picture.height - row);
  return picture;
}

// To three bytes a pixel, where libyuv has a function for it.
bool ToThreeBytes(const Picture& source, const Coefficients& c, bool red_first, uint8_t* target, int stride) {
  const YuvConstants* constants = red_first ? c.yvu : c.yuv;
  const auto& y = source.planes[0];
  const auto& u = source.planes[red_first ? 2 : 1];
  const auto& v = source.planes[red_first ? 1 : 2];
  const auto planar = [&](auto function) {
    Must(function(y.data, y.stride, u.data, u.stride, v.data, v.stride, target, stride, constants, source.width,
                  source.height));
    return true;
  };
  switch (source.format) {
    case PixelFormat::kI420:
    case PixelFormat::kI420A:
      return planar(libyuv::I420ToRGB24Matrix);
    case PixelFormat::kI422:
      return planar(libyuv::I422ToRGB24Matrix);
    case PixelFormat::kI444:
      return planar(libyuv::I444ToRGB24Matrix);
    case PixelFormat::kNv12: {
      const auto function = red_first ? libyuv::NV21ToRGB24Matrix : libyuv::NV12ToRGB24Matrix;
      const auto& uv = source.planes[1];
      Must(function(y.data, y.stride, uv.data, uv.stride, target, stride, constants, source.width, source.height));
      return true;
    }
    default:
      return false;
  }
}

// To four bytes a pixel, alpha last.
void ToFourBytes(const Picture& source, const Coefficients& c, bool red_first, uint8_t* target, int stride) {
  const YuvConstants* constants = red_first ? c.yvu : c.yuv;
  const auto& y = source.planes[0];
  const auto& u = source.planes[red_first ? 2 : 1];
  const auto& v = source.planes[red_first ? 1 : 2];
  const auto planar = [&](auto function) {
    Must(function(y.data, y.stride, u.data, u.stride, v.data, v.stride, target, stride, constants, source.width,
                  source.height));
  };
  const auto wide = [&](auto function) {
    Must(function(Wide(y.data), y.stride / 2, Wide(u.data), u.stride / 2, Wide(v.data), v.stride / 2, target, stride,
                  constants, source.width, source.height));
  };
  switch (source.format) {
    case PixelFormat::kI420:
      return planar(libyuv::I420ToARGBMatrix);
    case PixelFormat::kI420A: {
      const auto& a = source.planes[3];
      Must(libyuv::I420AlphaToARGBMatrix(y.data, y.stride, u.data, u.stride, v.data, v.stride, a.data, a.stride, target,
                                         stride, constants, source.width, source.height, /*attenuate=*/0));
      return;
    }
    case PixelFormat::kI422:
      return planar(libyuv::I422ToARGBMatrix);
    case PixelFormat::kI444:
      return planar(libyuv::I444ToARGBMatrix);
    case PixelFormat::kI010:
      return wide(libyuv::I010ToARGBMatrix);
    case PixelFormat::kI210:
      return wide(libyuv::I210ToARGBMatrix);
    case PixelFormat::kI410:
      return wide(libyuv::I410ToARGBMatrix);
    case PixelFormat::kNv12: {
      const auto function = red_first ? libyuv::NV21ToARGBMatrix : libyuv::NV12ToARGBMatrix;
      const auto& uv = source.planes[1];
      Must(function(y.data, y.stride, uv.data, uv.stride, target, stride, constants, source.width, source.height));
      return;
    }
    default:
      return;
  }
}

void YuvToRgb(const Picture& source, const MutablePicture& target, const Coefficients& c) {
  const bool alpha_first = StartsWithAlpha(target.format);
  // Turned round, B, G, R, A is A, R, G, B.
  const bool red_first = StartsWithRed(target.format);
  const auto& [data, stride] = target.planes[0];
  if (LayoutOf(target.format).channels == 4) {
    if (!alpha_first) {
      ToFourBytes(source, c, red_first, data, stride);
      return;
    }
    for (int row = 0; row < target.height; row += kStrip) {
      const Picture rows = Rows(source, row, kStrip);
      uint8_t* to = data + static_cast<ptrdiff_t>(row) * stride;
      ToFourBytes(rows, c, red_first, to, stride);
      Must(libyuv::ARGBToBGRA(to, stride, to, stride, target.width, rows.height));
    }
    return;
  }
  if (ToThreeBytes(source, c, red_first, data, stride)) {
    return;
  }
  Scratch four(target.width * 4, kStrip);
  for (int row = 0; row < target.height; row += kStrip) {
    const Picture rows = Rows(source, row, kStrip);
    ToFourBytes(rows, c, red_first, four.plane().data, four.plane().stride);
    Must(libyuv::ARGBToRGB24(four.plane().data, four.plane().stride, data + static_cast<ptrdiff_t>(row) * stride,
                             stride, target.width, rows.height));
  }
}

void ExtractAlpha(const uint8_t* from,
                  int stride,
                  bool first,
                  uint8_t* alpha,
                  int alpha_stride,
                  int width,
                  int height) {
  if (!first) {
    Must(libyuv::ARGBExtractAlpha(from, stride, alpha, alpha_stride, width, height));
    return;
  }
  // libyuv knows alpha as the fourth byte: so it is that of all pixels but the first, one byte further on.
  for (int row = 0; row < height; ++row) {
    alpha[static_cast<ptrdiff_t>(row) * alpha_stride] = from[static_cast<ptrdiff_t>(row) * stride];
  }
  if (width > 1) {
    Must(libyuv::ARGBExtractAlpha(from + 1, stride, alpha + 1, alpha_stride, width - 1, height));
  }
}

// RAWToI420 of M150's libyuv takes R, G, B for B, G, R (its Y and UV rows ignore the order), and it knows BT.601
// only. So three bytes become four first, for which there are functions for every matrix.
void RgbToYuv(const Picture& source, const MutablePicture& target, const Coefficients& c) {
  const auto& [data, stride] = source.planes[0];
  const bool four_bytes = LayoutOf(source.format).channels == 4;
  const ArgbConstants* constants = ToYuv(c, source.format);
  if (source.format == PixelFormat::kBgra && constants == &libyuv::kArgbI601Constants &&
      target.format == PixelFormat::kI420A) {  // for these alone libyuv has it in one pass
    const auto& [y, u, v, a] = target.planes;
    Must(libyuv::ARGBToI420Alpha(data, stride, y.data, y.stride, u.data, u.stride, v.data, v.stride, a.data, a.stride,
                                 source.width, source.height));
    return;
  }
  Scratch four(four_bytes ? 0 : source.width * 4, kStrip);
  for (int row = 0; row < source.height; row += kStrip) {
    const MutablePicture rows = Rows(target, row, kStrip);
    const uint8_t* from = data + static_cast<ptrdiff_t>(row) * stride;
    int from_stride = stride;
    if (!four_bytes) {
      const auto function = source.format == PixelFormat::kRgb24 ? libyuv::RAWToARGB : libyuv::RGB24ToARGB;
      Must(function(from, stride, four.plane().data, four.plane().stride, source.width, rows.height));
      from = four.view().data;
      from_stride = four.view().stride;
    }
    const auto& [y, u, v, a] = rows.planes;
    Must(libyuv::ARGBToI420Matrix(from, from_stride, y.data, y.stride, u.data, u.stride, v.data, v.stride, constants,
                                  source.width, rows.height));
    if (LayoutOf(target.format).alpha) {
      ExtractAlpha(from, from_stride, StartsWithAlpha(source.format), a.data, a.stride, source.width, rows.height);
    }
  }
}

// Gray is luma in full range, as OpenCV has it.
void YuvToGray(const Picture& source, const MutablePicture& target, bool full_range) {
  const Sized<uint8_t> gray = PlaneOf(target, 0);
  ConvertPlane(PlaneOf(source, 0), gray, full_range);
  if (full_range) {
    return;
  }
  Scratch four(gray.width * 4, kStrip);
  for (int row = 0; row < gray.height; row += kStrip) {
    const int rows = std::min(kStrip, gray.height - row);
    uint8_t* data = gray.data + static_cast<ptrdiff_t>(row) * gray.stride;
    Must(libyuv::I400ToARGBMatrix(data, gray.stride, four.plane().data, four.plane().stride, &libyuv::kYuvI601Constants,
                                  gray.width, rows));
    Must(libyuv::ARGBToJ400(four.plane().data, four.plane().stride, data, gray.stride, gray.width, rows));
  }
}

void GrayToYuv(const Picture& source, const MutablePicture& target, bool full_range) {
  const Sized<const uint8_t> gray = PlaneOf(source, 0);
  const Sized<uint8_t> y = PlaneOf(target, 0);
  if (full_range) {
    ConvertPlane(gray, y, full_range);
  } else {
    // 0 to 255 becomes 16 to 235.
    libyuv::Convert8To8Plane(gray.data, gray.stride, y.data, y.stride, /*scale=*/220, /*bias=*/16, y.width, y.height);
  }
  Fill(PlaneOf(target, 1), 128);
  Fill(PlaneOf(target, 2), 128);
}

libyuv::RotationMode Mode(webrtc::VideoRotation clockwise) {
  return static_cast<libyuv::RotationMode>(clockwise);
}

// Turned, and fitted where chroma is smaller in one direction only (i422, i210).
void RotatePlane(const Sized<const uint8_t>& from, const Sized<uint8_t>& to, webrtc::VideoRotation clockwise) {
  const bool lying = clockwise == webrtc::kVideoRotation_90 || clockwise == webrtc::kVideoRotation_270;
  const int width = lying ? from.height : from.width;
  const int height = lying ? from.width : from.height;
  if (width != to.width || height != to.height) {
    Scratch turned(width, height, from.depth);
    RotatePlane(from, turned.plane(), clockwise);
    ConvertPlane(turned.view(), to, /*full_range=*/false);
  } else if (from.depth == 2) {
    Must(libyuv::RotatePlane_16(Wide(from.data), from.stride / 2, Wide(to.data), to.stride / 2, from.width, from.height,
                                Mode(clockwise)));
  } else {
    Must(libyuv::RotatePlane(from.data, from.stride, to.data, to.stride, from.width, from.height, Mode(clockwise)));
  }
}

}  // namespace

void Convert(const Picture& source, const MutablePicture& target, const ColorSpace& color_space) {
  const bool full_range = IsFullRange(color_space);
  if (!IsYuv(source.format)) {
    if (source.format == PixelFormat::kGray) {
      GrayToYuv(source, target, full_range);
    } else {
      RgbToYuv(source, target, CoefficientsOf(color_space));
    }
  } else if (IsYuv(target.format)) {
    YuvToYuv(source, target, full_range);
  } else if (target.format == PixelFormat::kGray) {
    YuvToGray(source, target, full_range);
  } else if (source.width != target.width || source.height != target.height) {
    const auto scaled = Scale(source, target.width, target.height);
    YuvToRgb(PictureOf(*scaled), target, CoefficientsOf(color_space));
  } else {
    YuvToRgb(source, target, CoefficientsOf(color_space));
  }
}

PixelFormat KeptAs(PixelFormat format) {
  if (IsYuv(format)) {
    return format;
  }
  return LayoutOf(format).alpha ? PixelFormat::kI420A : PixelFormat::kI420;
}

ColorSpace ColorsKept(PixelFormat format, const ColorSpace& given) {
  if (given || IsYuv(format)) {
    return given;
  }
  return webrtc::ColorSpace(webrtc::ColorSpace::PrimaryID::kBT709, webrtc::ColorSpace::TransferID::kIEC61966_2_1,
                            webrtc::ColorSpace::MatrixID::kSMPTE170M, webrtc::ColorSpace::RangeID::kLimited);
}

scoped_refptr<VideoFrameBuffer> Keep(const Picture& source, const ColorSpace& color_space) {
  const OwnedPicture kept = Allocate(KeptAs(source.format), source.width, source.height);
  Convert(source, kept.picture, color_space);
  return kept.buffer;
}

scoped_refptr<VideoFrameBuffer> Scale(const Picture& source, int width, int height) {
  const OwnedPicture scaled = Allocate(source.format, width, height);
  YuvToYuv(source, scaled.picture, /*full_range=*/false);
  return scaled.buffer;
}

scoped_refptr<VideoFrameBuffer> Rotate(const Picture& source, webrtc::VideoRotation clockwise) {
  const bool lying = clockwise == webrtc::kVideoRotation_90 || clockwise == webrtc::kVideoRotation_270;
  const OwnedPicture turned =
      Allocate(source.format, lying ? source.height : source.width, lying ? source.width : source.height);
  if (source.format != PixelFormat::kNv12) {
    for (int plane = 0; plane < LayoutOf(source.format).planes; ++plane) {
      RotatePlane(PlaneOf(source, plane), PlaneOf(turned.picture, plane), clockwise);
    }
    return turned.buffer;
  }
  RotatePlane(PlaneOf(source, 0), PlaneOf(turned.picture, 0), clockwise);
  const Sized<const uint8_t> from = PlaneOf(source, 1);
  const Sized<uint8_t> to = PlaneOf(turned.picture, 1);
  Scratch u(to.width, to.height);
  Scratch v(to.width, to.height);
  Must(libyuv::SplitRotateUV(from.data, from.stride, u.plane().data, to.width, v.plane().data, to.width, from.width,
                             from.height, Mode(clockwise)));
  MergeUv(u.view(), v.view(), to);
  return turned.buffer;
}

}  // namespace pywebrtc
