#include "peer.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "api/jsep.h"
#include "api/make_ref_counted.h"
#include "api/set_local_description_observer_interface.h"
#include "api/set_remote_description_observer_interface.h"

namespace bench {
namespace {

void Check(const webrtc::RTCError& error, const char* what) {
  if (!error.ok()) {
    std::fprintf(stderr, "%s: %s\n", what, error.message());
    std::exit(1);
  }
}

}  // namespace

class Peer::Completion : public webrtc::SetLocalDescriptionObserverInterface,
                         public webrtc::SetRemoteDescriptionObserverInterface {
 public:
  explicit Completion(std::function<void()> then) : then_(std::move(then)) {}
  void OnSetLocalDescriptionComplete(webrtc::RTCError error) override { Complete(error); }
  void OnSetRemoteDescriptionComplete(webrtc::RTCError error) override { Complete(error); }

 private:
  void Complete(const webrtc::RTCError& error) {
    Check(error, "description");
    then_();
  }

  const std::function<void()> then_;
};

Peer::Peer(Side& side, int index)
    : side_(side),
      lane_(side.engine.lane(side.first_lane + static_cast<size_t>(index))),
      index_(index),
      trickle_(side.options.Integer("trickle", 1) != 0) {
  webrtc::PeerConnectionInterface::RTCConfiguration configuration;
  configuration.sdp_semantics = webrtc::SdpSemantics::kUnifiedPlan;
  webrtc::PeerConnectionFactoryInterface::Options options;
  options.network_ignore_mask = side.engine.network_ignore_mask();
  lane_.factory->SetOptions(options);
  auto created = lane_.factory->CreatePeerConnectionOrError(configuration, webrtc::PeerConnectionDependencies(this));
  Check(created.error(), "connection");
  pc_ = created.MoveValue();
}

Peer::~Peer() {
  pc_->Close();
}

webrtc::scoped_refptr<webrtc::DataChannelInterface> Peer::CreateChannel(const std::string& label, bool ordered) {
  webrtc::DataChannelInit init;
  init.ordered = ordered;
  auto created = pc_->CreateDataChannelOrError(label, &init);
  Check(created.error(), "channel");
  return created.MoveValue();
}

void Peer::Offer() {
  side_.engine.signaling().PostTask([this] { SetLocal(); });
}

void Peer::OnMessage(const Message& message) {
  if (message.type == "candidate") {
    std::istringstream lines(message.text);
    std::string mid;
    std::string line_index;
    std::string candidate;
    std::getline(lines, mid);
    std::getline(lines, line_index);
    std::getline(lines, candidate);
    if (!candidate.empty()) {
      pc_->AddIceCandidate(webrtc::IceCandidate::Create(mid, std::atoi(line_index.c_str()), candidate),
                           [](const webrtc::RTCError& error) { Check(error, "candidate"); });
    }
    return;
  }
  const bool offer = message.type == "offer";
  pc_->SetRemoteDescription(
      webrtc::CreateSessionDescription(offer ? webrtc::SdpType::kOffer : webrtc::SdpType::kAnswer, message.text),
      webrtc::make_ref_counted<Completion>([this, offer] {
        if (offer) {
          SetLocal();
        }
      }));
}

void Peer::SetLocal() {
  pc_->SetLocalDescription(webrtc::make_ref_counted<Completion>([this] {
    if (trickle_) {
      SendDescription();
    }
  }));
}

void Peer::SendDescription() {
  const webrtc::SessionDescriptionInterface* description = pc_->local_description();
  std::string sdp = description->ToString();
  if (munge) {
    sdp = munge(std::move(sdp));
  }
  side_.link.Send({webrtc::SdpTypeToString(description->GetType()), index_, std::move(sdp)});
  described_ = true;
  for (Message& candidate : candidates_) {
    side_.link.Send(std::move(candidate));
  }
  candidates_.clear();
}

void Peer::OnDataChannel(webrtc::scoped_refptr<webrtc::DataChannelInterface> channel) {
  if (on_channel) {
    on_channel(std::move(channel));
  }
}

void Peer::OnTrack(webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver) {
  if (on_track) {
    on_track(std::move(transceiver));
  }
}

void Peer::OnIceGatheringChange(webrtc::PeerConnectionInterface::IceGatheringState state) {
  if (!trickle_ && state == webrtc::PeerConnectionInterface::kIceGatheringComplete) {
    SendDescription();
  }
}

void Peer::OnIceCandidate(const webrtc::IceCandidate* candidate) {
  if (!trickle_) {
    return;
  }
  Message message{
      "candidate", index_,
      candidate->sdp_mid() + "\n" + std::to_string(candidate->sdp_mline_index()) + "\n" + candidate->ToString()};
  if (described_) {
    side_.link.Send(std::move(message));
  } else {
    candidates_.push_back(std::move(message));
  }
}

Peers::Peers(Side& side, std::function<void(Peer&, int)> made) : side_(side), made_(std::move(made)) {
  side.link.Start([this](const Message& message) { OnMessage(message); });
}

Peers::~Peers() {
  side_.link.Start([](const Message& /*unused*/) {});
  // Whatever was posted before has run.
  side_.engine.signaling().BlockingCall([&] { peers_.clear(); });
}

Peer& Peers::Make(int index) {
  auto peer = std::make_unique<Peer>(side_, index);
  std::lock_guard lock(mutex_);
  return *(peers_[index] = std::move(peer));
}

void Peers::Close(int index) {
  side_.link.Send({"close", index, ""});
  std::unique_ptr<Peer> peer;
  std::lock_guard lock(mutex_);
  peer.swap(peers_[index]);
  peers_.erase(index);
}

size_t Peers::size() {
  std::lock_guard lock(mutex_);
  return peers_.size();
}

void Peers::OnMessage(const Message& message) {
  std::unique_ptr<Peer> closed;
  Peer* peer = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto found = peers_.find(message.index);
    if (found != peers_.end()) {
      peer = found->second.get();
      if (message.type == "close") {
        closed = std::move(found->second);
        peers_.erase(found);
      }
    }
  }
  if (!peer && message.type == "offer") {
    peer = &Make(message.index);
    if (made_) {
      made_(*peer, message.index);
    }
  }
  if (peer && !closed) {
    peer->OnMessage(message);
  }
}

}  // namespace bench
