#include "core/external_encoder.h"

#include <algorithm>
#include <utility>

#include "api/video_codecs/video_codec.h"
#include "core/codec_specifics.h"
#include "modules/video_coding/include/video_codec_interface.h"
#include "modules/video_coding/include/video_error_codes.h"

namespace pywebrtc {

using webrtc::EncodedImage;
using webrtc::MutexLock;

// What libwebrtc owns.
class ExternalEncoder::Adapter final : public webrtc::VideoEncoder {
 public:
  explicit Adapter(std::shared_ptr<ExternalEncoder> encoder) : encoder_(std::move(encoder)) {}
  ~Adapter() override { encoder_->End(); }

  int InitEncode(const webrtc::VideoCodec* codec, const VideoEncoder::Settings& settings) override {
    if (codec->numberOfSimulcastStreams > 1) {
      return WEBRTC_VIDEO_CODEC_ERR_SIMULCAST_PARAMETERS_NOT_SUPPORTED;
    }
    return encoder_->Init(*codec, settings);
  }
  int32_t RegisterEncodeCompleteCallback(webrtc::EncodedImageCallback* callback) override {
    encoder_->Register(callback);
    return WEBRTC_VIDEO_CODEC_OK;
  }
  int32_t Release() override {
    encoder_->Release();
    return WEBRTC_VIDEO_CODEC_OK;
  }
  int32_t Encode(const webrtc::VideoFrame& frame, const std::vector<webrtc::VideoFrameType>* types) override {
    const auto type = types && !types->empty() ? types->front() : webrtc::VideoFrameType::kVideoFrameDelta;
    return encoder_->Accept(frame, type == webrtc::VideoFrameType::kVideoFrameKey);
  }
  void SetRates(const RateControlParameters& parameters) override {
    encoder_->SetRates({.bitrate = parameters.bitrate.get_sum_bps(), .framerate = parameters.framerate_fps});
  }
  EncoderInfo GetEncoderInfo() const override {
    EncoderInfo info;
    info.implementation_name = encoder_->codec().implementation;
    info.is_hardware_accelerated = encoder_->codec().hardware;
    info.requested_resolution_alignment = static_cast<uint32_t>(encoder_->codec().alignment);
    // Python takes pictures in whatever format they were pushed.
    info.supports_native_handle = true;
    info.scaling_settings = ScalingSettings::kOff;
    info.supports_simulcast = false;
    return info;
  }

