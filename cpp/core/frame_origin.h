// Where a received picture comes from: when it was captured and received, and what it was encoded with.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/video/video_frame.h"
#include "api/video_codecs/video_decoder_factory.h"

namespace pywebrtc {

// Microseconds of libwebrtc's monotonic clock, as TimeMicros().

// When the sender captured it: what the absolute capture time says where that extension is negotiated, else libwebrtc's
// estimate. Either needs a sender report or two; absent until then.
std::optional<int64_t> CaptureTimeUs(const webrtc::VideoFrame& frame);
// When the last of its packets came.
std::optional<int64_t> ReceiveTimeUs(const webrtc::VideoFrame& frame);

// The MIME type of the codec, "video/VP8"; absent where it was not received. libwebrtc has no place for it, so it is
// the frame's id, which decoders leave unset: theirs has to be a factory that this made.
std::optional<std::string> CodecOf(const webrtc::VideoFrame& frame);
std::unique_ptr<webrtc::VideoDecoderFactory> NameCodecs(std::unique_ptr<webrtc::VideoDecoderFactory> factory);

}  // namespace pywebrtc
