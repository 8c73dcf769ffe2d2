#include "bind/frames.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "api/video/video_frame.h"
#include "bind/dlpack.h"
#include "bind/enums.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/audio_frame.h"
#include "core/frame_origin.h"
#include "core/lease.h"
#include "core/pixels.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc::bind {
namespace {

using webrtc::VideoFrame;
using ColorNames = std::tuple<webrtc::ColorSpace::PrimaryID,
                              webrtc::ColorSpace::TransferID,
                              webrtc::ColorSpace::MatrixID,
                              webrtc::ColorSpace::RangeID>;

void Fit(bool fits) {
  if (!fits) {
    throw py::value_error("the arrays do not have the layout of the format");
  }
}

BasicPlane<const uint8_t> PlaneOf(const py::array& array, const PlaneSize& size, int depth) {
  const bool deep = size.channels > 1;
  Fit(array.dtype().kind() == 'u' && array.itemsize() == depth && array.ndim() == (deep ? 3 : 2) &&
      array.shape(0) == size.height && array.shape(1) == size.width && (!deep || array.shape(2) == size.channels));
  // Of one pixel, or one row, numpy's strides say nothing.
  Fit((size.width == 1 || array.strides(1) == static_cast<py::ssize_t>(size.channels) * depth) &&
      (!deep || array.strides(2) == depth));
  const py::ssize_t stride = size.height == 1 ? size.row_bytes : array.strides(0);
  const auto* data = static_cast<const uint8_t*>(array.data());
  // libwebrtc counts bytes of a plane in int.
  Fit(stride >= size.row_bytes && stride <= std::numeric_limits<int>::max() / size.height && stride % depth == 0 &&
      reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(depth) == 0);
  return {data, static_cast<int>(stride)};
}

ColorSpace Named(const std::optional<ColorNames>& names) {
  if (!names) {
    return std::nullopt;
  }
  const auto& [primaries, transfer, matrix, range] = *names;
  return webrtc::ColorSpace(primaries, transfer, matrix, range);
}

std::optional<ColorNames> Names(const ColorSpace& color_space) {
  if (!color_space) {
    return std::nullopt;
  }
  return ColorNames(color_space->primaries(), color_space->transfer(), color_space->matrix(), color_space->range());
}

VideoFrame Build(const webrtc::scoped_refptr<webrtc::VideoFrameBuffer>& buffer,
                 int64_t timestamp_us,
                 int rotation,
                 const ColorSpace& color_space) {
  return VideoFrame::Builder()
      .set_video_frame_buffer(buffer)
      .set_timestamp_us(timestamp_us)
      .set_rotation(static_cast<webrtc::VideoRotation>(rotation))
      .set_color_space(color_space)
      .build();
}

VideoFrame Copied(const Planes& planes,
                  PixelFormat format,
                  int64_t timestamp_us,
                  int rotation,
                  const std::optional<ColorNames>& color_names) {
  const Picture picture = ViewOf(planes, format);
  const ColorSpace color_space = Named(color_names);
  const ReleasedGil released;
  return Build(Keep(picture, color_space), timestamp_us, rotation, ColorsKept(format, color_space));
}

VideoFrame Wrapped(const Planes& planes,
                   PixelFormat format,
                   int64_t timestamp_us,
                   int rotation,
                   const std::optional<ColorNames>& color_names,
                   std::shared_ptr<Lease> lease) {
  const Picture picture = ViewOf(planes, format);
  Fit(IsYuv(format));
  return Build(Wrap(picture, [lease = std::move(lease)] {}), timestamp_us, rotation, Named(color_names));
}

// The buffer of a frame, with its planes in memory.
webrtc::scoped_refptr<webrtc::VideoFrameBuffer> BufferOf(const VideoFrame& frame) {
  auto buffer = InMemory(frame.video_frame_buffer());
  if (!buffer) {
    throw RtcException{webrtc::RTCError(webrtc::RTCErrorType::INTERNAL_ERROR, "the pixels cannot be read")};
  }
  return buffer;
}

// The same pixels with other things said of them.
VideoFrame Told(const VideoFrame& frame,
                int64_t timestamp_us,
                uint32_t rtp_timestamp,
                int rotation,
                const std::optional<ColorNames>& color_names) {
  VideoFrame told = frame;
  told.set_timestamp_us(timestamp_us);
  told.set_rtp_timestamp(rtp_timestamp);
  told.set_rotation(static_cast<webrtc::VideoRotation>(rotation));
  if (color_names != Names(frame.color_space())) {
    told.set_color_space(Named(color_names));
  }
  return told;
}

// What this is given was allocated with the GIL; it is filled without.
void Fill(const VideoFrame& frame, const Planes& planes, PixelFormat format) {
  const Picture view = ViewOf(planes, format);
  MutablePicture target{.format = format, .width = view.width, .height = view.height, .planes = {}};
  for (size_t i = 0; i < planes.size(); ++i) {
    target.planes[i] = {static_cast<uint8_t*>(py::array(planes[i]).mutable_data()), view.planes[i].stride};
  }
  const ReleasedGil released;
  Convert(PictureOf(*BufferOf(frame)), target, frame.color_space());
}

// The same frame with other pixels.
template <class Make>
VideoFrame Remade(const VideoFrame& frame, Make make) {
  const ReleasedGil released;
  VideoFrame remade = frame;
  const auto buffer = BufferOf(frame);
  remade.set_video_frame_buffer(make(buffer));
  remade.clear_update_rect();
  return remade;
}

// What a plane is seen through; its buffer stays as long.
class VideoPlane {
 public:
  VideoPlane(const VideoFrame& frame, int index) : buffer_(BufferOf(frame)) {
    if (index < 0 || index >= LayoutOf(PictureOf(*buffer_).format).planes) {
      throw py::index_error("there is no such plane");
    }
    const Picture picture = PictureOf(*buffer_);
    depth_ = LayoutOf(picture.format).depth;
    size_ = SizeOf(picture, index);
    plane_ = picture.planes[static_cast<size_t>(index)];
  }

