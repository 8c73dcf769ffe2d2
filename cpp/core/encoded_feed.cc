#include "core/encoded_feed.h"

#include <algorithm>

#include "api/video/i420_buffer.h"

namespace pywebrtc {

using webrtc::MutexLock;

void EncodedFeed::Watch(std::shared_ptr<Mailbox> mailbox) {
  const MutexLock lock(&mutex_);
  watcher_ = std::move(mailbox);
  posted_ = false;
  if (state_.key_frame_wanted || !rates_.empty()) {
    Post();
  }
}

EncodedFeed::State EncodedFeed::Take() {
  {
    const MutexLock lock(&mutex_);
    posted_ = false;
  }
  // What changes from here on is posted anew.
  State taken = state();
  if (taken.key_frame_wanted) {
    const MutexLock lock(&mutex_);
    state_.key_frame_wanted = false;
  }
  return taken;
}

EncodedFeed::State EncodedFeed::state() const {
  const MutexLock lock(&mutex_);
  State state = state_;
  for (const auto& [encoder, rates] : rates_) {
    state.bitrate = std::min(state.bitrate.value_or(rates.first), rates.first);
    state.framerate = std::min(state.framerate.value_or(rates.second), rates.second);
  }
  return state;
}

void EncodedFeed::WantKeyFrame() {
  const MutexLock lock(&mutex_);
  state_.key_frame_wanted = true;
  Post();
}

void EncodedFeed::SetRates(const void* encoder, int64_t bitrate, double framerate) {
  const MutexLock lock(&mutex_);
  if (const std::pair rates(bitrate, framerate); !rates_.contains(encoder) || rates_[encoder] != rates) {
    rates_[encoder] = rates;
    Post();
  }
}

void EncodedFeed::Leave(const void* encoder) {
  const MutexLock lock(&mutex_);
  if (rates_.erase(encoder) > 0) {
    Post();
  }
}

void EncodedFeed::Drop() {
  const MutexLock lock(&mutex_);
  ++state_.dropped;
}

void EncodedFeed::Refuse() {
  const MutexLock lock(&mutex_);
  ++state_.refused;
}

void EncodedFeed::Post() {
  if (watcher_ && !std::exchange(posted_, true)) {
    watcher_->Post(WantsChanged{key_});
  }
}

const EncodedBuffer* EncodedBuffer::Of(const webrtc::VideoFrameBuffer& buffer) {
  return buffer.type() == Type::kNative ? dynamic_cast<const EncodedBuffer*>(&buffer) : nullptr;
}

webrtc::scoped_refptr<webrtc::I420BufferInterface> EncodedBuffer::ToI420() {
  const auto black = webrtc::I420Buffer::Create(width_, height_);
  webrtc::I420Buffer::SetBlack(black.get());
  return black;
}

webrtc::scoped_refptr<webrtc::VideoFrameBuffer> EncodedBuffer::CropAndScale(int /*offset_x*/,
                                                                            int /*offset_y*/,
                                                                            int /*crop_width*/,
                                                                            int /*crop_height*/,
                                                                            int /*scaled_width*/,
                                                                            int /*scaled_height*/) {
  return webrtc::scoped_refptr<webrtc::VideoFrameBuffer>(this);
}

}  // namespace pywebrtc
