// What libwebrtc's packetizers want to know of a frame that was encoded elsewhere: one layer, each frame
// depending on the one before.
#pragma once

#include "api/video/encoded_image.h"
#include "api/video_codecs/sdp_video_format.h"
#include "modules/video_coding/include/video_codec_interface.h"

namespace pywebrtc {

webrtc::CodecSpecificInfo SpecificsOf(const webrtc::SdpVideoFormat& format, const webrtc::EncodedImage& image);

}  // namespace pywebrtc
