// A connection with its signalling, and the connections of one side of a measurement.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/data_channel_interface.h"
#include "api/peer_connection_interface.h"
#include "engine.h"
#include "json.h"
#include "link.h"

namespace bench {

// Who measures. The offerer's engine may be the answerer's too.
struct Side {
  Engine& engine;
  Link& link;
  const Options& options;
  // Both sides are in this process: what it uses is counted once, by the offerer.
  bool shared;
  // So that two peers in a process live on two network threads, where there are two.
  size_t first_lane;
};

class Peer : private webrtc::PeerConnectionObserver {
 public:
  Peer(Side& side, int index);
  ~Peer() override;

  webrtc::PeerConnectionInterface& pc() { return *pc_; }
  webrtc::Thread& network() { return *lane_.network; }
  webrtc::PeerConnectionFactoryInterface& factory() { return *lane_.factory; }

  webrtc::scoped_refptr<webrtc::DataChannelInterface> CreateChannel(const std::string& label, bool ordered);
  void Offer();
  // Signaling thread.
  void OnMessage(const Message& message);

  // What is made of a description before it is sent.
  std::function<std::string(std::string)> munge;
  // Signaling thread.
  std::function<void(webrtc::scoped_refptr<webrtc::DataChannelInterface>)> on_channel;
  std::function<void(webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>)> on_track;

 private:
  class Completion;

  void OnSignalingChange(webrtc::PeerConnectionInterface::SignalingState /*state*/) override {}
  void OnDataChannel(webrtc::scoped_refptr<webrtc::DataChannelInterface> channel) override;
  void OnTrack(webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver) override;
  void OnIceGatheringChange(webrtc::PeerConnectionInterface::IceGatheringState state) override;
  void OnIceCandidate(const webrtc::IceCandidate* candidate) override;

  void SetLocal();
  void SendDescription();

  Side& side_;
  Lane& lane_;
  const int index_;
  const bool trickle_;
  webrtc::scoped_refptr<webrtc::PeerConnectionInterface> pc_;
  // Signaling thread. Candidates that were found before the description went out.
  bool described_ = false;
  std::vector<Message> candidates_;
};

class Peers {
 public:
  // `made` prepares each connection that the other side offers.
  explicit Peers(Side& side, std::function<void(Peer&, int index)> made = {});
  ~Peers();

  Peer& Make(int index);
  // Closes it here and there.
  void Close(int index);
  size_t size();

 private:
  void OnMessage(const Message& message);

  Side& side_;
  const std::function<void(Peer&, int)> made_;
  std::mutex mutex_;
  std::map<int, std::unique_ptr<Peer>> peers_;
};

}  // namespace bench
