#include "core/pixels.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace pywebrtc {
namespace {

using Colour = std::array<int, 3>;  // red, green, blue

constexpr Colour kCorners[2][2] = {{{200, 30, 40}, {20, 180, 60}}, {{50, 40, 210}, {220, 200, 30}}};
constexpr uint8_t kPadding = 0xA5;

// A picture of which no two corners and no two channels are alike, with rows longer than they need to be.
struct Picture {
  Picture(PixelFormat pixel_format, int w, int h, int padding = 0)
      : format(pixel_format),
        width(w),
        height(h),
        stride(w * 3 + padding),
        bytes(static_cast<size_t>(stride) * static_cast<size_t>(h), kPadding) {}

  // A view of exactly this memory: one byte too far is an overflow for AddressSanitizer.
  PixelView View() const { return {format, width, height, bytes.data(), stride}; }
  MutablePixelView MutableView() { return {format, width, height, bytes.data(), stride}; }

  uint8_t& At(int x, int y, int channel) {
    const int byte = format == PixelFormat::kRgb24 ? channel : 2 - channel;
    return ByteAt(y, x * 3 + byte);
  }
  uint8_t& ByteAt(int row, int byte) {
    return bytes[static_cast<size_t>(row) * static_cast<size_t>(stride) + static_cast<size_t>(byte)];
  }

  void Paint() {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int channel = 0; channel < 3; ++channel) {
          At(x, y, channel) = static_cast<uint8_t>(Corner(x, y)[static_cast<size_t>(channel)]);
        }
      }
    }
  }

  const Colour& Corner(int x, int y) const { return kCorners[y * 2 >= height][x * 2 >= width]; }

  // Away from the edges between the corners, where chroma is mixed.
  bool IsEdge(int x, int y) const { return std::abs(2 * x - width) <= 4 || std::abs(2 * y - height) <= 4; }

  void ExpectPainted(int tolerance) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int channel = 0; channel < 3 && !IsEdge(x, y); ++channel) {
          ASSERT_NEAR(At(x, y, channel), Corner(x, y)[static_cast<size_t>(channel)], tolerance)
              << "at " << x << ", " << y << " channel " << channel << " of " << width << "x" << height;
        }
      }
      for (int byte = width * 3; byte < stride; ++byte) {
        ASSERT_EQ(ByteAt(y, byte), kPadding) << "padding was written";
      }
    }
  }

  const PixelFormat format;
  const int width;
  const int height;
  const int stride;
  std::vector<uint8_t> bytes;
};

struct Geometry {
  int width;
  int height;
  int padding;
};

class Packed : public testing::TestWithParam<std::tuple<PixelFormat, PixelFormat, Geometry>> {};

TEST_P(Packed, ThereAndBackKeepsItsColours) {
  const auto& [from, to, geometry] = GetParam();
  Picture source(from, geometry.width, geometry.height, geometry.padding);
  source.Paint();
  auto i420 = ToI420(source.View());
  ASSERT_EQ(i420->width(), geometry.width);
  ASSERT_EQ(i420->height(), geometry.height);
  Picture target(to, geometry.width, geometry.height, geometry.padding);
  FromFrame(i420, target.MutableView());
  target.ExpectPainted(4);
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         Packed,
                         testing::Combine(testing::Values(PixelFormat::kRgb24, PixelFormat::kBgr24),
                                          testing::Values(PixelFormat::kRgb24, PixelFormat::kBgr24),
                                          testing::Values(Geometry{64, 48, 0},
                                                          Geometry{33, 17, 0},
                                                          Geometry{33, 16, 13},
                                                          Geometry{34, 35, 1},
                                                          Geometry{1, 1, 0},
                                                          Geometry{1, 40, 5},
                                                          Geometry{1281, 3, 7})));

// BT.601 with limited range, from its definition.
TEST(Pixels, AreBt601OfLimitedRange) {
  for (PixelFormat format : {PixelFormat::kRgb24, PixelFormat::kBgr24}) {
    Picture source(format, 64, 64);
    source.Paint();
    auto i420 = ToI420(source.View());
    for (int y : {8, 56}) {
      for (int x : {8, 56}) {
        const auto [r, g, b] = source.Corner(x, y);
        EXPECT_NEAR(i420->DataY()[y * i420->StrideY() + x], 16 + 0.257 * r + 0.504 * g + 0.098 * b, 2);
        EXPECT_NEAR(i420->DataU()[y / 2 * i420->StrideU() + x / 2], 128 - 0.148 * r - 0.291 * g + 0.439 * b, 2);
        EXPECT_NEAR(i420->DataV()[y / 2 * i420->StrideV() + x / 2], 128 + 0.439 * r - 0.368 * g - 0.071 * b, 2);
      }
    }
  }
}

TEST(Pixels, ScaleToTheTarget) {
  Picture source(PixelFormat::kRgb24, 128, 96);
  source.Paint();
  auto i420 = ToI420(source.View());
  for (auto [width, height] : {std::pair{64, 48}, {65, 49}, {200, 150}}) {
    Picture target(PixelFormat::kBgr24, width, height, 3);
    FromFrame(i420, target.MutableView());
    target.ExpectPainted(6);
  }
}

TEST(Pixels, I420IsCopiedByteByByte) {
  constexpr int kWidth = 34;
  constexpr int kHeight = 18;
  std::vector<uint8_t> source(kWidth * kHeight * 3 / 2);
  for (size_t i = 0; i < source.size(); ++i) {
    source[i] = static_cast<uint8_t>(i * 7 % 251);
  }
  auto i420 = ToI420({PixelFormat::kI420, kWidth, kHeight, source.data(), kWidth});
  EXPECT_EQ(i420->DataU()[0], source[kWidth * kHeight]);
  EXPECT_EQ(i420->DataV()[0], source[kWidth * kHeight * 5 / 4]);
  std::vector<uint8_t> target(source.size());
  FromFrame(i420, {PixelFormat::kI420, kWidth, kHeight, target.data(), kWidth});
  EXPECT_EQ(source, target);
}

TEST(Pixels, I420ScalesAnOddFrameToAnEvenArray) {
  Picture source(PixelFormat::kRgb24, 33, 17);
  source.Paint();
  std::vector<uint8_t> target(32 * 16 * 3 / 2);
  FromFrame(ToI420(source.View()), {PixelFormat::kI420, 32, 16, target.data(), 32});
  Picture back(PixelFormat::kRgb24, 32, 16);
  FromFrame(ToI420({PixelFormat::kI420, 32, 16, target.data(), 32}), back.MutableView());
  back.ExpectPainted(6);
}

}  // namespace
}  // namespace pywebrtc
