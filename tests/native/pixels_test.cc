#include "core/pixels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <vector>

#include "api/video/i010_buffer.h"

namespace pywebrtc {
namespace {

using Colour = std::array<int, 3>;  // red, green, blue
using Matrix = webrtc::ColorSpace::MatrixID;
using Range = webrtc::ColorSpace::RangeID;

constexpr Colour kCorners[2][2] = {{{200, 30, 40}, {20, 180, 60}}, {{50, 40, 210}, {220, 200, 30}}};
constexpr int kAlphas[2] = {40, 250};  // left, right
constexpr uint8_t kPadding = 0xA5;

constexpr std::array kRgb{PixelFormat::kRgb24, PixelFormat::kBgr24, PixelFormat::kRgba,
                          PixelFormat::kBgra,  PixelFormat::kArgb,  PixelFormat::kAbgr};
constexpr std::array kYuv{PixelFormat::kI420, PixelFormat::kI420A, PixelFormat::kI422, PixelFormat::kI444,
                          PixelFormat::kI010, PixelFormat::kI210,  PixelFormat::kI410, PixelFormat::kNv12};

// The byte of red, green, blue and alpha in a pixel; -1 where there is none.
std::array<int, 4> Order(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb24:
      return {0, 1, 2, -1};
    case PixelFormat::kBgr24:
      return {2, 1, 0, -1};
    case PixelFormat::kRgba:
      return {0, 1, 2, 3};
    case PixelFormat::kBgra:
      return {2, 1, 0, 3};
    case PixelFormat::kArgb:
      return {1, 2, 3, 0};
    case PixelFormat::kAbgr:
      return {3, 2, 1, 0};
    default:
      return {-1, -1, -1, -1};
  }
}

// Memory for a picture, of exactly its size: one byte too far is an overflow for AddressSanitizer.
class Memory {
 public:
  Memory(PixelFormat format, int width, int height, int padding = 0)
      : picture_{.format = format, .width = width, .height = height, .planes = {}}, padding_(padding) {
    for (int i = 0; i < LayoutOf(format).planes; ++i) {
      const PlaneSize size = SizeOf(picture_, i);
      const int stride = size.row_bytes + padding;
      auto& memory = memory_[static_cast<size_t>(i)];
      memory.assign(static_cast<size_t>(stride) * static_cast<size_t>(size.height), kPadding);
      picture_.planes[static_cast<size_t>(i)] = {memory.data(), stride};
    }
  }

  const MutablePicture& picture() const { return picture_; }
  Picture view() const { return AsConst(picture_); }

  uint8_t& At(int plane, int row, int byte) {
    auto& [data, stride] = picture_.planes[static_cast<size_t>(plane)];
    return data[static_cast<ptrdiff_t>(row) * stride + byte];
  }

  int Sample(int plane, int row, int column) {
    auto& [data, stride] = picture_.planes[static_cast<size_t>(plane)];
    const uint8_t* line = data + static_cast<ptrdiff_t>(row) * stride;
    return LayoutOf(picture_.format).depth == 2 ? reinterpret_cast<const uint16_t*>(line)[column] : line[column];
  }

  void ExpectPaddingIntact() {
    for (int plane = 0; plane < LayoutOf(picture_.format).planes; ++plane) {
      const PlaneSize size = SizeOf(picture_, plane);
      for (int row = 0; row < size.height; ++row) {
        for (int i = 0; i < padding_; ++i) {
          ASSERT_EQ(At(plane, row, size.row_bytes + i), kPadding) << "padding was written";
        }
      }
    }
  }

 private:
  MutablePicture picture_;
  const int padding_;
  std::array<std::vector<uint8_t>, kMaxPlanes> memory_;
};

const Colour& Corner(int x, int y, int width, int height) {
  return kCorners[y * 2 >= height][x * 2 >= width];
}

// A picture of which no two corners and no two channels are alike.
Memory Painted(PixelFormat format, int width, int height, int padding = 0) {
  Memory memory(format, width, height, padding);
  const auto order = Order(format);
  const int channels = LayoutOf(format).channels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        memory.At(0, y, x * channels + order[c]) = static_cast<uint8_t>(Corner(x, y, width, height)[c]);
      }
      if (order[3] >= 0) {
        memory.At(0, y, x * channels + order[3]) = static_cast<uint8_t>(kAlphas[x * 2 >= width]);
      }
    }
  }
  return memory;
}

