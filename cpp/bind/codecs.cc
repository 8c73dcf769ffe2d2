// Codecs that Python brings.
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <map>
#include <string>
#include <variant>

#include "api/make_ref_counted.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/encoded_feed.h"
#include "core/encoded_source.h"
#include "core/external_codecs.h"
#include "core/external_decoder.h"
#include "core/external_encoder.h"

namespace pywebrtc::bind {
namespace {

using webrtc::EncodedImage;
using webrtc::EncodedImageBuffer;
using webrtc::VideoFrame;

// A task is (the name of a method of Python's, what it is given...).
struct ToTask {
  py::tuple operator()(const ExternalEncoder::Settings& s) const {
    py::dict members;
    members["width"] = s.width;
    members["height"] = s.height;
    members["framerate"] = s.framerate;
    members["bitrate"] = s.bitrate;
    members["max_bitrate"] = s.max_bitrate > 0 ? std::optional(s.max_bitrate) : std::nullopt;
    members["screencast"] = s.screencast;
    members["max_payload_size"] = s.max_payload_size;
    return py::make_tuple("configure", members);
  }
  py::tuple operator()(const ExternalEncoder::Rates& r) const {
    return py::make_tuple("set_rates", r.bitrate, r.framerate);
  }
  py::tuple operator()(const ExternalEncoder::Encode& e) const {
    return py::make_tuple("encode", e.frame, e.key_frame);
  }
  py::tuple operator()(const ExternalEncoder::Close& /*close*/) const { return py::make_tuple("close"); }