  int width() const { return size_.width; }
  int height() const { return size_.height; }
  int stride() const { return plane_.stride; }

  py::buffer_info Buffer() const {
    std::vector<py::ssize_t> shape{size_.height, size_.width};
    std::vector<py::ssize_t> strides{plane_.stride, static_cast<py::ssize_t>(size_.channels) * depth_};
    if (size_.channels > 1) {
      shape.push_back(size_.channels);
      strides.push_back(depth_);
    }
    const auto dimensions = static_cast<py::ssize_t>(shape.size());
    return {const_cast<uint8_t*>(plane_.data),
            depth_,
            depth_ == 2 ? py::format_descriptor<uint16_t>::format() : py::format_descriptor<uint8_t>::format(),
            dimensions,
            std::move(shape),
            std::move(strides),
            /*readonly=*/true};
  }

  py::capsule Dlpack(bool versioned) const {
    auto owner = std::make_shared<webrtc::scoped_refptr<webrtc::VideoFrameBuffer>>(buffer_);
    return ToDlpack({.owner = std::move(owner),
                     .data = plane_.data,
                     .depth = depth_,
                     .dimensions = size_.channels > 1 ? 3 : 2,
                     .shape = {size_.height, size_.width, size_.channels},
                     .strides = {plane_.stride / depth_, size_.channels, 1},
                     .read_only = true},
                    versioned);
  }

 private:
  const webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer_;
  int depth_;
  PlaneSize size_;
  BasicPlane<const uint8_t> plane_;
};

}  // namespace

Picture ViewOf(const Planes& planes, PixelFormat format) {
  const Layout layout = LayoutOf(format);
  Fit(planes.size() == static_cast<size_t>(layout.planes) && planes[0].ndim() >= 2);
  const py::ssize_t height = planes[0].shape(0);
  const py::ssize_t width = planes[0].shape(1);
  Fit(1 <= width && width <= kMaxSide && 1 <= height && height <= kMaxSide);
  Picture picture{.format = format, .width = static_cast<int>(width), .height = static_cast<int>(height), .planes = {}};
  for (size_t i = 0; i < planes.size(); ++i) {
    picture.planes[i] = PlaneOf(planes[i], SizeOf(picture, static_cast<int>(i)), layout.depth);
  }
  return picture;
}

