#include "core/jpeg.h"

#include <dlfcn.h>

#include <array>
#include <cstddef>
#include <memory>

#include "api/video/i420_buffer.h"
#include "api/video/i422_buffer.h"
#include "api/video/i444_buffer.h"
#include "core/picture.h"
#include "libyuv/convert.h"
#include "libyuv/planar_functions.h"

namespace pywebrtc {
namespace {

// https://libjpeg-turbo.org/Documentation/Documentation: the part of the TurboJPEG API, stable since version 1.4,
// that is needed here.
using Handle = void*;
enum Subsampling { k444, k422, k420, kGray };

struct TurboJpeg {
  Handle (*init_decompress)();
  int (*destroy)(Handle);
  int (*decompress_header)(Handle, const unsigned char*, unsigned long, int*, int*, int*, int*);
  int (*decompress_to_planes)(Handle, const unsigned char*, unsigned long, unsigned char**, int, int*, int, int);
  bool complete = false;

  TurboJpeg() {
#if defined(__APPLE__)
    void* const library = ::dlopen("libturbojpeg.0.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void* const library = ::dlopen("libturbojpeg.so.0", RTLD_NOW | RTLD_LOCAL);
#endif
    complete = library && Load(library, "tjInitDecompress", init_decompress) && Load(library, "tjDestroy", destroy) &&
               Load(library, "tjDecompressHeader3", decompress_header) &&
               Load(library, "tjDecompressToYUVPlanes", decompress_to_planes);
  }

  template <class Function>
  static bool Load(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
  }
};

// Never unloaded.
const TurboJpeg& Library() {
  static const auto* const library = new TurboJpeg();
  return *library;
}

struct Header {
  int width;
  int height;
  int subsampling;
};

webrtc::scoped_refptr<webrtc::I420Buffer> Limited(const webrtc::I420BufferInterface& full, const Header& header) {
  auto limited = webrtc::I420Buffer::Create(header.width, header.height);
  libyuv::J420ToI420(full.DataY(), full.StrideY(), full.DataU(), full.StrideU(), full.DataV(), full.StrideV(),
                     limited->MutableDataY(), limited->StrideY(), limited->MutableDataU(), limited->StrideU(),
                     limited->MutableDataV(), limited->StrideV(), header.width, header.height);
  return limited;
}

template <class Buffer>
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> DecodePlanes(Handle decoder,
                                                             std::span<const uint8_t> data,
                                                             const Header& header) {
  // TurboJPEG fills the last blocks of chroma, in luma too.
  auto buffer = Buffer::Create((header.width + 1) & ~1, (header.height + 1) & ~1);
  std::array planes{buffer->MutableDataY(), buffer->MutableDataU(), buffer->MutableDataV()};
  std::array strides{buffer->StrideY(), buffer->StrideU(), buffer->StrideV()};
  if (header.subsampling == kGray) {
    libyuv::SetPlane(planes[1], strides[1], buffer->ChromaWidth(), buffer->ChromaHeight(), 128);
    libyuv::SetPlane(planes[2], strides[2], buffer->ChromaWidth(), buffer->ChromaHeight(), 128);
  }
  // A picture that is cut is decoded as far as it goes, and an error nevertheless.
  if (Library().decompress_to_planes(decoder, data.data(), data.size(), planes.data(), header.width, strides.data(),
                                     header.height, 0) != 0) {
    return nullptr;
  }
  return Limited(*buffer->ToI420(), header);
}

}  // namespace

bool CanDecodeJpeg() {
  return Library().complete;
}

webrtc::scoped_refptr<webrtc::VideoFrameBuffer> DecodeJpeg(std::span<const uint8_t> data) {
  if (!CanDecodeJpeg()) {
    return nullptr;
  }
  const std::unique_ptr<void, int (*)(Handle)> decoder(Library().init_decompress(), Library().destroy);
  Header header{};
  int color_space = 0;
  if (!decoder || Library().decompress_header(decoder.get(), data.data(), data.size(), &header.width, &header.height,
                                              &header.subsampling, &color_space) != 0) {
    return nullptr;
  }
  if (header.width < 1 || header.height < 1 || header.width > kMaxSide || header.height > kMaxSide) {
    return nullptr;
  }
  switch (header.subsampling) {
    case k420:
    case kGray:
      return DecodePlanes<webrtc::I420Buffer>(decoder.get(), data, header);
    case k422:
      return DecodePlanes<webrtc::I422Buffer>(decoder.get(), data, header);
    case k444:
      return DecodePlanes<webrtc::I444Buffer>(decoder.get(), data, header);
    default:
      return nullptr;
  }
}

}  // namespace pywebrtc