  py::tuple operator()(const ExternalDecoder::Settings& s) const {
    py::dict members;
    members["width"] = s.width > 0 ? std::optional(s.width) : std::nullopt;
    members["height"] = s.height > 0 ? std::optional(s.height) : std::nullopt;
    return py::make_tuple("configure", members);
  }
  py::tuple operator()(const EncodedImage& image) const {
    const bool sized = image._encodedWidth > 0 && image._encodedHeight > 0;
    return py::make_tuple("decode", py::bytes(reinterpret_cast<const char*>(image.data()), image.size()), image.IsKey(),
                          image.RtpTimestamp(), sized ? std::optional(image._encodedWidth) : std::nullopt,
                          sized ? std::optional(image._encodedHeight) : std::nullopt);
  }
  py::tuple operator()(const ExternalDecoder::Close& /*close*/) const { return py::make_tuple("close"); }
};

using AnyTuple = py::typing::Tuple<py::object, py::ellipsis>;

template <class Codec>
std::optional<AnyTuple> Pop(Codec& codec) {
  const auto task = codec.Pop();
  return task ? std::optional<AnyTuple>(std::visit(ToTask(), *task)) : std::nullopt;
}

bool Deliver(ExternalEncoder& encoder,
             const py::buffer& data,
             bool key_frame,
             uint32_t rtp_timestamp,
             std::optional<int> width,
             std::optional<int> height,
             std::optional<int> qp) {
  // Held while it is read without the GIL: nobody can resize what is exported.
  const py::buffer_info bytes = data.request();
  return WithoutGil([&] {
    return encoder.Deliver({.data = EncodedImageBuffer::Create(static_cast<const uint8_t*>(bytes.ptr),
                                                               static_cast<size_t>(bytes.size * bytes.itemsize)),
                            .key_frame = key_frame,
                            .rtp_timestamp = rtp_timestamp,
                            .width = width,
                            .height = height,
                            .qp = qp});
  });
}

bool Push(EncodedSource& source, const py::buffer& data, bool key_frame, int width, int height, int64_t timestamp_us) {
  const py::buffer_info bytes = data.request();
  return WithoutGil([&] {
    return source.Push({static_cast<const uint8_t*>(bytes.ptr), static_cast<size_t>(bytes.size * bytes.itemsize)},
                       key_frame, width, height, timestamp_us);
  });
}

}  // namespace

void init_codecs(py::module_& m) {
  py::class_<ExternalCodec>(m, "ExternalCodec")
      .def(py::init([](const std::string& name, const std::map<std::string, std::string>& parameters, bool encodes,
                       bool decodes, std::string implementation, bool hardware, int alignment) {
             return ExternalCodec{.format = webrtc::SdpVideoFormat(name, {parameters.begin(), parameters.end()}),
                                  .encodes = encodes,
                                  .decodes = decodes,
                                  .implementation = std::move(implementation),
                                  .hardware = hardware,
                                  .alignment = alignment};
           }),
           py::kw_only(), py::arg("name"), py::arg("parameters"), py::arg("encodes"), py::arg("decodes"),
           py::arg("implementation"), py::arg("hardware"), py::arg("alignment"));
  py::class_<ExternalCodecs>(m, "ExternalCodecs")
      .def(py::init([](std::shared_ptr<Mailbox> mailbox, std::vector<ExternalCodec> codecs) {
             return ExternalCodecs{.mailbox = std::move(mailbox), .target = NextKey(), .codecs = std::move(codecs)};
           }),
           py::arg("mailbox"), py::arg("codecs"))
      .def_readonly("key", &ExternalCodecs::target);

  py::class_<ExternalEncoder, std::shared_ptr<ExternalEncoder>>(m, "ExternalEncoder")
      .def_property_readonly("key", &ExternalEncoder::key)
      .def_property_readonly("dropped", [](const ExternalEncoder& e) { return e.counts().dropped; })
      .def_property_readonly("late", [](const ExternalEncoder& e) { return e.counts().late; })
      .def_property_readonly("closed", &ExternalEncoder::closed)
      .def("pop", &Pop<ExternalEncoder>)
      .def("deliver", &Deliver, py::arg("data"), py::arg("key_frame"), py::arg("rtp_timestamp"), py::arg("width"),
           py::arg("height"), py::arg("qp"))
      .def("skip", Verb(&ExternalEncoder::Skip), py::arg("rtp_timestamp"))
      .def("fail", Verb(&ExternalEncoder::Fail));

  py::class_<ExternalDecoder, std::shared_ptr<ExternalDecoder>>(m, "ExternalDecoder")
      .def_property_readonly("key", &ExternalDecoder::key)
      .def_property_readonly("dropped", [](const ExternalDecoder& d) { return d.counts().dropped; })
      .def_property_readonly("late", [](const ExternalDecoder& d) { return d.counts().late; })
      .def_property_readonly("closed", &ExternalDecoder::closed)
      .def("pop", &Pop<ExternalDecoder>)
      .def("deliver", Verb(&ExternalDecoder::Deliver), py::arg("frame"))
      .def("fail", Verb(&ExternalDecoder::Fail));

  py::class_<EncodedFeed::State>(m, "EncodedFeedState")
      .def_readonly("key_frame_wanted", &EncodedFeed::State::key_frame_wanted)
      .def_readonly("bitrate", &EncodedFeed::State::bitrate)
      .def_readonly("framerate", &EncodedFeed::State::framerate)
      .def_readonly("dropped", &EncodedFeed::State::dropped)
      .def_readonly("refused", &EncodedFeed::State::refused);
  py::class_<EncodedSource, std::shared_ptr<EncodedSource>>(m, "EncodedSource")
      .def(py::init(Verb(&EncodedSource::Create)), py::arg("codec"))
      .def_property_readonly("key", &EncodedSource::key)
      .def("create_track", Verb(&EncodedSource::CreateTrack), py::arg("id"))
      .def("push", &Push, py::arg("data"), py::arg("key_frame"), py::arg("width"), py::arg("height"),
           py::arg("timestamp_us"))
      .def("skip", &EncodedSource::Skip)
      .def("state", &EncodedSource::state)
      .def("take", &EncodedSource::Take)
      .def("watch", Verb(&EncodedSource::Watch), py::arg("mailbox"));
}

}  // namespace pywebrtc::bind
