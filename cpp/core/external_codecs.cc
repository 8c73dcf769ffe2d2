#include "core/external_codecs.h"

#include <optional>
#include <utility>

#include "core/external_decoder.h"
#include "core/external_encoder.h"
#include "core/pass_through_encoder.h"
#include "core/simulcast_encoder.h"
#include "core/video_codecs.h"

namespace pywebrtc {
namespace {

using webrtc::SdpVideoFormat;

// What is common to both directions: `has` is the member that says which codecs there are.
class Formats {
 public:
  Formats(ExternalCodecs codecs, bool ExternalCodec::* has) : codecs_(std::move(codecs)), has_(has) {}

  const ExternalCodecs& all() const { return codecs_; }

  std::optional<size_t> Find(const SdpVideoFormat& format) const {
    for (size_t i = 0; i < codecs_.codecs.size(); ++i) {
      if (codecs_.codecs[i].*has_ && format.IsSameCodec(codecs_.codecs[i].format)) {
        return i;
      }
    }
    return std::nullopt;
  }

  std::vector<SdpVideoFormat> Before(std::vector<SdpVideoFormat> builtin) const {
    std::vector<SdpVideoFormat> formats;
    for (size_t i = 0; i < codecs_.codecs.size(); ++i) {
      const ExternalCodec& codec = codecs_.codecs[i];
      // libwebrtc takes no format twice.
      if (codec.*has_ && Find(codec.format) == i) {
        formats.push_back(codec.format);
      }
    }
    for (SdpVideoFormat& format : builtin) {
      if (!Find(format)) {
        formats.push_back(std::move(format));
      }
    }
    return formats;
  }

 private:
  const ExternalCodecs codecs_;
  bool ExternalCodec::* const has_;
};

// What goes on when an encoder gives up: the next codec that was negotiated. libwebrtc does that where a format is
// named that it does not know; without a selector it asks itself for a switch to none, which its own checks refuse.
class NextCodec final : public webrtc::VideoEncoderFactory::EncoderSelectorInterface {
 public:
  void OnCurrentEncoder(const SdpVideoFormat& /*format*/) override {}
  std::optional<SdpVideoFormat> OnAvailableBitrate(const webrtc::DataRate& /*rate*/) override { return std::nullopt; }
  std::optional<SdpVideoFormat> OnEncoderBroken() override { return SdpVideoFormat("next"); }
};

class EncoderFactory final : public webrtc::VideoEncoderFactory {
 public:
  explicit EncoderFactory(ExternalCodecs codecs)
      : external_(std::move(codecs), &ExternalCodec::encodes), builtin_(CreateVideoEncoderFactory()) {}

  std::vector<SdpVideoFormat> GetSupportedFormats() const override {
    return external_.Before(builtin_->GetSupportedFormats());
  }

  CodecSupport QueryCodecSupport(const SdpVideoFormat& format,
                                 std::optional<std::string> scalability_mode,
                                 std::optional<webrtc::Resolution> resolution) const override {
    if (external_.Find(format)) {
      return {.is_supported = scalability_mode.value_or("L1T1") == "L1T1"};
    }
    return builtin_->QueryCodecSupport(format, std::move(scalability_mode), resolution);
  }

  std::unique_ptr<webrtc::VideoEncoder> Create(const webrtc::Environment& env, const SdpVideoFormat& format) override {
    const std::optional<size_t> index = external_.Find(format);
    if (!index) {
      return builtin_->Create(env, format);
    }
    return std::make_unique<PassThroughEncoder>(
        format, std::make_unique<SimulcastEncoder>(
                    [codecs = external_.all(), index = *index] { return ExternalEncoder::Create(codecs, index); }));
  }

  std::unique_ptr<EncoderSelectorInterface> GetEncoderSelector() const override {
    return std::make_unique<NextCodec>();
  }

 private:
  const Formats external_;
  const std::unique_ptr<webrtc::VideoEncoderFactory> builtin_;
};

class DecoderFactory final : public webrtc::VideoDecoderFactory {
 public:
  explicit DecoderFactory(ExternalCodecs codecs)
      : external_(std::move(codecs), &ExternalCodec::decodes), builtin_(CreateVideoDecoderFactory()) {}

  std::vector<SdpVideoFormat> GetSupportedFormats() const override {
    return external_.Before(builtin_->GetSupportedFormats());
  }

  CodecSupport QueryCodecSupport(const SdpVideoFormat& format,
                                 bool reference_scaling,
                                 std::optional<webrtc::Resolution> resolution) const override {
    if (external_.Find(format)) {
      return {.is_supported = !reference_scaling};
    }
    return builtin_->QueryCodecSupport(format, reference_scaling, resolution);
  }

  std::unique_ptr<webrtc::VideoDecoder> Create(const webrtc::Environment& env, const SdpVideoFormat& format) override {
    const std::optional<size_t> index = external_.Find(format);
    return index ? ExternalDecoder::Create(external_.all(), *index) : builtin_->Create(env, format);
  }

 private:
  const Formats external_;
  const std::unique_ptr<webrtc::VideoDecoderFactory> builtin_;
};

}  // namespace

std::unique_ptr<webrtc::VideoEncoderFactory> CreateVideoEncoderFactory(ExternalCodecs codecs) {
  return std::make_unique<EncoderFactory>(std::move(codecs));
}

std::unique_ptr<webrtc::VideoDecoderFactory> CreateVideoDecoderFactory(ExternalCodecs codecs) {
  return std::make_unique<DecoderFactory>(std::move(codecs));
}

}  // namespace pywebrtc
