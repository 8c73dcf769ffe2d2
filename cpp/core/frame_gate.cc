#include "core/frame_gate.h"

#include <utility>

namespace pywebrtc {

using webrtc::MutexLock;
using webrtc::TransformableFrameInterface;
using webrtc::TransformedFrameCallback;

namespace {

// Packets that only probe for bandwidth come out of an audio depacketizer as frames of their own.
bool IsPadding(const TransformableFrameInterface& frame) {
  return frame.GetDirection() == TransformableFrameInterface::Direction::kReceiver && frame.GetData().empty();
}

}  // namespace

FrameGate::FrameGate(Key key,
                     std::shared_ptr<Mailbox> mailbox,
                     bool video,
                     size_t capacity,
                     std::function<void()> installed)
    : key_(key), mailbox_(std::move(mailbox)), video_(video), capacity_(capacity), installed_(std::move(installed)) {}

void FrameGate::SetClosed(bool closed) {
  std::deque<std::unique_ptr<EncodedFrame>> dropped;  // destroyed outside of the lock
  MutexLock lock(&mutex_);
  if (closed_ == closed) {
    return;
  }
  closed_ = closed;
  dropped.swap(ring_);
  counts_.late += dropped.size();
  // What passes now may refer to what was dropped.
  key_frame_wish_ = video_ && (key_frame_wish_ || !dropped.empty());
  for (auto& [ssrc, stream] : streams_) {
    key_frame_wish_ = key_frame_wish_ || std::exchange(stream.broken, false);
  }
}

void FrameGate::End() {
  std::deque<std::unique_ptr<EncodedFrame>> dropped;
  std::map<uint32_t, Stream> streams;
  MutexLock lock(&mutex_);
  ended_ = true;
  dropped.swap(ring_);
  streams.swap(streams_);
}

std::unique_ptr<EncodedFrame> FrameGate::Pop() {
  MutexLock lock(&mutex_);
  if (ring_.empty()) {
    return nullptr;
  }
  std::unique_ptr<EncodedFrame> frame = std::move(ring_.front());
  ring_.pop_front();
  return frame;
}

FrameGate::HandedBack FrameGate::HandBack(EncodedFrame& frame) {
  if (!frame.held()) {
    return HandedBack::kTwice;
  }
  webrtc::scoped_refptr<TransformedFrameCallback> callback;
  {
    MutexLock lock(&mutex_);
    if (frame.number() <= last_handed_back_) {
      return HandedBack::kOutOfOrder;
    }
    if (const Stream* stream = closed_ ? Find(frame.info().ssrc) : nullptr) {
      callback = stream->callback;
      last_handed_back_ = frame.number();
    } else {
      ++counts_.late;
    }
  }
  std::unique_ptr<TransformableFrameInterface> native = frame.Take();
  if (!callback) {
    return HandedBack::kLate;
  }
  // libwebrtc posts it to the thread that it needs; it has a lock of its own, so ours is released.
  callback->OnTransformedFrame(std::move(native));
  return HandedBack::kOn;
}

bool FrameGate::installed() const {
  MutexLock lock(&mutex_);
  return !streams_.empty();
}

FrameGate::Counts FrameGate::counts() const {
  MutexLock lock(&mutex_);
  return counts_;
}

size_t FrameGate::waiting() const {
  MutexLock lock(&mutex_);
  return ring_.size();
}

bool FrameGate::TakeKeyFrameWish() {
  MutexLock lock(&mutex_);
  return ring_.size() < capacity_ && std::exchange(key_frame_wish_, false);
}

void FrameGate::Transform(std::unique_ptr<TransformableFrameInterface> frame) {
  webrtc::scoped_refptr<TransformedFrameCallback> straight_on;
  std::unique_ptr<EncodedFrame> oldest;  // destroyed outside of the lock
  bool first = false;
  {
    MutexLock lock(&mutex_);
    if (ended_) {
      return;
    }
    if (!closed_ || IsPadding(*frame)) {
      if (const Stream* stream = Find(frame->GetSsrc())) {
        straight_on = stream->callback;
      }
    } else if (HasRoom(*frame)) {
      first = ring_.empty();
      if (ring_.size() == capacity_) {
        oldest = std::move(ring_.front());
        ring_.pop_front();
      }
      ring_.push_back(std::make_unique<EncodedFrame>(video_, next_number_++, std::move(frame)));
    }
  }
  if (straight_on) {
    straight_on->OnTransformedFrame(std::move(frame));
  }
  if (first) {
    mailbox_->Post(FramesWaiting{key_});
  }
}

// Counts what has none, or what goes for it.
bool FrameGate::HasRoom(const TransformableFrameInterface& frame) {
  const bool full = ring_.size() == capacity_;
  if (!video_) {
    counts_.overflowed += full ? 1 : 0;
    return true;
  }
  const bool key_frame = static_cast<const webrtc::TransformableVideoFrameInterface&>(frame).IsKeyFrame();
  Stream* stream = Find(frame.GetSsrc());
  const bool broken = stream && stream->broken && !key_frame;
  if (!full && !broken) {
    if (stream) {
      stream->broken = false;
    }
    return true;
  }
  ++counts_.overflowed;
  if (stream) {
    key_frame_wish_ = key_frame_wish_ || !stream->broken || key_frame;
    stream->broken = true;
  }
  return false;
}

FrameGate::Stream* FrameGate::Find(uint32_t ssrc) {
  const auto found = streams_.find(video_ ? ssrc : 0);
  return found == streams_.end() ? nullptr : &found->second;
}

void FrameGate::Register(uint32_t ssrc, webrtc::scoped_refptr<TransformedFrameCallback> callback) {
  {
    MutexLock lock(&mutex_);
    if (!ended_) {
      streams_[ssrc] = {.callback = std::move(callback)};
    }
  }
  installed_();
}

void FrameGate::Unregister(uint32_t ssrc) {
  Stream ended;  // destroyed outside of the lock
  {
    MutexLock lock(&mutex_);
    if (const auto found = streams_.find(ssrc); found != streams_.end()) {
      ended = std::move(found->second);
      streams_.erase(found);
    }
  }
  installed_();
}

void FrameGate::RegisterTransformedFrameCallback(webrtc::scoped_refptr<TransformedFrameCallback> callback) {
  Register(0, std::move(callback));
}

void FrameGate::RegisterTransformedFrameSinkCallback(webrtc::scoped_refptr<TransformedFrameCallback> callback,
                                                     uint32_t ssrc) {
  Register(ssrc, std::move(callback));
}

void FrameGate::UnregisterTransformedFrameCallback() {
  Unregister(0);
}

void FrameGate::UnregisterTransformedFrameSinkCallback(uint32_t ssrc) {
  Unregister(ssrc);
}

}  // namespace pywebrtc
