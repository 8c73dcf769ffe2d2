#include "peer.h"

#include <utility>

#include "core/engine.h"

namespace pywebrtc {
namespace {

// Machines that run tests may have no other interface; and the threads end where they are expected to.
class EngineEnvironment : public testing::Environment {
  void SetUp() override {
    EXPECT_TRUE(Engine::Configure({.network_threads = 2, .loopback = true, .field_trials = ""}).ok());
  }
  void TearDown() override { Engine::Shutdown(); }
};

[[maybe_unused]] auto* const environment = testing::AddGlobalTestEnvironment(new EngineEnvironment);

using ConnectionState = webrtc::PeerConnectionInterface::PeerConnectionState;

}  // namespace

Channel::Channel(Loop& loop_of_test, std::shared_ptr<DataChannel> channel)
    : loop(loop_of_test), native(std::move(channel)) {
  loop.handlers[native->key()] = [this](const Event& event) {
    if (const auto* received = std::get_if<DataChannelMessages>(&event)) {
      EXPECT_TRUE(open()) << "a message overtook its channel's open event";
      for (const DataChannelMessage& message : received->messages) {
        messages.push_back({std::string(message.data.cdata<char>(), message.data.size()), message.binary});
      }
    } else if (const auto* changed = std::get_if<DataChannelStateChanged>(&event)) {
      EXPECT_NE(state, changed->state);
      state = changed->state;
    } else if (const auto* sent = std::get_if<DataChannelSent>(&event)) {
      sent_bytes += sent->bytes->exchange(0);
    }
  };
}

Channel::~Channel() {
  loop.handlers.erase(native->key());
}

Peer::Peer(Loop& loop_of_test) : loop(loop_of_test) {
  auto created = PeerConnection::Create(loop.mailbox, {});
  EXPECT_TRUE(created.ok()) << created.error().message();
  native = created.MoveValue();
  loop.handlers[native->key()] = [this](const Event& event) { Handle(event); };
}

Peer::~Peer() {
  loop.handlers.erase(native->key());
  for (const auto& [key, unused] : transports) {
    loop.handlers.erase(key);
  }
}

void Peer::Handle(const Event& event) {
  if (const auto* done = std::get_if<OperationDone>(&event)) {
    if (done->state) {
      state = done->state;
      Watch();
    }
    done_.emplace(done->operation, *done);
  } else if (const auto* gathered = std::get_if<IceCandidateGathered>(&event)) {
    candidates.push_back(gathered->candidate);
    if (trickle_) {
      TrickleTo(*trickle_);
    }
  } else if (const auto* channel = std::get_if<DataChannelAnnounced>(&event)) {
    announced.push_back(std::make_unique<Channel>(loop, channel->channel));
  } else if (const auto* needed = std::get_if<NegotiationNeeded>(&event)) {
    negotiations.push_back(needed->event_id);
  } else if (const auto* end = std::get_if<PeerConnectionClosed>(&event)) {
    ++closed;
    last_stats = end->last_stats;
  }
}

void Peer::Watch() {
  std::map<Key, webrtc::DtlsTransportState> used;
  const auto use = [&](Key key) {
    used.emplace(key, transports.contains(key) ? transports.at(key) : webrtc::DtlsTransportState::kNew);
    loop.handlers[key] = [this, key](const Event& event) {
      if (const auto* changed = std::get_if<DtlsTransportChanged>(&event)) {
        transports[key] = changed->state;
      }
    };
  };
  for (const TransceiverSnapshot& transceiver : state->transceivers) {
    if (transceiver.transport) {
      use(*transceiver.transport);
    }
  }
  if (state->sctp) {
    use(state->sctp->dtls_transport);
  }
  for (const auto& [key, unused] : transports) {
    if (!used.contains(key)) {
      loop.handlers.erase(key);
    }
  }
  transports = std::move(used);
}

bool Peer::connected() const {
  return !transports.empty() && std::ranges::all_of(transports, [](const auto& transport) {
    return transport.second == webrtc::DtlsTransportState::kConnected;
  });
}

OperationDone Peer::Result(OperationId operation) {
  EXPECT_TRUE(loop.RunUntil([&] { return done_.contains(operation); })) << "operation " << operation << " hangs";
  auto node = done_.extract(operation);
  if (node.empty()) {
    return {native->key(), operation, webrtc::RTCError::InternalError("it hangs"), {}, nullptr, std::nullopt};
  }
  return std::move(node.mapped());
}

std::unique_ptr<Channel> Peer::CreateChannel(const std::string& label, const webrtc::DataChannelInit& init) {
  auto created = native->CreateDataChannel(label, init);
  EXPECT_TRUE(created.ok()) << created.error().message();
  return std::make_unique<Channel>(loop, created.MoveValue());
}

Description Peer::Local() const {
  const Descriptions& descriptions = state->descriptions;
  return descriptions.pending_local ? *descriptions.pending_local : descriptions.current_local.value();
}

void Peer::TrickleTo(Peer& other) {
  trickle_ = &other;
  for (const Candidate& candidate : std::exchange(candidates, {})) {
    other.native->AddIceCandidate(other.NextOperation(), candidate.candidate, candidate.sdp_mid,
                                  candidate.sdp_mline_index);
  }
}

AudioLine::AudioLine(const std::shared_ptr<AudioSource>& source, const std::string& id)
    : feed(AudioFeed::Create().MoveValue()), track(feed->CreateTrack(id).MoveValue()) {
  source->AddFeed(feed);
}

void Negotiate(Peer& offerer, Peer& answerer) {
  const auto succeeds = [](const OperationDone& done) { ASSERT_TRUE(done.error.ok()) << done.error.message(); };
  ASSERT_NO_FATAL_FAILURE(succeeds(offerer.SetLocal()));
  ASSERT_NO_FATAL_FAILURE(succeeds(answerer.SetRemote(offerer.Local())));
  ASSERT_NO_FATAL_FAILURE(succeeds(answerer.SetLocal()));
  ASSERT_NO_FATAL_FAILURE(succeeds(offerer.SetRemote(answerer.Local())));
  offerer.TrickleTo(answerer);
  answerer.TrickleTo(offerer);
}

void Connect(Peer& offerer, Peer& answerer) {
  ASSERT_NO_FATAL_FAILURE(Negotiate(offerer, answerer));
  ASSERT_TRUE(offerer.loop.RunUntil([&] { return offerer.connected() && answerer.connected(); }));
}

}  // namespace pywebrtc