 private:
  const std::shared_ptr<ExternalEncoder> encoder_;
};

std::unique_ptr<webrtc::VideoEncoder> ExternalEncoder::Create(const ExternalCodecs& codecs, size_t index) {
  return std::make_unique<Adapter>(std::shared_ptr<ExternalEncoder>(new ExternalEncoder(codecs, index)));
}

ExternalEncoder::ExternalEncoder(const ExternalCodecs& codecs, size_t index)
    : mailbox_(codecs.mailbox), owner_(codecs.target), index_(index), codec_(codecs.codecs[index]) {}

int ExternalEncoder::Init(const webrtc::VideoCodec& codec, const webrtc::VideoEncoder::Settings& settings) {
  Release();
  bool first = false;
  {
    const MutexLock lock(&mutex_);
    if (failed_) {
      return WEBRTC_VIDEO_CODEC_ENCODER_FAILURE;
    }
    queue_ = webrtc::TaskQueueBase::Current();
    key_frame_due_ = true;
    begun_ = false;
    constexpr int64_t kKilo = 1000;
    first = Push(Settings{.width = codec.width,
                          .height = codec.height,
                          .framerate = static_cast<double>(codec.maxFramerate),
                          .bitrate = codec.startBitrate * kKilo,
                          .max_bitrate = codec.maxBitrate * kKilo,
                          .screencast = codec.mode == webrtc::VideoCodecMode::kScreensharing,
                          .max_payload_size = settings.max_payload_size});
  }
  if (!std::exchange(announced_, true)) {
    mailbox_->Post(ExternalCodecMade{owner_, index_, shared_from_this()});
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
  return WEBRTC_VIDEO_CODEC_OK;
}

int32_t ExternalEncoder::Accept(const webrtc::VideoFrame& frame, bool key_frame) {
  bool full = false;
  bool first = false;
  {
    const MutexLock lock(&mutex_);
    if (failed_) {
      return WEBRTC_VIDEO_CODEC_ENCODER_FAILURE;
    }
    if (!queue_) {
      return WEBRTC_VIDEO_CODEC_UNINITIALIZED;
    }
    // A key frame that was asked for with a picture that is dropped is owed with the next.
    key_frame_due_ = key_frame_due_ || key_frame;
    full = waiting_ == kQueue;
    if (full) {
      ++counts_.dropped;
    } else {
      ++waiting_;
      first = Push(Encode{.frame = frame, .key_frame = std::exchange(key_frame_due_, false)});
    }
  }
  if (full && callback_) {
    callback_->OnFrameDropped(frame.rtp_timestamp(), 0, /*is_end_of_temporal_unit=*/true);
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
  return WEBRTC_VIDEO_CODEC_OK;
}

void ExternalEncoder::SetRates(const Rates& rates) {
  bool first = false;
  {
    const MutexLock lock(&mutex_);
    if (!tasks_.empty() && std::holds_alternative<Rates>(tasks_.back())) {
      tasks_.back() = rates;
    } else {
      first = Push(rates);
    }
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
}

void ExternalEncoder::Release() {
  std::deque<Task> dropped;  // destroyed outside of the lock
  const MutexLock lock(&mutex_);
  queue_ = nullptr;
  ++epoch_;
  counts_.dropped += waiting_ + pending_.size();
  waiting_ = 0;
  dropped.swap(tasks_);
  pending_.clear();
}

void ExternalEncoder::End() {
  Release();
  bool first = false;
  {
    const MutexLock lock(&mutex_);
    closed_ = true;
    first = Push(Close());
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
}

// Under the lock, as the queue is there only as long as nobody released.
template <class Emit>
void ExternalEncoder::Post(Emit emit) {
  if (queue_) {
    queue_->PostTask([self = shared_from_this(), epoch = epoch_, emit = std::move(emit)] {
      if (self->callback_ && self->InEpoch(epoch)) {
        emit(*self);
      }
    });
  }
}

std::optional<ExternalEncoder::Task> ExternalEncoder::Pop() {
  const MutexLock lock(&mutex_);
  if (tasks_.empty()) {
    return std::nullopt;
  }
  std::optional<Task> task = std::move(tasks_.front());
  tasks_.pop_front();
  if (const auto* encode = std::get_if<Encode>(&*task)) {
    --waiting_;
    if (pending_.size() == kPending) {
      GiveUp(pending_.front());
      pending_.pop_front();
    }
    pending_.push_back({.rtp_timestamp = encode->frame.rtp_timestamp(),
                        .width = encode->frame.width(),
                        .height = encode->frame.height(),
                        .key_frame = encode->key_frame});
  }
  return task;
}

bool ExternalEncoder::Deliver(Picture picture) {
  const MutexLock lock(&mutex_);
  const auto found =
      std::ranges::find(pending_, picture.rtp_timestamp, [](const Pending& each) { return each.rtp_timestamp; });
  if (found == pending_.end()) {
    ++counts_.late;
    return false;
  }
  EncodedImage image;
  image.SetEncodedData(std::move(picture.data));
  image.SetRtpTimestamp(picture.rtp_timestamp);
  image.set_frame_type(picture.key_frame ? webrtc::VideoFrameType::kVideoFrameKey
                                         : webrtc::VideoFrameType::kVideoFrameDelta);
  image._encodedWidth = static_cast<uint32_t>(picture.width.value_or(found->width));
  image._encodedHeight = static_cast<uint32_t>(picture.height.value_or(found->height));
  image.qp_ = picture.qp.value_or(-1);
  std::for_each(pending_.begin(), found, [&](const Pending& each) {
    mutex_.AssertHeld();
    GiveUp(each);
  });
  begun_ = begun_ || picture.key_frame;
  const bool begun = begun_;
  if (begun) {
    Post([image = std::move(image)](ExternalEncoder& self) {
      const webrtc::CodecSpecificInfo info = SpecificsOf(self.codec_.format, image);
      self.callback_->OnEncodedImage(image, &info);
    });
  } else {
    key_frame_due_ = true;
    GiveUp(*found);
  }
  pending_.erase(pending_.begin(), std::next(found));
  return begun;
}

void ExternalEncoder::Skip(uint32_t rtp_timestamp) {
  const MutexLock lock(&mutex_);
  const auto found = std::ranges::find(pending_, rtp_timestamp, [](const Pending& each) { return each.rtp_timestamp; });
  if (found != pending_.end()) {
    GiveUp(*found);
    pending_.erase(found);
  }
}

void ExternalEncoder::Fail() {
  const MutexLock lock(&mutex_);
  failed_ = true;
}

bool ExternalEncoder::closed() const {
  const MutexLock lock(&mutex_);
  return closed_;
}

ExternalEncoder::Counts ExternalEncoder::counts() const {
  const MutexLock lock(&mutex_);
  return counts_;
}

bool ExternalEncoder::Push(Task task) {
  tasks_.push_back(std::move(task));
  return tasks_.size() == 1;
}

void ExternalEncoder::GiveUp(const Pending& picture) {
  ++counts_.dropped;
  key_frame_due_ = key_frame_due_ || picture.key_frame;
  Post([rtp_timestamp = picture.rtp_timestamp](ExternalEncoder& self) {
    self.callback_->OnFrameDropped(rtp_timestamp, 0, /*is_end_of_temporal_unit=*/true);
  });
}

bool ExternalEncoder::InEpoch(uint64_t epoch) const {
  const MutexLock lock(&mutex_);
  return epoch == epoch_;
}

}  // namespace pywebrtc
