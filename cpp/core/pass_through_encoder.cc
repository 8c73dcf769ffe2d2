#include "core/pass_through_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "core/codec_specifics.h"
#include "modules/video_coding/include/video_codec_interface.h"
#include "modules/video_coding/include/video_error_codes.h"

namespace pywebrtc {
namespace {

using webrtc::VideoFrameType;

// Pictures that are left out until a key frame is asked for again.
constexpr int kAskAgain = 10;

}  // namespace

PassThroughEncoder::PassThroughEncoder(webrtc::SdpVideoFormat format, std::unique_ptr<webrtc::VideoEncoder> other)
    : format_(std::move(format)), other_(std::move(other)) {}

PassThroughEncoder::~PassThroughEncoder() {
  SetFeed(nullptr);
}

int PassThroughEncoder::InitEncode(const webrtc::VideoCodec* codec, const Settings& settings) {
  return other_->InitEncode(codec, settings);
}

int32_t PassThroughEncoder::RegisterEncodeCompleteCallback(webrtc::EncodedImageCallback* callback) {
  callback_ = callback;
  return other_->RegisterEncodeCompleteCallback(callback);
}

int32_t PassThroughEncoder::Release() {
  return other_->Release();
}

int32_t PassThroughEncoder::Encode(const webrtc::VideoFrame& frame, const std::vector<VideoFrameType>* types) {
  if (const EncodedBuffer* picture = EncodedBuffer::Of(*frame.video_frame_buffer())) {
    const bool key_frame = types && std::ranges::find(*types, VideoFrameType::kVideoFrameKey) != types->end();
    return Pass(frame, *picture, key_frame);
  }
  if (!feed_) {
    return other_->Encode(frame, types);
  }
  // Such as the black pictures of a track that is disabled.
  SetFeed(nullptr);
  const std::vector<VideoFrameType> keys(types ? types->size() : 1, VideoFrameType::kVideoFrameKey);
  return other_->Encode(frame, &keys);
}

int32_t PassThroughEncoder::Pass(const webrtc::VideoFrame& frame, const EncodedBuffer& picture, bool key_frame) {
  SetFeed(picture.feed());
  const bool same_codec = absl::EqualsIgnoreCase(picture.codec(), format_.name);
  if (same_codec && key_frame && !picture.key_frame()) {
    feed_->WantKeyFrame();
  }
  if (!same_codec) {
    feed_->Refuse();
  }
  if (!same_codec || !Follows(picture)) {
    callback_->OnFrameDropped(frame.rtp_timestamp(), 0, /*is_end_of_temporal_unit=*/true);
    return WEBRTC_VIDEO_CODEC_OK;
  }
  webrtc::EncodedImage image;
  image.SetEncodedData(picture.data());
  image.SetRtpTimestamp(frame.rtp_timestamp());
  image.set_frame_type(picture.key_frame() ? VideoFrameType::kVideoFrameKey : VideoFrameType::kVideoFrameDelta);
  image._encodedWidth = static_cast<uint32_t>(picture.width());
  image._encodedHeight = static_cast<uint32_t>(picture.height());
  const webrtc::CodecSpecificInfo info = SpecificsOf(format_, image);
  callback_->OnEncodedImage(image, &info);
  return WEBRTC_VIDEO_CODEC_OK;
}

bool PassThroughEncoder::Follows(const EncodedBuffer& picture) {
  if (picture.key_frame() || (last_ != 0 && picture.number() == last_ + 1)) {
    last_ = picture.number();
    missed_ = 0;
    return true;
  }
  feed_->Drop();
  if (missed_++ % kAskAgain == 0) {
    feed_->WantKeyFrame();
  }
  last_ = 0;
  return false;
}

void PassThroughEncoder::SetFeed(std::shared_ptr<EncodedFeed> feed) {
  if (feed == feed_) {
    return;
  }
  if (feed_) {
    feed_->Leave(this);
  }
  feed_ = std::move(feed);
  last_ = 0;
  missed_ = 0;
  if (feed_) {
    feed_->SetRates(this, bitrate_, framerate_);
  }
}

void PassThroughEncoder::SetRates(const RateControlParameters& parameters) {
  bitrate_ = parameters.bitrate.get_sum_bps();
  framerate_ = parameters.framerate_fps;
  if (feed_) {
    feed_->SetRates(this, bitrate_, framerate_);
  }
  other_->SetRates(parameters);
}

void PassThroughEncoder::SetFecControllerOverride(webrtc::FecControllerOverride* fec) {
  other_->SetFecControllerOverride(fec);
}

void PassThroughEncoder::OnPacketLossRateUpdate(float rate) {
  other_->OnPacketLossRateUpdate(rate);
}

void PassThroughEncoder::OnRttUpdate(int64_t milliseconds) {
  other_->OnRttUpdate(milliseconds);
}

void PassThroughEncoder::OnLossNotification(const LossNotification& notification) {
  other_->OnLossNotification(notification);
}

webrtc::VideoEncoder::EncoderInfo PassThroughEncoder::GetEncoderInfo() const {
  EncoderInfo info = other_->GetEncoderInfo();
  // So that what is encoded arrives as it is: no other buffer of ours is a native one.
  info.supports_native_handle = true;
  if (feed_) {
    info.implementation_name = "pass-through";
    info.is_hardware_accelerated = false;
    // libwebrtc drops no pictures to keep to a rate.
    info.has_trusted_rate_controller = true;
    info.scaling_settings = ScalingSettings::kOff;
  }
  return info;
}

}  // namespace pywebrtc
