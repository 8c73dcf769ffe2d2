#include "core/simulcast_encoder.h"

#include <algorithm>
#include <utility>

#include "api/video_codecs/video_codec.h"
#include "modules/video_coding/include/video_codec_interface.h"
#include "modules/video_coding/include/video_error_codes.h"

namespace pywebrtc {
namespace {

// The settings of one layer, as for an encoder that knows of no other.
webrtc::VideoCodec SettingsOf(const webrtc::VideoCodec& all, int index) {
  const webrtc::SimulcastStream& stream = all.simulcastStream[index];
  webrtc::VideoCodec codec = all;
  codec.width = static_cast<uint16_t>(stream.width);
  codec.height = static_cast<uint16_t>(stream.height);
  codec.maxBitrate = stream.maxBitrate;
  codec.minBitrate = stream.minBitrate;
  // What there is is shared out with the first SetRates().
  codec.startBitrate = std::max(stream.minBitrate, stream.targetBitrate);
  codec.maxFramerate = static_cast<uint32_t>(stream.maxFramerate);
  codec.qpMax = stream.qpMax;
  codec.active = stream.active;
  codec.numberOfSimulcastStreams = 1;
  codec.simulcastStream[0] = stream;
  if (const auto mode = stream.GetScalabilityMode()) {
    codec.SetScalabilityMode(*mode);
  }
  switch (codec.codecType) {
    case webrtc::kVideoCodecVP8:
      codec.VP8()->numberOfTemporalLayers = stream.numberOfTemporalLayers;
      break;
    case webrtc::kVideoCodecVP9:
      codec.VP9()->numberOfTemporalLayers = stream.numberOfTemporalLayers;
      codec.VP9()->numberOfSpatialLayers = 1;
      codec.spatialLayers[0] = stream;
      break;
    case webrtc::kVideoCodecH264:
      codec.H264()->numberOfTemporalLayers = stream.numberOfTemporalLayers;
      break;
    default:
      break;
  }
  return codec;
}

}  // namespace

// An encoder, what it is given, and where what it makes goes: to the callback, as a layer's.
class SimulcastEncoder::Layer final : private webrtc::EncodedImageCallback {
 public:
  Layer(SimulcastEncoder& owner, int index, bool last, std::unique_ptr<webrtc::VideoEncoder> encoder)
      : owner_(owner), index_(index), last_(last), encoder_(std::move(encoder)) {
    encoder_->RegisterEncodeCompleteCallback(this);
  }

  webrtc::VideoEncoder& encoder() { return *encoder_; }
  int index() const { return index_; }

  int Init(const webrtc::VideoCodec& codec, const Settings& settings) {
    codec_ = SettingsOf(codec, index_);
    return encoder_->InitEncode(&codec_, settings);
  }

  void SetRates(const RateControlParameters& all) {
    const uint32_t bits = all.bitrate.GetSpatialLayerSum(index_);
    // A layer that there was no bandwidth for begins anew.
    key_frame_due_ = key_frame_due_ || !sends_;
    sends_ = bits > 0;
    RateControlParameters parameters;
    for (size_t t = 0; t < webrtc::kMaxTemporalStreams; ++t) {
      if (all.bitrate.HasBitrate(index_, t)) {
        parameters.bitrate.SetBitrate(0, t, all.bitrate.GetBitrate(index_, t));
        parameters.target_bitrate.SetBitrate(0, t, all.target_bitrate.GetBitrate(index_, t));
      }
    }
    parameters.framerate_fps = std::min(all.framerate_fps, static_cast<double>(codec_.maxFramerate));
    parameters.bandwidth_allocation =
        sends_ ? all.bandwidth_allocation * (static_cast<double>(bits) / all.bitrate.get_sum_bps())
               : webrtc::DataRate::Zero();
    encoder_->SetRates(parameters);
  }

  int32_t Encode(const webrtc::VideoFrame& frame, bool key_frame) {
    if (!sends_ || !(key_frame || IsDue(frame.rtp_timestamp()))) {
      owner_.callback_->OnFrameDropped(frame.rtp_timestamp(), index_, last_);
      return WEBRTC_VIDEO_CODEC_OK;
    }
    const bool key = std::exchange(key_frame_due_, false) || key_frame;
    const std::vector types{key ? webrtc::VideoFrameType::kVideoFrameKey : webrtc::VideoFrameType::kVideoFrameDelta};
    if (frame.width() == codec_.width && frame.height() == codec_.height) {
      return encoder_->Encode(frame, &types);
    }
    const auto scaled = frame.video_frame_buffer()->Scale(codec_.width, codec_.height);
    if (!scaled) {
      return WEBRTC_VIDEO_CODEC_ERROR;
    }
    webrtc::VideoFrame of_layer = frame;
    of_layer.set_video_frame_buffer(scaled);
    of_layer.clear_update_rect();
    return encoder_->Encode(of_layer, &types);
  }

 private:
  // Whether the layer's own rate leaves room for a frame. Half an interval early is not too early.
  bool IsDue(uint32_t rtp_timestamp) {
    constexpr int kTicks = 90000;
    if (codec_.maxFramerate == 0) {
      return true;
    }
    const int interval = kTicks / static_cast<int>(codec_.maxFramerate);
    const int late = due_ ? static_cast<int>(rtp_timestamp - *due_) : 2 * interval;
    if (late < -interval / 2) {
      return false;
    }
    due_ = (late < interval ? *due_ : rtp_timestamp) + static_cast<uint32_t>(interval);
    return true;
  }

