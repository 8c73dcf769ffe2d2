// A data channel: sends go down in batches, everything that happens goes up from the network thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "api/data_channel_interface.h"
#include "api/function_view.h"
#include "api/priority.h"
#include "api/scoped_refptr.h"
#include "api/task_queue/pending_task_safety_flag.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread.h"

namespace pywebrtc {

class DataChannel final : public Object, private webrtc::DataChannelObserver {
 public:
  // What never changes, as the channel was created or announced.
  struct Information {
    std::string label;
    std::string protocol;
    bool ordered;
    bool negotiated;
    std::optional<int> max_packet_life_time;
    std::optional<int> max_retransmits;
    std::optional<int> id;
    webrtc::PriorityValue priority;
  };

  const Information& information() const { return information_; }

  // Any thread. Queued; everything that is queued when the network thread comes round goes in one
  // task. The caller has checked state and size.
  void Send(const webrtc::CopyOnWriteBuffer& data, bool binary);

  // Any thread. Closes after all that was sent before has left: SCTP's stream reset would discard
  // whole messages that still wait (RFC 8831 section 6.7 wants them delivered).
  void Close();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  friend class PeerConnection;

  // Signaling thread.
  DataChannel(std::shared_ptr<Mailbox> mailbox,
              webrtc::scoped_refptr<webrtc::DataChannelInterface> channel,
              webrtc::Thread* network);
  // Starts the events. `announce` tells Python of the channel, on the network thread, before the first.
  void Observe(webrtc::FunctionView<void()> announce);
  void Dispose() override;

  // webrtc::DataChannelObserver, on the network thread: it only enqueues.
  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnStateChange() override;
  void OnMessage(const webrtc::DataBuffer& buffer) override;
  void OnBufferedAmountChange(uint64_t sent) override;

  // Network thread.
  void Flush();
  void CloseWhenSent();
  void PostStateIfChanged();

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::Thread* const network_;
  // Network thread.
  const webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_ = webrtc::PendingTaskSafetyFlag::CreateDetached();
  // Bytes that have left and that Python has not heard of.
  const std::shared_ptr<std::atomic<uint64_t>> sent_ = std::make_shared<std::atomic<uint64_t>>(0);
  const Information information_;

  // Network thread; `channel_` is null once disposed of.
  webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  webrtc::DataChannelInterface::DataState posted_state_ = webrtc::DataChannelInterface::kConnecting;
  bool closing_ = false;

  webrtc::Mutex mutex_;
  std::vector<webrtc::DataBuffer> unsent_ RTC_GUARDED_BY(mutex_);
  // The network thread comes round to Flush().
  bool flushing_ RTC_GUARDED_BY(mutex_) = false;
};

}  // namespace pywebrtc
