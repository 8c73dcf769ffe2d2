// An encoder that hands on what is encoded already, and lets another encode what is not.
//
// Around every encoder of ours, so that a track of such pictures can be sent on any connection. What it hands on has
// no gaps: where a picture is missing, because libwebrtc or the source left it out, those that depend on it are left
// out too, and the source is asked for a key frame.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "api/video_codecs/sdp_video_format.h"
#include "api/video_codecs/video_encoder.h"
#include "core/encoded_feed.h"

namespace pywebrtc {

class PassThroughEncoder final : public webrtc::VideoEncoder {
 public:
  PassThroughEncoder(webrtc::SdpVideoFormat format, std::unique_ptr<webrtc::VideoEncoder> other);
  ~PassThroughEncoder() override;

  // All on the encoder's queue.
  int InitEncode(const webrtc::VideoCodec* codec, const Settings& settings) override;
  int32_t RegisterEncodeCompleteCallback(webrtc::EncodedImageCallback* callback) override;
  int32_t Release() override;
  int32_t Encode(const webrtc::VideoFrame& frame, const std::vector<webrtc::VideoFrameType>* types) override;
  void SetRates(const RateControlParameters& parameters) override;
  void SetFecControllerOverride(webrtc::FecControllerOverride* fec) override;
  void OnPacketLossRateUpdate(float rate) override;
  void OnRttUpdate(int64_t milliseconds) override;
  void OnLossNotification(const LossNotification& notification) override;
  EncoderInfo GetEncoderInfo() const override;

 private:
  int32_t Pass(const webrtc::VideoFrame& frame, const EncodedBuffer& picture, bool key_frame);
  // Whether nothing is missing before it.
  bool Follows(const EncodedBuffer& picture);
  void SetFeed(std::shared_ptr<EncodedFeed> feed);

  const webrtc::SdpVideoFormat format_;
  const std::unique_ptr<webrtc::VideoEncoder> other_;
  webrtc::EncodedImageCallback* callback_ = nullptr;
  int64_t bitrate_ = 0;
  double framerate_ = 0;
  // Whose pictures are handed on; null while the other encodes.
  std::shared_ptr<EncodedFeed> feed_;
  // The last that was handed on; 0 is none.
  uint64_t last_ = 0;
  // Pictures since then that could not be.
  int missed_ = 0;
};

}  // namespace pywebrtc