// Away from the edges between the corners, where chroma is mixed.
void ExpectPainted(Memory& memory, int tolerance, int left_alpha = 255, int right_alpha = 255) {
  const auto& [format, width, height, planes] = memory.picture();
  const auto order = Order(format);
  const int channels = LayoutOf(format).channels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (std::abs(2 * x - width) <= 8 || std::abs(2 * y - height) <= 8) {
        continue;
      }
      for (size_t c = 0; c < 3; ++c) {
        ASSERT_NEAR(memory.At(0, y, x * channels + order[c]), Corner(x, y, width, height)[c], tolerance)
            << "at " << x << ", " << y << " channel " << c << " of " << width << "x" << height;
      }
      if (order[3] >= 0) {
        ASSERT_EQ(memory.At(0, y, x * channels + order[3]), x * 2 < width ? left_alpha : right_alpha);
      }
    }
  }
  memory.ExpectPaddingIntact();
}

struct Geometry {
  int width;
  int height;
  int padding;
};

constexpr std::array kGeometries{Geometry{64, 48, 0}, Geometry{33, 17, 0}, Geometry{33, 16, 13}, Geometry{34, 35, 2},
                                 Geometry{1, 1, 0},   Geometry{1, 40, 5},  Geometry{1281, 3, 7}};

// Everything to everything: packed, kept in each YUV format, and packed again.
class Formats : public testing::TestWithParam<PixelFormat> {};

