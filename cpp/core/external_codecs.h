// Codecs that a connection brings along: what SDP calls them, and whom to tell when one is needed.
//
// libwebrtc has its codecs from the factory of a connection. A connection with codecs of its own therefore gets a
// factory of its own, on the threads of its lane; so two connections can have different ones, and nothing has to be
// registered before the engine starts.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "api/video_codecs/sdp_video_format.h"
#include "api/video_codecs/video_decoder_factory.h"
#include "api/video_codecs/video_encoder_factory.h"
#include "core/events.h"
#include "core/mailbox.h"

namespace pywebrtc {

struct ExternalCodec {
  webrtc::SdpVideoFormat format;
  bool encodes = false;
  bool decodes = false;
  // As statistics name it.
  std::string implementation;
  bool hardware = false;
  // What width and height are to be multiples of.
  int alignment = 1;
};

// `target` is told of each encoder and decoder that is made, by ExternalCodecMade with the index of its codec.
struct ExternalCodecs {
  std::shared_ptr<Mailbox> mailbox;
  Key target = 0;
  std::vector<ExternalCodec> codecs;
};

// These come first, and stand in place of those of libwebrtc's that are the same by SDP.
std::unique_ptr<webrtc::VideoEncoderFactory> CreateVideoEncoderFactory(ExternalCodecs codecs);
std::unique_ptr<webrtc::VideoDecoderFactory> CreateVideoDecoderFactory(ExternalCodecs codecs);

}  // namespace pywebrtc