  Result OnEncodedImage(const webrtc::EncodedImage& image, const webrtc::CodecSpecificInfo* info) override {
    webrtc::EncodedImage of_layer = image;
    of_layer.SetSimulcastIndex(index_);
    return owner_.callback_->OnEncodedImage(of_layer, info);
  }
  void OnFrameDropped(uint32_t rtp_timestamp, int /*spatial_id*/, bool /*is_end_of_temporal_unit*/) override {
    owner_.callback_->OnFrameDropped(rtp_timestamp, index_, last_);
  }

  SimulcastEncoder& owner_;
  const int index_;
  const bool last_;
  const std::unique_ptr<webrtc::VideoEncoder> encoder_;
  webrtc::VideoCodec codec_;
  bool sends_ = false;
  bool key_frame_due_ = true;
  std::optional<uint32_t> due_;
};

SimulcastEncoder::SimulcastEncoder(std::function<std::unique_ptr<webrtc::VideoEncoder>()> make)
    : make_(std::move(make)), whole_(make_()) {}

SimulcastEncoder::~SimulcastEncoder() = default;

template <class Task>
void SimulcastEncoder::ForEach(Task task) {
  if (layers_.empty()) {
    task(*whole_);
  }
  for (const auto& layer : layers_) {
    task(layer->encoder());
  }
}

int SimulcastEncoder::InitEncode(const webrtc::VideoCodec* codec, const Settings& settings) {
  layers_.clear();
  if (codec->numberOfSimulcastStreams <= 1 || whole_->GetEncoderInfo().supports_simulcast) {
    const int result = whole_->InitEncode(codec, settings);
    if (result != WEBRTC_VIDEO_CODEC_ERR_SIMULCAST_PARAMETERS_NOT_SUPPORTED) {
      return result;
    }
  }
  whole_->Release();
  return InitLayers(*codec, settings);
}

int SimulcastEncoder::InitLayers(const webrtc::VideoCodec& codec, const Settings& settings) {
  std::vector<int> active;
  for (int i = 0; i < codec.numberOfSimulcastStreams; ++i) {
    if (codec.simulcastStream[i].active) {
      active.push_back(i);
    }
  }
  for (const int i : active) {
    layers_.push_back(std::make_unique<Layer>(*this, i, i == active.back(), make_()));
    if (const int result = layers_.back()->Init(codec, settings); result != WEBRTC_VIDEO_CODEC_OK) {
      layers_.clear();
      return result;
    }
  }
  return WEBRTC_VIDEO_CODEC_OK;
}

int32_t SimulcastEncoder::RegisterEncodeCompleteCallback(webrtc::EncodedImageCallback* callback) {
  callback_ = callback;
  return whole_->RegisterEncodeCompleteCallback(callback);
}

int32_t SimulcastEncoder::Release() {
  layers_.clear();
  return whole_->Release();
}

int32_t SimulcastEncoder::Encode(const webrtc::VideoFrame& frame, const std::vector<webrtc::VideoFrameType>* types) {
  if (layers_.empty()) {
    return whole_->Encode(frame, types);
  }
  int32_t result = WEBRTC_VIDEO_CODEC_OK;
  for (const auto& layer : layers_) {
    const auto index = static_cast<size_t>(layer->index());
    const bool key = types && index < types->size() && (*types)[index] == webrtc::VideoFrameType::kVideoFrameKey;
    if (const int32_t of_layer = layer->Encode(frame, key); result == WEBRTC_VIDEO_CODEC_OK) {
      result = of_layer;
    }
  }
  return result;
}

void SimulcastEncoder::SetRates(const RateControlParameters& parameters) {
  if (layers_.empty()) {
    whole_->SetRates(parameters);
  }
  for (const auto& layer : layers_) {
    layer->SetRates(parameters);
  }
}

void SimulcastEncoder::SetFecControllerOverride(webrtc::FecControllerOverride* fec) {
  // As libwebrtc's adapter does: an encoder of one layer must not decide for all.
  whole_->SetFecControllerOverride(fec);
}

void SimulcastEncoder::OnPacketLossRateUpdate(float rate) {
  ForEach([rate](webrtc::VideoEncoder& encoder) { encoder.OnPacketLossRateUpdate(rate); });
}

void SimulcastEncoder::OnRttUpdate(int64_t milliseconds) {
  ForEach([milliseconds](webrtc::VideoEncoder& encoder) { encoder.OnRttUpdate(milliseconds); });
}

void SimulcastEncoder::OnLossNotification(const LossNotification& notification) {
  ForEach([&](webrtc::VideoEncoder& encoder) { encoder.OnLossNotification(notification); });
}

webrtc::VideoEncoder::EncoderInfo SimulcastEncoder::GetEncoderInfo() const {
  EncoderInfo info = layers_.empty() ? whole_->GetEncoderInfo() : layers_.front()->encoder().GetEncoderInfo();
  info.supports_simulcast = true;
  if (layers_.empty()) {
    return info;
  }
  // Which layers are sent is how simulcast adapts.
  info.scaling_settings = webrtc::VideoEncoder::ScalingSettings::kOff;
  info.apply_alignment_to_all_simulcast_layers = true;
  for (const auto& layer : layers_) {
    const EncoderInfo of_layer = layer->encoder().GetEncoderInfo();
    info.requested_resolution_alignment =
        std::max(info.requested_resolution_alignment, of_layer.requested_resolution_alignment);
    info.has_trusted_rate_controller = info.has_trusted_rate_controller && of_layer.has_trusted_rate_controller;
    info.fps_allocation[layer->index()] = of_layer.fps_allocation[0];
  }
  return info;
}

}  // namespace pywebrtc
