#include "core/data_channel.h"

#include <utility>

namespace pywebrtc {
namespace {

DataChannel::Information Describe(const webrtc::DataChannelInterface& channel) {
  return {.label = channel.label(),
          .protocol = channel.protocol(),
          .ordered = channel.ordered(),
          .negotiated = channel.negotiated(),
          .max_packet_life_time = channel.maxPacketLifeTime(),
          .max_retransmits = channel.maxRetransmitsOpt(),
          .id = channel.id() >= 0 ? std::optional<int>(channel.id()) : std::nullopt,
          .priority = channel.priority()};
}

}  // namespace

DataChannel::DataChannel(std::shared_ptr<Mailbox> mailbox,
                         webrtc::scoped_refptr<webrtc::DataChannelInterface> channel,
                         webrtc::Thread* network)
    : Object("RTCDataChannel"),
      mailbox_(std::move(mailbox)),
      network_(network),
      information_(Describe(*channel)),
      channel_(std::move(channel)) {}

void DataChannel::Observe(webrtc::FunctionView<void()> announce) {
  // One task: a channel that the remote peer closes while it has no observer loses what it received.
  network_->BlockingCall([&] {
    announce();
    channel_->RegisterObserver(this);
    // The state may have changed before there was an observer.
    PostStateIfChanged();
  });
}

void DataChannel::Dispose() {
  // On this thread: on the network thread it would wait for this one.
  channel_->UnregisterObserver();
  // The channel's proxy wants its last reference to go here, too.
  webrtc::scoped_refptr<webrtc::DataChannelInterface> channel;
  network_->BlockingCall([&] {
    alive_->SetNotAlive();
    channel.swap(channel_);
    webrtc::MutexLock lock(&mutex_);
    unsent_.clear();
  });
}

void DataChannel::Send(const webrtc::CopyOnWriteBuffer& data, bool binary) {
  webrtc::MutexLock lock(&mutex_);
  unsent_.emplace_back(data, binary);
  if (!std::exchange(flushing_, true)) {
    // Runs before the object is deleted: its deleter goes through the signaling thread, whose
    // Dispose waits for the network thread.
    // Dispose() does not wait for it, but for what was posted before.
    network_->PostTask(webrtc::SafeTask(alive_, [this] { Flush(); }));
  }
}

void DataChannel::Flush() {
  std::vector<webrtc::DataBuffer> batch;
  {
    webrtc::MutexLock lock(&mutex_);
    // An announced channel is open for Python before it is for libwebrtc: what is sent meanwhile waits.
    if (!channel_ || channel_->state() == webrtc::DataChannelInterface::kConnecting) {
      flushing_ = false;
      return;
    }
    batch.swap(unsent_);
  }
  for (webrtc::DataBuffer& buffer : batch) {
    // A channel that closed meanwhile refuses; its close event follows and says so.
    channel_->Send(buffer);
  }
  webrtc::MutexLock lock(&mutex_);
  // What was queued meanwhile has woken nobody. It has its own turn: there are other sockets and channels.
  flushing_ = !unsent_.empty();
  if (flushing_) {
    network_->PostTask([this] { Flush(); });
  }
}

void DataChannel::Close() {
  network_->PostTask([this] {
    Flush();
    closing_ = true;
    CloseWhenSent();
  });
}

void DataChannel::CloseWhenSent() {
  if (!closing_ || !channel_) {
    return;
  }
  const auto state = channel_->state();
  bool unsent;
  {
    webrtc::MutexLock lock(&mutex_);
    unsent = !unsent_.empty();
  }
  if ((state == webrtc::DataChannelInterface::kConnecting && unsent) ||
      (state == webrtc::DataChannelInterface::kOpen && channel_->buffered_amount() != 0)) {
    return;
  }
  closing_ = false;
  channel_->Close();
}

void DataChannel::OnStateChange() {
  PostStateIfChanged();
}

void DataChannel::OnMessage(const webrtc::DataBuffer& buffer) {
  // What was received before the observer is delivered while it registers: "open" goes first.
  PostStateIfChanged();
  mailbox_->PostMessage(key(), {.data = buffer.data, .binary = buffer.binary});
}

void DataChannel::OnBufferedAmountChange(uint64_t sent) {
  // There is one for every acknowledgement: only the first that Python has not heard of is told.
  if (sent_->fetch_add(sent) == 0) {
    mailbox_->Post(DataChannelSent{key(), sent_});
  }
  if (closing_) {
    // Not from inside the callback: libwebrtc does not expect to be re-entered.
    network_->PostTask([this] { CloseWhenSent(); });
  }
}

void DataChannel::PostStateIfChanged() {
  const auto state = channel_->state();
  if (state == posted_state_) {
    return;
  }
  posted_state_ = state;
  mailbox_->Post(DataChannelStateChanged{key(), state, channel_->id(), channel_->error()});
  if (state == webrtc::DataChannelInterface::kOpen) {
    // Not from inside the callback, as above.
    network_->PostTask([this] {
      Flush();
      CloseWhenSent();
    });
  }
}

}  // namespace pywebrtc
