#include "core/codec_specifics.h"

#include <cstring>

#include "api/video/video_codec_constants.h"
#include "api/video/video_codec_type.h"
#include "modules/video_coding/codecs/interface/common_constants.h"
#include "modules/video_coding/codecs/vp9/include/vp9_globals.h"

namespace pywebrtc {
namespace {

void Describe(webrtc::CodecSpecificInfoVP8& vp8) {
  vp8.temporalIdx = webrtc::kNoTemporalIdx;
  vp8.keyIdx = webrtc::kNoKeyIdx;
}

// As libwebrtc's own encoder describes one layer without flexible mode.
void Describe(const webrtc::EncodedImage& image, webrtc::CodecSpecificInfoVP9& vp9) {
  vp9.first_frame_in_picture = true;
  vp9.inter_pic_predicted = !image.IsKey();
  vp9.temporal_idx = webrtc::kNoTemporalIdx;
  vp9.num_spatial_layers = 1;
  vp9.ss_data_available = image.IsKey();
  if (vp9.ss_data_available) {
    vp9.spatial_layer_resolution_present = true;
    vp9.width[0] = static_cast<uint16_t>(image._encodedWidth);
    vp9.height[0] = static_cast<uint16_t>(image._encodedHeight);
    vp9.gof.SetGofInfoVP9(webrtc::kTemporalStructureMode1);
  }
}

void Describe(const webrtc::SdpVideoFormat& format,
              const webrtc::EncodedImage& image,
              webrtc::CodecSpecificInfoH264& h264) {
  // https://www.rfc-editor.org/rfc/rfc6184#section-8.1: absent is 0, single NAL units.
  const auto mode = format.parameters.find("packetization-mode");
  h264.packetization_mode = mode != format.parameters.end() && mode->second == "1"
                                ? webrtc::H264PacketizationMode::NonInterleaved
                                : webrtc::H264PacketizationMode::SingleNalUnit;
  h264.temporal_idx = webrtc::kNoTemporalIdx;
  h264.idr_frame = image.IsKey();
}

}  // namespace

webrtc::CodecSpecificInfo SpecificsOf(const webrtc::SdpVideoFormat& format, const webrtc::EncodedImage& image) {
  webrtc::CodecSpecificInfo info;
  info.codecType = webrtc::PayloadStringToCodecType(format.name);
  std::memset(&info.codecSpecific, 0, sizeof(info.codecSpecific));
  switch (info.codecType) {
    case webrtc::kVideoCodecVP8:
      Describe(info.codecSpecific.VP8);
      break;
    case webrtc::kVideoCodecVP9:
      Describe(image, info.codecSpecific.VP9);
      break;
    case webrtc::kVideoCodecH264:
      Describe(format, image, info.codecSpecific.H264);
      break;
    default:
      break;
  }
  return info;
}

}  // namespace pywebrtc