void init_frames(py::module_& m) {
  // Microseconds of libwebrtc's monotonic clock.
  m.def("time_us", &webrtc::TimeMicros);

  py::class_<Lease, std::shared_ptr<Lease>>(m, "Lease")
      .def(py::init([](const std::optional<std::shared_ptr<Mailbox>>& mailbox, Key target) {
             return std::make_shared<Lease>(mailbox.value_or(nullptr), target);
           }),
           py::arg("mailbox"), py::arg("target"))
      .def_property_readonly("key", &Lease::key)
      .def_static("take_returned", &Lease::TakeReturned);
  // While the interpreter exits, memory that frames use must not go with the modules.
  m.def("make_immortal", [](py::object object) { object.release(); }, py::arg("object"));

  py::class_<VideoFrame>(m, "VideoFrame")
      .def_static("copied", &Copied, py::arg("planes"), py::arg("format"), py::arg("timestamp_us"), py::arg("rotation"),
                  py::arg("color_space"))
      .def_static("wrapped", &Wrapped, py::arg("planes"), py::arg("format"), py::arg("timestamp_us"),
                  py::arg("rotation"), py::arg("color_space"), py::arg("lease"))
      .def("fill", &Fill, py::arg("planes"), py::arg("format"))
      .def(
          "scaled",
          [](const VideoFrame& frame, int width, int height) {
            return Remade(frame, [&](const auto& buffer) { return Scale(PictureOf(*buffer), width, height); });
          },
          py::arg("width"), py::arg("height"))
      .def(
          "cropped",
          [](const VideoFrame& frame, int x, int y, int width, int height) {
            return Remade(frame, [&](const auto& buffer) { return Crop(buffer, x, y, width, height); });
          },
          py::arg("x"), py::arg("y"), py::arg("width"), py::arg("height"))
      .def(
          "rotated",
          [](const VideoFrame& frame, int clockwise) {
            return Remade(frame, [&](const auto& buffer) {
              return Rotate(PictureOf(*buffer), static_cast<webrtc::VideoRotation>(clockwise));
            });
          },
          py::arg("clockwise"))
      .def(
          "converted",
          [](const VideoFrame& frame, PixelFormat format) {
            Fit(IsYuv(format));
            return Remade(frame, [&](const auto& buffer) {
              const OwnedPicture converted = Allocate(format, frame.width(), frame.height());
              Convert(PictureOf(*buffer), converted.picture, frame.color_space());
              return converted.buffer;
            });
          },
          py::arg("format"))
      .def("told", &Told, py::arg("timestamp_us"), py::arg("rtp_timestamp"), py::arg("rotation"),
           py::arg("color_space"))
      .def_property_readonly("format", [](const VideoFrame& f) { return PictureOf(*BufferOf(f)).format; })
      .def_property_readonly("width", &VideoFrame::width)
      .def_property_readonly("height", &VideoFrame::height)
      .def_property_readonly("timestamp_us", &VideoFrame::timestamp_us)
      .def_property_readonly("rtp_timestamp", &VideoFrame::rtp_timestamp)
      .def_property_readonly("capture_time_us", &CaptureTimeUs)
      .def_property_readonly("receive_time_us", &ReceiveTimeUs)
      .def_property_readonly("codec", &CodecOf)
      .def_property_readonly("rotation", [](const VideoFrame& f) { return static_cast<int>(f.rotation()); })
      .def_property_readonly("color_space", [](const VideoFrame& f) { return Names(f.color_space()); });

  py::class_<VideoPlane>(m, "VideoPlane", py::buffer_protocol())
      .def(py::init<const VideoFrame&, int>(), py::arg("frame"), py::arg("index"))
      .def_property_readonly("width", &VideoPlane::width)
      .def_property_readonly("height", &VideoPlane::height)
      .def_property_readonly("stride", &VideoPlane::stride)
      .def("dlpack", &VideoPlane::Dlpack, py::arg("versioned"))
      // Without a state: while the interpreter exits, pybind11 frees it before the last finalizers run.
      .def_buffer([](const VideoPlane& plane) { return plane.Buffer(); });
}

}  // namespace pywebrtc::bind
