#include "core/video_codecs.h"

#include "api/video_codecs/video_decoder_factory_template.h"
#include "api/video_codecs/video_decoder_factory_template_dav1d_adapter.h"
#include "api/video_codecs/video_decoder_factory_template_libvpx_vp8_adapter.h"
#include "api/video_codecs/video_decoder_factory_template_libvpx_vp9_adapter.h"
#include "api/video_codecs/video_decoder_factory_template_open_h264_adapter.h"
#include "api/video_codecs/video_encoder_factory_template.h"
#include "api/video_codecs/video_encoder_factory_template_libaom_av1_adapter.h"
#include "api/video_codecs/video_encoder_factory_template_libvpx_vp8_adapter.h"
#include "api/video_codecs/video_encoder_factory_template_libvpx_vp9_adapter.h"
#include "api/video_codecs/video_encoder_factory_template_open_h264_adapter.h"

namespace pywebrtc {

// libwebrtc's builtin factories, and the SimulcastEncoderAdapter that they add, are not part of its
// static library; VP8 and OpenH264 make simulcast layers without it.
std::unique_ptr<webrtc::VideoEncoderFactory> CreateVideoEncoderFactory() {
  return std::make_unique<webrtc::VideoEncoderFactoryTemplate<
      webrtc::LibvpxVp8EncoderTemplateAdapter, webrtc::OpenH264EncoderTemplateAdapter,
      webrtc::LibaomAv1EncoderTemplateAdapter, webrtc::LibvpxVp9EncoderTemplateAdapter>>();
}

std::unique_ptr<webrtc::VideoDecoderFactory> CreateVideoDecoderFactory() {
  return std::make_unique<webrtc::VideoDecoderFactoryTemplate<
      webrtc::LibvpxVp8DecoderTemplateAdapter, webrtc::OpenH264DecoderTemplateAdapter,
      webrtc::Dav1dDecoderTemplateAdapter, webrtc::LibvpxVp9DecoderTemplateAdapter>>();
}

}  // namespace pywebrtc
