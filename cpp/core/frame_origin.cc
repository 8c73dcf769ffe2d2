#include "core/frame_origin.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/video_codecs/video_codec.h"
#include "api/video_codecs/video_decoder.h"
#include "system_wrappers/include/clock.h"
#include "system_wrappers/include/ntp_time.h"

namespace pywebrtc {
namespace {

using webrtc::VideoDecoder;
using webrtc::VideoFrame;

// By how much the local NTP clock is ahead of the monotonic one: the same all the time.
int64_t NtpOffsetUs() {
  static const int64_t offset = webrtc::UQ32x32ToInt64Us(
      webrtc::Clock::GetRealTimeClock()->ConvertTimestampToNtpTime(webrtc::Timestamp::Zero()).operator uint64_t());
  return offset;
}

// A decoder that writes on each frame what it decodes.
class NamingDecoder final : public VideoDecoder, private webrtc::DecodedImageCallback {
 public:
  NamingDecoder(std::unique_ptr<VideoDecoder> decoder, webrtc::VideoCodecType codec)
      : decoder_(std::move(decoder)), id_(static_cast<uint16_t>(codec + 1)) {}

  bool Configure(const Settings& settings) override { return decoder_->Configure(settings); }
  int32_t Decode(const webrtc::EncodedImage& image, int64_t render_time_ms) override {
    return decoder_->Decode(image, render_time_ms);
  }
  int32_t Decode(const webrtc::EncodedImage& image, bool missing_frames, int64_t render_time_ms) override {
    return decoder_->Decode(image, missing_frames, render_time_ms);
  }
  int32_t RegisterDecodeCompleteCallback(webrtc::DecodedImageCallback* callback) override {
    callback_ = callback;
    return decoder_->RegisterDecodeCompleteCallback(callback ? this : nullptr);
  }
  int32_t Release() override { return decoder_->Release(); }
  DecoderInfo GetDecoderInfo() const override { return decoder_->GetDecoderInfo(); }
  const char* ImplementationName() const override { return decoder_->ImplementationName(); }

 private:
  int32_t Decoded(VideoFrame& frame) override {
    frame.set_id(id_);
    return callback_->Decoded(frame);
  }
  int32_t Decoded(VideoFrame& frame, int64_t decode_time_ms) override {
    frame.set_id(id_);
    return callback_->Decoded(frame, decode_time_ms);
  }
  void Decoded(VideoFrame& frame, std::optional<int32_t> decode_time_ms, std::optional<uint8_t> qp) override {
    frame.set_id(id_);
    callback_->Decoded(frame, decode_time_ms, qp);
  }

  const std::unique_ptr<VideoDecoder> decoder_;
  const uint16_t id_;
  webrtc::DecodedImageCallback* callback_ = nullptr;
};

class NamingFactory final : public webrtc::VideoDecoderFactory {
 public:
  explicit NamingFactory(std::unique_ptr<webrtc::VideoDecoderFactory> factory) : factory_(std::move(factory)) {}

  std::vector<webrtc::SdpVideoFormat> GetSupportedFormats() const override { return factory_->GetSupportedFormats(); }
  CodecSupport QueryCodecSupport(const webrtc::SdpVideoFormat& format,
                                 bool reference_scaling,
                                 std::optional<webrtc::Resolution> resolution) const override {
    return factory_->QueryCodecSupport(format, reference_scaling, resolution);
  }
  std::unique_ptr<VideoDecoder> Create(const webrtc::Environment& env, const webrtc::SdpVideoFormat& format) override {
    auto decoder = factory_->Create(env, format);
    return decoder ? std::make_unique<NamingDecoder>(std::move(decoder), webrtc::PayloadStringToCodecType(format.name))
                   : nullptr;
  }

 private:
  const std::unique_ptr<webrtc::VideoDecoderFactory> factory_;
};

}  // namespace

std::optional<int64_t> CaptureTimeUs(const VideoFrame& frame) {
  for (const webrtc::RtpPacketInfo& packet : frame.packet_infos()) {
    const auto& absolute = packet.absolute_capture_time();
    const auto& ahead = packet.local_capture_clock_offset();
    if (absolute && ahead) {
      return webrtc::UQ32x32ToInt64Us(absolute->absolute_capture_timestamp) - ahead->us() - NtpOffsetUs();
    }
  }
  if (frame.ntp_time_ms() > 0) {
    return frame.ntp_time_ms() * 1000 - NtpOffsetUs();
  }
  return std::nullopt;
}

std::optional<int64_t> ReceiveTimeUs(const VideoFrame& frame) {
  std::optional<int64_t> last;
  for (const webrtc::RtpPacketInfo& packet : frame.packet_infos()) {
    last = std::max(last.value_or(0), packet.receive_time().us());
  }
  return last;
}

std::optional<std::string> CodecOf(const VideoFrame& frame) {
  if (frame.id() == VideoFrame::kNotSetId) {
    return std::nullopt;
  }
  const auto codec = static_cast<webrtc::VideoCodecType>(frame.id() - 1);
  return std::string("video/") + webrtc::CodecTypeToPayloadString(codec);
}

std::unique_ptr<webrtc::VideoDecoderFactory> NameCodecs(std::unique_ptr<webrtc::VideoDecoderFactory> factory) {
  return std::make_unique<NamingFactory>(std::move(factory));
}

}  // namespace pywebrtc
