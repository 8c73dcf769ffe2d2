#include "core/video_codecs.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

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
#include "core/pass_through_encoder.h"
#include "core/simulcast_encoder.h"

namespace pywebrtc {
namespace {

// libwebrtc's builtin factories, and the SimulcastEncoderAdapter that they add, are not part of its
// static library.
using BuiltinEncoders = webrtc::VideoEncoderFactoryTemplate<webrtc::LibvpxVp8EncoderTemplateAdapter,
                                                            webrtc::OpenH264EncoderTemplateAdapter,
                                                            webrtc::LibaomAv1EncoderTemplateAdapter,
                                                            webrtc::LibvpxVp9EncoderTemplateAdapter>;
using BuiltinDecoders = webrtc::VideoDecoderFactoryTemplate<webrtc::LibvpxVp8DecoderTemplateAdapter,
                                                            webrtc::OpenH264DecoderTemplateAdapter,
                                                            webrtc::Dav1dDecoderTemplateAdapter,
                                                            webrtc::LibvpxVp9DecoderTemplateAdapter>;

class EncoderFactory final : public webrtc::VideoEncoderFactory {
 public:
  std::vector<webrtc::SdpVideoFormat> GetSupportedFormats() const override { return builtin_.GetSupportedFormats(); }

  CodecSupport QueryCodecSupport(const webrtc::SdpVideoFormat& format,
                                 std::optional<std::string> scalability_mode,
                                 std::optional<webrtc::Resolution> resolution) const override {
    return builtin_.QueryCodecSupport(format, std::move(scalability_mode), resolution);
  }

  std::unique_ptr<webrtc::VideoEncoder> Create(const webrtc::Environment& env,
                                               const webrtc::SdpVideoFormat& format) override {
    return std::make_unique<PassThroughEncoder>(
        format, std::make_unique<SimulcastEncoder>([this, env, format] { return builtin_.Create(env, format); }));
  }

 private:
  BuiltinEncoders builtin_;
};

}  // namespace

std::unique_ptr<webrtc::VideoEncoderFactory> CreateVideoEncoderFactory() {
  return std::make_unique<EncoderFactory>();
}

std::unique_ptr<webrtc::VideoDecoderFactory> CreateVideoDecoderFactory() {
  return std::make_unique<BuiltinDecoders>();
}

}  // namespace pywebrtc
