// When a channel opens.
#pragma once

#include "api/data_channel_interface.h"
#include "api/scoped_refptr.h"
#include "steps.h"

namespace bench {

class Opening : public webrtc::DataChannelObserver {
 public:
  Opening(webrtc::scoped_refptr<webrtc::DataChannelInterface> channel, Latch& open)
      : channel_(std::move(channel)), open_(open) {
    channel_->RegisterObserver(this);
  }
  ~Opening() override { channel_->UnregisterObserver(); }

  // When it did; valid once the latch is down.
  double time() const { return time_; }

 private:
  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnMessage(const webrtc::DataBuffer& /*message*/) override {}
  void OnStateChange() override {
    if (channel_->state() == webrtc::DataChannelInterface::kOpen) {
      time_ = Now();
      open_.Down();
    }
  }

  const webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  Latch& open_;
  double time_ = 0;
};

}  // namespace bench