TEST_P(Formats, ThereAndBackKeepColours) {
  const PixelFormat from = GetParam();
  for (const auto& [width, height, padding] : kGeometries) {
    Memory source = Painted(from, width, height, padding);
    const auto kept = Keep(source.view(), std::nullopt);
    ASSERT_EQ(PictureOf(*kept).format, KeptAs(from));
    for (PixelFormat through : kYuv) {
      // Rows of 16 bits lie an even number of bytes apart.
      Memory middle(through, width, height, padding / 2 * 2);
      Convert(PictureOf(*kept), middle.picture(), std::nullopt);
      middle.ExpectPaddingIntact();
      for (PixelFormat to : kRgb) {
        Memory target(to, width, height, padding);
        Convert(middle.view(), target.picture(), std::nullopt);
        const bool alpha = LayoutOf(from).alpha && LayoutOf(through).alpha;
        ExpectPainted(target, 5, alpha ? kAlphas[0] : 255, alpha ? kAlphas[1] : 255);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Formats, testing::ValuesIn(kRgb));

TEST(Pixels, ScaleWhileTheyAreConverted) {
  Memory rgb = Painted(PixelFormat::kRgb24, 128, 96);
  for (PixelFormat from : kYuv) {
    Memory source(from, 128, 96);
    Convert(PictureOf(*Keep(rgb.view(), std::nullopt)), source.picture(), std::nullopt);
    for (PixelFormat to : kYuv) {
      for (auto [width, height] : {std::pair{64, 48}, {65, 49}, {200, 150}, {127, 95}}) {
        Memory target(to, width, height, 4);
        Convert(source.view(), target.picture(), std::nullopt);
        target.ExpectPaddingIntact();
        Memory shown(PixelFormat::kBgra, width, height);
        Convert(target.view(), shown.picture(), std::nullopt);
        ExpectPainted(shown, 8);
      }
    }
    for (PixelFormat to : kRgb) {
      Memory target(to, 65, 49, 4);
      Convert(source.view(), target.picture(), std::nullopt);
      ExpectPainted(target, 8);
    }
  }
}

// From the definitions: ITU-R BT.601, BT.709 and BT.2020.
struct Definition {
  Matrix matrix;
  double red;
  double blue;
};

class Colours : public testing::TestWithParam<std::tuple<Definition, Range>> {
 public:
  void Check(PixelFormat format);
};

TEST_P(Colours, AreThoseOfTheDefinition) {
  for (PixelFormat format : kRgb) {
    Check(format);
  }
}

void Colours::Check(PixelFormat format) {
  const auto& [definition, range] = GetParam();
  const webrtc::ColorSpace color_space(webrtc::ColorSpace::PrimaryID::kBT709, webrtc::ColorSpace::TransferID::kBT709,
                                       definition.matrix, range);
  Memory source = Painted(format, 64, 64);
  const auto kept = Keep(source.view(), color_space);
  const Picture yuv = PictureOf(*kept);
  const bool full = range == Range::kFull;
  for (int y : {8, 56}) {
    for (int x : {8, 56}) {
      const auto [r, g, b] = Corner(x, y, 64, 64);
      const double luma = definition.red * r + (1 - definition.red - definition.blue) * g + definition.blue * b;
      const double u = (b - luma) / (2 - 2 * definition.blue);
      const double v = (r - luma) / (2 - 2 * definition.red);
      const double scale = full ? 1 : 224.0 / 255;
      EXPECT_NEAR(yuv.planes[0].data[y * yuv.planes[0].stride + x], full ? luma : 16 + luma * 219 / 255, 2);
      EXPECT_NEAR(yuv.planes[1].data[y / 2 * yuv.planes[1].stride + x / 2], 128 + u * scale, 2);
      EXPECT_NEAR(yuv.planes[2].data[y / 2 * yuv.planes[2].stride + x / 2], 128 + v * scale, 2);
    }
  }
  // And back, out of every YUV format. libyuv's table for x86 takes 2 for the 2.11 and 2.14 by which BT.709 and
  // BT.2020 in limited range turn U into blue.
  const int tolerance = full || definition.red == 0.299 ? 5 : 13;
  for (PixelFormat through : kYuv) {
    Memory middle(through, 64, 64);
    Convert(yuv, middle.picture(), color_space);
    Memory target(format, 64, 64);
    Convert(middle.view(), target.picture(), color_space);
    const bool alpha = LayoutOf(format).alpha && LayoutOf(through).alpha;
    ExpectPainted(target, tolerance, alpha ? kAlphas[0] : 255, alpha ? kAlphas[1] : 255);
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         Colours,
                         testing::Combine(testing::Values(Definition{Matrix::kUnspecified, 0.299, 0.114},
                                                          Definition{Matrix::kSMPTE170M, 0.299, 0.114},
                                                          Definition{Matrix::kBT470BG, 0.299, 0.114},
                                                          Definition{Matrix::kBT709, 0.2126, 0.0722},
                                                          Definition{Matrix::kBT2020_NCL, 0.2627, 0.0593}),
                                          testing::Values(Range::kLimited, Range::kFull)));

TEST(Pixels, GrayIsLumaInFullRange) {
  constexpr int kWidth = 256;
  Memory source(PixelFormat::kGray, kWidth, 3);
  for (int row = 0; row < 3; ++row) {
    for (int x = 0; x < kWidth; ++x) {
      source.At(0, row, x) = static_cast<uint8_t>(x);
    }
  }
  for (Range range : {Range::kLimited, Range::kFull}) {
    webrtc::ColorSpace color_space;
    color_space.set_range_from_uint8(static_cast<uint8_t>(range));
    const auto kept = Keep(source.view(), color_space);
    const Picture yuv = PictureOf(*kept);
    ASSERT_EQ(yuv.format, PixelFormat::kI420);
    EXPECT_EQ(yuv.planes[0].data[0], range == Range::kFull ? 0 : 16);
    EXPECT_EQ(yuv.planes[0].data[255], range == Range::kFull ? 255 : 235);
    EXPECT_EQ(yuv.planes[1].data[60], 128);
    for (PixelFormat through : kYuv) {
      Memory middle(through, kWidth, 3);
      Convert(yuv, middle.picture(), color_space);
      Memory target(PixelFormat::kGray, kWidth, 3, 5);
      Convert(middle.view(), target.picture(), color_space);
      target.ExpectPaddingIntact();
      Memory red(PixelFormat::kRgb24, kWidth, 3);
      Convert(middle.view(), red.picture(), color_space);
      for (int x = 0; x < kWidth; ++x) {
        EXPECT_NEAR(target.At(0, 2, x), x, range == Range::kFull ? 0 : 1);
        EXPECT_NEAR(red.At(0, 2, x * 3), x, 2);
      }
    }
  }
}

TEST(Pixels, TenBitsAreEightBitsShifted) {
  Memory eight(PixelFormat::kI444, 256, 1);
  for (int plane = 0; plane < 3; ++plane) {
    for (int x = 0; x < 256; ++x) {
      eight.At(plane, 0, x) = static_cast<uint8_t>(x);
    }
  }
  Memory ten(PixelFormat::kI410, 256, 1);
  Convert(eight.view(), ten.picture(), std::nullopt);
  Memory back(PixelFormat::kI444, 256, 1);
  Convert(ten.view(), back.picture(), std::nullopt);
  webrtc::ColorSpace full;
  full.set_range_from_uint8(static_cast<uint8_t>(Range::kFull));
  Memory wide(PixelFormat::kI410, 256, 1);
  Convert(eight.view(), wide.picture(), full);
  for (int x = 0; x < 256; ++x) {
    EXPECT_EQ(ten.Sample(0, 0, x), x * 4);
    EXPECT_EQ(back.Sample(2, 0, x), x);
    EXPECT_NEAR(wide.Sample(1, 0, x), x * 1023 / 255.0, 1);
  }
}

TEST(Pixels, TheSameFormatIsCopiedByteByByte) {
  for (PixelFormat format : kYuv) {
    Memory source(format, 35, 19);
    for (int plane = 0, value = 0; plane < LayoutOf(format).planes; ++plane) {
      const PlaneSize size = SizeOf(source.picture(), plane);
      for (int row = 0; row < size.height; ++row) {
        for (int byte = 0; byte < size.row_bytes; ++byte) {
          // 10 bits.
          const bool high = LayoutOf(format).depth == 2 && byte % 2 == 1;
          source.At(plane, row, byte) = static_cast<uint8_t>(high ? value++ % 4 : value++ * 7 % 251);
        }
      }
    }
    const auto kept = Keep(source.view(), std::nullopt);
    const Picture copy = PictureOf(*kept);
    ASSERT_EQ(copy.format, format);
    for (int plane = 0; plane < LayoutOf(format).planes; ++plane) {
      const PlaneSize size = SizeOf(copy, plane);
      for (int row = 0; row < size.height; ++row) {
        for (int byte = 0; byte < size.row_bytes; ++byte) {
          const auto& [data, stride] = copy.planes[static_cast<size_t>(plane)];
          ASSERT_EQ(data[row * stride + byte], source.At(plane, row, byte)) << "plane " << plane << " row " << row;
        }
      }
    }
  }
}

class Turned : public testing::TestWithParam<webrtc::VideoRotation> {
 public:
  static void Check(PixelFormat format, webrtc::VideoRotation rotation);
};

TEST_P(Turned, Clockwise) {
  for (PixelFormat format : kYuv) {
    Check(format, GetParam());
  }
}

void Turned::Check(PixelFormat format, webrtc::VideoRotation rotation) {
  for (auto [width, height] : {std::pair{64, 48}, {37, 53}}) {
    Memory rgb = Painted(PixelFormat::kRgb24, width, height);
    Memory source(format, width, height);
    Convert(PictureOf(*Keep(rgb.view(), std::nullopt)), source.picture(), std::nullopt);
    const auto turned = Rotate(source.view(), rotation);
    const bool lying = rotation == webrtc::kVideoRotation_90 || rotation == webrtc::kVideoRotation_270;
    ASSERT_EQ(turned->width(), lying ? height : width);
    ASSERT_EQ(turned->height(), lying ? width : height);
    ASSERT_EQ(PictureOf(*turned).format, format);
    // Turned on until it is as it was.
    const auto back = Rotate(PictureOf(*turned), static_cast<webrtc::VideoRotation>((360 - rotation) % 360));
    Memory shown(PixelFormat::kRgb24, width, height);
    Convert(PictureOf(*back), shown.picture(), std::nullopt);
    ExpectPainted(shown, 8);
    // Left above goes right above in a quarter turn clockwise.
    Memory now(PixelFormat::kRgb24, turned->width(), turned->height());
    Convert(PictureOf(*turned), now.picture(), std::nullopt);
    const int x =
        rotation == webrtc::kVideoRotation_0 || rotation == webrtc::kVideoRotation_270 ? 2 : turned->width() - 3;
    const int y =
        rotation == webrtc::kVideoRotation_0 || rotation == webrtc::kVideoRotation_90 ? 2 : turned->height() - 3;
    for (size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(now.At(0, y, x * 3 + static_cast<int>(c)), kCorners[0][0][c], 8);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         Turned,
                         testing::Values(webrtc::kVideoRotation_0,
                                         webrtc::kVideoRotation_90,
                                         webrtc::kVideoRotation_180,
                                         webrtc::kVideoRotation_270));

TEST(Wrapping, UsesTheMemoryUntilTheLastIsGone) {
  for (PixelFormat format : kYuv) {
    Memory memory(format, 33, 17, 6);
    auto released = std::make_shared<bool>(false);
    const std::shared_ptr<bool> release(new bool, [released](bool* flag) {
      delete flag;
      *released = true;
    });
    auto buffer = Wrap(memory.view(), [release] {});
    const_cast<std::shared_ptr<bool>&>(release).reset();
    const Picture seen = PictureOf(*buffer);
    EXPECT_EQ(seen.format, format);
    for (size_t plane = 0; plane < static_cast<size_t>(LayoutOf(format).planes); ++plane) {
      EXPECT_EQ(seen.planes[plane].data, memory.picture().planes[plane].data);
      EXPECT_EQ(seen.planes[plane].stride, memory.picture().planes[plane].stride);
    }
    // What libwebrtc's encoders do with it.
    EXPECT_EQ(buffer->ToI420()->width(), 33);
    EXPECT_EQ(buffer->Scale(16, 8)->ToI420()->height(), 8);
    EXPECT_FALSE(*released);
    buffer = nullptr;
    EXPECT_TRUE(*released);
  }
}

}  // namespace
}  // namespace pywebrtc
