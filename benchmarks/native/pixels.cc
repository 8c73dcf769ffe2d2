// One pass of libyuv for each format, into memory that is there already: what a conversion costs at least.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api/video/i420_buffer.h"
#include "scenarios.h"
#include "steps.h"
#include "third_party/libyuv/include/libyuv/convert.h"
#include "third_party/libyuv/include/libyuv/convert_argb.h"
#include "third_party/libyuv/include/libyuv/convert_from.h"
#include "third_party/libyuv/include/libyuv/convert_from_argb.h"

namespace bench {
namespace {

using Packed = int (*)(const uint8_t*, int, uint8_t*, int, uint8_t*, int, uint8_t*, int, int, int);
using Unpacked = int (*)(const uint8_t*, int, const uint8_t*, int, const uint8_t*, int, uint8_t*, int, int, int);

// By the order of the bytes in memory; libyuv names them by the word of a little-endian machine.
struct Format {
  const char* name;
  int bytes;
  Packed in;
  Unpacked out;
};

constexpr Format kFormats[] = {
    {"rgb24", 3, libyuv::RAWToI420, libyuv::I420ToRAW},  {"bgr24", 3, libyuv::RGB24ToI420, libyuv::I420ToRGB24},
    {"rgba", 4, libyuv::ABGRToI420, libyuv::I420ToABGR}, {"bgra", 4, libyuv::ARGBToI420, libyuv::I420ToARGB},
    {"argb", 4, libyuv::BGRAToI420, libyuv::I420ToBGRA}, {"abgr", 4, libyuv::RGBAToI420, libyuv::I420ToRGBA},
};

double MedianMs(double seconds, const std::function<void()>& pass) {
  std::vector<double> times;
  pass();
  for (const double end = Now() + seconds; Now() < end;) {
    const double start = Now();
    pass();
    times.push_back(Now() - start);
  }
  return 1000 * Percentile(times, 0.5);
}

}  // namespace

std::vector<Json> MeasurePixels(Side& side) {
  const int width = side.options.Integer("width", 1920);
  const int height = side.options.Integer("height", 1080);
  const double seconds = side.options.Number("seconds", 0.2);
  const auto pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
  auto i420 = webrtc::I420Buffer::Create(width, height);
  std::vector<uint8_t> array(pixels * 4);
  for (size_t i = 0; i < array.size(); ++i) {
    array[i] = static_cast<uint8_t>(i * 31);
  }
  uint8_t* y = i420->MutableDataY();
  uint8_t* u = i420->MutableDataU();
  uint8_t* v = i420->MutableDataV();
  const int sy = i420->StrideY();
  const int su = i420->StrideU();
  const int sv = i420->StrideV();
  uint8_t* array_u = array.data() + pixels;
  uint8_t* array_v = array_u + pixels / 4;

  std::vector<Json> results;
  const auto measure = [&](const char* name, const std::function<void()>& in, const std::function<void()>& out) {
    results.push_back(Result(Json().Set("format", name).Set("width", width).Set("height", height),
                             Json().Set("in_ms", MedianMs(seconds, in)).Set("out_ms", MedianMs(seconds, out))));
  };
  measure(
      "i420",
      [&] {
        libyuv::I420Copy(array.data(), width, array_u, width / 2, array_v, width / 2, y, sy, u, su, v, sv, width,
                         height);
      },
      [&] {
        libyuv::I420Copy(y, sy, u, su, v, sv, array.data(), width, array_u, width / 2, array_v, width / 2, width,
                         height);
      });
  measure(
      "nv12", [&] { libyuv::NV12ToI420(array.data(), width, array_u, width, y, sy, u, su, v, sv, width, height); },
      [&] { libyuv::I420ToNV12(y, sy, u, su, v, sv, array.data(), width, array_u, width, width, height); });
  measure(
      "gray", [&] { libyuv::I400ToI420(array.data(), width, y, sy, u, su, v, sv, width, height); },
      [&] { libyuv::I420ToI400(y, sy, u, su, v, sv, array.data(), width, width, height); });
  for (const Format& format : kFormats) {
    const int stride = width * format.bytes;
    measure(
        format.name, [&] { format.in(array.data(), stride, y, sy, u, su, v, sv, width, height); },
        [&] { format.out(y, sy, u, su, v, sv, array.data(), stride, width, height); });
  }
  return results;
}

}  // namespace bench
