#include "core/external_decoder.h"

#include <utility>

#include "modules/video_coding/include/video_error_codes.h"

namespace pywebrtc {

using webrtc::EncodedImage;
using webrtc::MutexLock;

// What libwebrtc owns.
class ExternalDecoder::Adapter final : public webrtc::VideoDecoder {
 public:
  explicit Adapter(std::shared_ptr<ExternalDecoder> decoder) : decoder_(std::move(decoder)) {}
  ~Adapter() override { decoder_->End(); }

  bool Configure(const VideoDecoder::Settings& settings) override {
    const webrtc::RenderResolution size = settings.max_render_resolution();
    decoder_->Init({.width = size.Valid() ? size.Width() : 0, .height = size.Valid() ? size.Height() : 0});
    return true;
  }
  int32_t Decode(const EncodedImage& image, int64_t /*render_time_ms*/) override { return decoder_->Accept(image); }
  int32_t RegisterDecodeCompleteCallback(webrtc::DecodedImageCallback* callback) override {
    decoder_->Register(callback);
    return WEBRTC_VIDEO_CODEC_OK;
  }
  int32_t Release() override {
    decoder_->Release();
    return WEBRTC_VIDEO_CODEC_OK;
  }
  DecoderInfo GetDecoderInfo() const override {
    return {.implementation_name = decoder_->codec().implementation,
            .is_hardware_accelerated = decoder_->codec().hardware};
  }

 private:
  const std::shared_ptr<ExternalDecoder> decoder_;
};

std::unique_ptr<webrtc::VideoDecoder> ExternalDecoder::Create(const ExternalCodecs& codecs, size_t index) {
  return std::make_unique<Adapter>(std::shared_ptr<ExternalDecoder>(new ExternalDecoder(codecs, index)));
}

ExternalDecoder::ExternalDecoder(const ExternalCodecs& codecs, size_t index)
    : mailbox_(codecs.mailbox), owner_(codecs.target), index_(index), codec_(codecs.codecs[index]) {}

void ExternalDecoder::Init(const Settings& settings) {
  if (!std::exchange(announced_, true)) {
    mailbox_->Post(ExternalCodecMade{owner_, index_, shared_from_this()});
  }
  Push(settings);
}

void ExternalDecoder::Register(webrtc::DecodedImageCallback* callback) {
  callback_ = callback;
}

int32_t ExternalDecoder::Accept(const EncodedImage& image) {
  if (image.size() == 0) {
    return WEBRTC_VIDEO_CODEC_ERROR;
  }
  {
    const MutexLock lock(&mutex_);
    // Here, and not in Configure(), which libwebrtc may call elsewhere.
    queue_ = webrtc::TaskQueueBase::Current();
    broken_ = broken_ || waiting_ == kQueue;
    if (broken_ && (waiting_ == kQueue || !image.IsKey())) {
      ++counts_.dropped;
      // It asks for a key frame, and again from time to time.
      return WEBRTC_VIDEO_CODEC_ERROR;
    }
    broken_ = false;
    ++waiting_;
  }
  Push(image);
  return WEBRTC_VIDEO_CODEC_OK;
}

void ExternalDecoder::Release() {
  std::deque<Task> dropped;  // destroyed outside of the lock
  const MutexLock lock(&mutex_);
  queue_ = nullptr;
  counts_.dropped += std::exchange(waiting_, 0);
  dropped.swap(tasks_);
}

void ExternalDecoder::End() {
  Release();
  {
    const MutexLock lock(&mutex_);
    closed_ = true;
  }
  Push(Close());
}

std::optional<ExternalDecoder::Task> ExternalDecoder::Pop() {
  const MutexLock lock(&mutex_);
  if (tasks_.empty()) {
    return std::nullopt;
  }
  std::optional<Task> task = std::move(tasks_.front());
  tasks_.pop_front();
  waiting_ -= std::holds_alternative<EncodedImage>(*task) ? 1 : 0;
  return task;
}

void ExternalDecoder::Deliver(webrtc::VideoFrame frame) {
  const MutexLock lock(&mutex_);
  if (!queue_) {
    ++counts_.late;
    return;
  }
  queue_->PostTask([self = shared_from_this(), frame = std::move(frame)]() mutable {
    if (self->callback_) {
      self->callback_->Decoded(frame, std::nullopt, std::nullopt);
    }
  });
}

void ExternalDecoder::Fail() {
  const MutexLock lock(&mutex_);
  broken_ = true;
}

bool ExternalDecoder::closed() const {
  const MutexLock lock(&mutex_);
  return closed_;
}

ExternalDecoder::Counts ExternalDecoder::counts() const {
  const MutexLock lock(&mutex_);
  return counts_;
}

void ExternalDecoder::Push(Task task) {
  bool first = false;
  {
    const MutexLock lock(&mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
}

}  // namespace pywebrtc
