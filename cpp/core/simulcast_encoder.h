// Simulcast of any codec: one encoder for each layer, where the codec's own encoder does not make them all.
//
// libwebrtc's adapter for this is not part of its static library. VP8 and H.264 make layers by themselves while
// these have the shape of the picture, VP9 while each is twice the one before; AV1 never does, nor do encoders
// that Python brings.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "api/video_codecs/video_encoder.h"

namespace pywebrtc {

class SimulcastEncoder final : public webrtc::VideoEncoder {
 public:
  // `make` gives a new encoder each time.
  explicit SimulcastEncoder(std::function<std::unique_ptr<webrtc::VideoEncoder>()> make);
  ~SimulcastEncoder() override;

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
  class Layer;

  // Whoever encodes now: the one encoder, or those of the layers.
  template <class Task>
  void ForEach(Task task);
  int InitLayers(const webrtc::VideoCodec& codec, const Settings& settings);

  const std::function<std::unique_ptr<webrtc::VideoEncoder>()> make_;
  // Encodes the only layer, or all of them.
  const std::unique_ptr<webrtc::VideoEncoder> whole_;
  webrtc::EncodedImageCallback* callback_ = nullptr;
  // Empty where `whole_` encodes; else those that are active.
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace pywebrtc
