#include "picture.h"

#include <cmath>
#include <cstring>

namespace bench {
namespace {

constexpr int kBits = 32;
constexpr int kPictures = 16;
constexpr int kStep = 4;

// The squares span the width: where an encoder makes pictures smaller, they are still there.
int Square(int width) {
  return width / kBits;
}

}  // namespace

Pictures::Pictures(int width, int height) {
  for (int number = 0; number < kPictures; ++number) {
    auto picture = webrtc::I420Buffer::Create(width, height);
    for (int row = 0; row < height; ++row) {
      uint8_t* line = picture->MutableDataY() + row * picture->StrideY();
      for (int column = 0; column < width; ++column) {
        // Waves that move: smooth enough for every encoder's first bitrate, and no two pictures alike.
        line[column] = static_cast<uint8_t>(
            std::lround(128 + 50 * std::sin((column + number * kStep) / 23.0) + 50 * std::sin((row + number) / 17.0)));
      }
    }
    std::memset(picture->MutableDataU(), 110,
                static_cast<size_t>(picture->StrideU()) * static_cast<size_t>(picture->ChromaHeight()));
    std::memset(picture->MutableDataV(), 140,
                static_cast<size_t>(picture->StrideV()) * static_cast<size_t>(picture->ChromaHeight()));
    pictures_.push_back(picture);
  }
}

webrtc::scoped_refptr<webrtc::I420Buffer> Pictures::Next(double time) {
  auto picture = webrtc::I420Buffer::Copy(*pictures_[next_++ % pictures_.size()]);
  const auto microseconds = static_cast<uint32_t>(static_cast<uint64_t>(std::llround(time * 1e6)));
  const int square = Square(picture->width());
  for (int bit = 0; bit < kBits; ++bit) {
    const uint8_t luma = (microseconds >> bit & 1) != 0 ? 235 : 16;
    for (int row = 0; row < square; ++row) {
      std::memset(picture->MutableDataY() + row * picture->StrideY() + bit * square, luma, static_cast<size_t>(square));
    }
  }
  return picture;
}

std::optional<double> ReadStamp(const webrtc::I420BufferInterface& picture, double now) {
  const int width = picture.width();
  uint32_t microseconds = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    const uint8_t luma = picture.DataY()[width / (2 * kBits) * picture.StrideY() + width * (2 * bit + 1) / (2 * kBits)];
    if (luma > 80 && luma < 170) {
      return std::nullopt;
    }
    microseconds |= static_cast<uint32_t>(luma >= 170) << bit;
  }
  const auto age = static_cast<uint32_t>(static_cast<uint64_t>(std::llround(now * 1e6))) - microseconds;
  return now - age * 1e-6;
}

}  // namespace bench
