#include "core/peer_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/audio_source.h"
#include "core/object.h"
#include "core/video_source.h"
#include "loop.h"
#include "peer.h"

namespace pywebrtc {
namespace {

using webrtc::RTCErrorType;
using Pc = webrtc::PeerConnectionInterface;

class PeerConnectionTest : public testing::Test {
 protected:
  void TearDown() override {
    // Messages that nobody read hold what they announce.
    loop.mailbox->Close();
    EXPECT_THAT(LiveObjects(), testing::IsEmpty());
  }

  Loop loop;
};

TEST_F(PeerConnectionTest, ConnectsAndItsStateTravelsWithTheOperation) {
  Peer offerer(loop), answerer(loop);
  auto channel = offerer.CreateChannel("channel");
  OperationDone done = offerer.SetLocal();
  ASSERT_TRUE(done.error.ok()) << done.error.message();
  EXPECT_EQ(done.state->signaling_state, Pc::kHaveLocalOffer);
  ASSERT_TRUE(done.state->descriptions.pending_local);
  EXPECT_EQ(done.state->descriptions.pending_local->type, webrtc::SdpType::kOffer);
  EXPECT_FALSE(done.state->descriptions.current_local);

  done = answerer.SetRemote(offerer.Local());
  EXPECT_EQ(done.state->signaling_state, Pc::kHaveRemoteOffer);
  EXPECT_EQ(done.state->can_trickle_ice_candidates, true);
  done = answerer.SetLocal();
  EXPECT_EQ(done.state->signaling_state, Pc::kStable);
  done = offerer.SetRemote(answerer.Local());
  EXPECT_EQ(done.state->signaling_state, Pc::kStable);
  EXPECT_TRUE(done.state->descriptions.current_local);
  EXPECT_FALSE(done.state->descriptions.pending_local);
  ASSERT_TRUE(done.state->sctp);
  EXPECT_GT(done.state->sctp->max_message_size, 0);

  offerer.TrickleTo(answerer);
  answerer.TrickleTo(offerer);
  EXPECT_TRUE(loop.RunUntil([&] { return channel->open(); }));
}

TEST_F(PeerConnectionTest, ConnectsWithoutTrickle) {
  Peer offerer(loop), answerer(loop);
  auto channel = offerer.CreateChannel("channel");
  ASSERT_TRUE(offerer.SetLocal().error.ok());
  // The snapshot of the last candidate has them all.
  ASSERT_TRUE(loop.RunUntil([&] { return !offerer.candidates.empty(); }));
  loop.RunFor(std::chrono::milliseconds(200));
  OperationDone stats = offerer.Await([](auto& pc, auto operation) { pc.GetStats(operation); });
  EXPECT_GT(std::get<StatsReport>(stats.value)->size(), 0u);
  OperationDone offer = offerer.Await([](auto& pc, auto operation) { pc.CreateOffer(operation, {}); });
  ASSERT_TRUE(offer.error.ok());
  EXPECT_TRUE(std::get<Description>(offer.value).sdp.starts_with("v=0\r\n"));
  ASSERT_TRUE(answerer.SetRemote(*offer.state->descriptions.pending_local).error.ok());
  ASSERT_TRUE(answerer.SetLocal().error.ok());
  ASSERT_TRUE(offerer.SetRemote(answerer.Local()).error.ok());
  EXPECT_TRUE(loop.RunUntil([&] { return channel->open(); }));
}

TEST_F(PeerConnectionTest, OperationsEndInTheOrderOfTheirCalls) {
  Peer peer(loop);
  auto channel = peer.CreateChannel("channel");
  const OperationId offer = peer.NextOperation();
  const OperationId local = peer.NextOperation();
  const OperationId again = peer.NextOperation();
  peer.native->CreateOffer(offer, {});
  peer.native->SetLocalDescription(local, std::nullopt);
  peer.native->CreateOffer(again, {});
  EXPECT_EQ(peer.Result(offer).state->signaling_state, Pc::kStable);
  EXPECT_EQ(peer.Result(local).state->signaling_state, Pc::kHaveLocalOffer);
  EXPECT_TRUE(peer.Result(again).error.ok());
}

TEST_F(PeerConnectionTest, NegotiationIsNeededOnce) {
  Peer peer(loop);
  auto channel = peer.CreateChannel("channel");
  ASSERT_TRUE(loop.RunUntil([&] { return !peer.negotiations.empty(); }));
  EXPECT_TRUE(peer.native->ShouldFireNegotiationNeeded(peer.negotiations.back()).MoveValue());
  ASSERT_TRUE(peer.SetLocal().error.ok());
  EXPECT_FALSE(peer.native->ShouldFireNegotiationNeeded(peer.negotiations.back()).MoveValue());
}

TEST_F(PeerConnectionTest, AfterCloseEveryOperationEndsWithInvalidState) {
  Peer peer(loop);
  auto source = VideoSource::Create(false).MoveValue();
  auto track = source->CreateTrack("track").MoveValue();
  auto transceiver = peer.native->AddTrack(track, {}).MoveValue().transceiver;
  ASSERT_TRUE(peer.SetLocal().error.ok());
  const Description offer = peer.Local();
  peer.native->Close();
  peer.native->Close();
  const std::vector<std::function<void(PeerConnection&, OperationId)>> verbs{
      [](auto& pc, auto operation) { pc.CreateOffer(operation, {}); },
      [](auto& pc, auto operation) { pc.CreateAnswer(operation, {}); },
      [](auto& pc, auto operation) { pc.SetLocalDescription(operation, std::nullopt); },
      [&](auto& pc, auto operation) { pc.SetLocalDescription(operation, offer); },
      [&](auto& pc, auto operation) { pc.SetRemoteDescription(operation, offer); },
      [](auto& pc, auto operation) { pc.AddIceCandidate(operation, "", "0", 0); },
      [](auto& pc, auto operation) { pc.GetStats(operation); }};
  for (const auto& verb : verbs) {
    EXPECT_EQ(peer.Await(verb).error.type(), RTCErrorType::INVALID_STATE);
  }
  EXPECT_EQ(peer.native->CreateDataChannel("late", {}).error().type(), RTCErrorType::INVALID_STATE);
  EXPECT_EQ(peer.native->AddTrack(track, {}).error().type(), RTCErrorType::INVALID_STATE);
  EXPECT_EQ(peer.native->RemoveTrack(transceiver).error().type(), RTCErrorType::INVALID_STATE);
  EXPECT_EQ(peer.native->ShouldFireNegotiationNeeded(1).error().type(), RTCErrorType::INVALID_STATE);
  peer.native->RestartIce();
  loop.RunFor(std::chrono::milliseconds(20));
  EXPECT_EQ(peer.closed, 1);
}

TEST_F(PeerConnectionTest, AClosedOneTellsItsLastStatistics) {
  Peer offerer(loop), answerer(loop);
  auto channel = offerer.CreateChannel("channel");
  Connect(offerer, answerer);
  const OperationDone before =
      offerer.Await([](auto& pc, auto operation) { pc.GetStats(operation); });  // one that is kept for the next
  channel->Send("four");
  offerer.native->Close();
  ASSERT_TRUE(loop.RunUntil([&] { return offerer.closed > 0; }));
  ASSERT_TRUE(offerer.last_stats);
  EXPECT_NE(offerer.last_stats, std::get<StatsReport>(before.value));
  EXPECT_EQ(offerer.last_stats->size(), std::get<StatsReport>(before.value)->size());
}

TEST_F(PeerConnectionTest, ItsFingerprintIsThatOfItsDescriptions) {
  Peer peer(loop);
  const auto [algorithm, digest] = peer.native->fingerprint();
  auto channel = peer.CreateChannel("channel");
  ASSERT_TRUE(peer.SetLocal().error.ok());
  EXPECT_NE(peer.Local().sdp.find("a=fingerprint:" + algorithm + " " + digest + "\r\n"), std::string::npos);
}

TEST_F(PeerConnectionTest, IsClosedAndLetGoOfAtAnyMoment) {
  for (int step = 0; step < 12; ++step) {
    Peer offerer(loop), answerer(loop);
    auto channel = offerer.CreateChannel("channel");
    const OperationId local = offerer.NextOperation();
    offerer.native->SetLocalDescription(local, std::nullopt);
    if (step > 2) {
      ASSERT_TRUE(offerer.Result(local).error.ok());
      answerer.native->SetRemoteDescription(answerer.NextOperation(), offerer.Local());
      answerer.native->SetLocalDescription(answerer.NextOperation(), std::nullopt);
      answerer.native->GetStats(answerer.NextOperation());
    }
    if (step > 5) {
      loop.RunFor(std::chrono::milliseconds(step));
    }
    if (step % 3 == 1) {
      offerer.native->Close();
    }
    if (step % 3 == 2) {
      answerer.native->Close();
    }
  }
}

TEST_F(PeerConnectionTest, RefusesGarbageSdpAndGoesOn) {
  Peer peer(loop), other(loop);
  auto channel = other.CreateChannel("channel");
  ASSERT_TRUE(other.SetLocal().error.ok());
  const Description good = other.Local();

  std::vector<std::string> garbage{"",
                                   "v=0",
                                   "v=0\r\n",
                                   "\r\n",
                                   std::string(1 << 20, 'a'),
                                   std::string(1000, '\0'),
                                   "\xff\xfe\x80",
                                   good.sdp + "a=candidate:x\r\n"};
  for (size_t length = 1; length < good.sdp.size(); length += 7) {
    garbage.push_back(good.sdp.substr(0, length));
  }
  for (size_t at = 0; at < good.sdp.size(); at += 11) {
    std::string broken = good.sdp;
    broken[at] = '\x7f';
    garbage.push_back(std::move(broken));
  }
  size_t refused = 0;
  for (const std::string& sdp : garbage) {
    OperationDone done = peer.SetRemote({webrtc::SdpType::kOffer, sdp});
    if (done.error.ok()) {
      // A cut may leave a shorter offer, a broken byte one in a name: back to where we were.
      ASSERT_TRUE(peer.SetRemote({webrtc::SdpType::kRollback, ""}).error.ok());
    } else {
      ++refused;
      EXPECT_FALSE(std::string(done.error.message()).empty());
      done = peer.SetRemote(good);
      EXPECT_TRUE(done.error.ok()) << done.error.message() << "\nafter\n" << sdp;
      if (!done.error.ok()) {
        break;
      }
      ASSERT_TRUE(peer.SetRemote({webrtc::SdpType::kRollback, ""}).error.ok());
    }
    EXPECT_FALSE(peer.Await([&](auto& pc, auto operation) {
                       pc.SetLocalDescription(operation, Description{webrtc::SdpType::kAnswer, sdp});
                     })
                     .error.ok());
  }
  EXPECT_GT(refused, garbage.size() / 2);
  Negotiate(other, peer);
  other.TrickleTo(peer);
  peer.TrickleTo(other);
  EXPECT_TRUE(loop.RunUntil([&] { return channel->open(); }));
}

TEST_F(PeerConnectionTest, TellsTheLineThatTheParserRefused) {
  Peer peer(loop);
  OperationDone done =
      peer.SetRemote({webrtc::SdpType::kOffer, "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=nonsense\r\n"});
  EXPECT_EQ(done.error.type(), RTCErrorType::OPERATION_ERROR_WITH_DATA);
  EXPECT_EQ(done.error.error_detail(), webrtc::RTCErrorDetailType::SDP_SYNTAX_ERROR);
  EXPECT_EQ(done.sdp_line, 5);
}

// libwebrtc itself would refuse every later description, too.
TEST_F(PeerConnectionTest, RefusesBadIceParametersAndGoesOn) {
  Peer peer(loop), other(loop);
  auto channel = other.CreateChannel("channel");
  ASSERT_TRUE(other.SetLocal().error.ok());
  const Description good = other.Local();
  for (const char* parameter : {"a=ice-ufrag:", "a=ice-pwd:"}) {
    for (const char* value : {"\x7f\x7f\x7f\x7f", "x", ""}) {
      std::string sdp = good.sdp;
      const size_t begin = sdp.find(parameter) + std::string(parameter).size();
      sdp.replace(begin, sdp.find('\r', begin) - begin, value);
      EXPECT_FALSE(peer.SetRemote({webrtc::SdpType::kOffer, sdp}).error.ok()) << parameter << value;
    }
  }
  Negotiate(other, peer);
}

TEST_F(PeerConnectionTest, RefusesGarbageCandidatesAndWrongStates) {
  Peer peer(loop);
  const auto add = [&](std::string candidate, std::string mid, int index) {
    return peer.Await([&](auto& pc, auto operation) { pc.AddIceCandidate(operation, candidate, mid, index); })
        .error.type();
  };
  const std::string good = "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host";
  EXPECT_NE(add(good, "0", 0), RTCErrorType::NONE) << "there is no remote description";
  for (const char* text : {"x", "candidate:", "candidate:1 1 udp", "\xff", "candidate:1 1 udp -1 :: 99999 typ host"}) {
    EXPECT_NE(add(text, "0", 0), RTCErrorType::NONE) << text;
  }
  EXPECT_EQ(peer.Await([](auto& pc, auto operation) { pc.CreateAnswer(operation, {}); }).error.type(),
            RTCErrorType::INVALID_STATE);

  Peer other(loop);
  auto channel = peer.CreateChannel("channel");
  Negotiate(peer, other);
  EXPECT_EQ(add(good, "0", 0), RTCErrorType::NONE);
  EXPECT_NE(add(good, "no such mid", 0), RTCErrorType::NONE);
  EXPECT_NE(add("garbage", "0", 0), RTCErrorType::NONE);
  EXPECT_TRUE(loop.RunUntil([&] { return channel->open(); }));
}

TEST_F(PeerConnectionTest, RefusesABadConfiguration) {
  PeerConnection::Configuration configuration;
  configuration.servers.emplace_back().urls = {"nonsense:example.org"};
  auto created = PeerConnection::Create(loop.mailbox, configuration);
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().type(), RTCErrorType::SYNTAX_ERROR);
  configuration.servers[0].urls = {"turn:example.org"};
  created = PeerConnection::Create(loop.mailbox, configuration);
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.error().type(), RTCErrorType::INVALID_PARAMETER);
}

TEST_F(PeerConnectionTest, ATransceiverKeepsItsHandle) {
  Peer peer(loop);
  auto source = AudioSource::Create(48000, 1, 100).MoveValue();
  const AudioLine line(source, "track");
  const auto& track = line.track;
  const TransceiverSnapshot added = peer.native->AddTrack(track, {"stream"}).MoveValue();
  EXPECT_EQ(added.direction, webrtc::RtpTransceiverDirection::kSendRecv);
  EXPECT_FALSE(added.mid);
  EXPECT_EQ(peer.native->AddTrack(track, {}).error().type(), RTCErrorType::INVALID_PARAMETER);
  const OperationDone done = peer.SetLocal();
  ASSERT_EQ(done.state->transceivers.size(), 1u);
  EXPECT_EQ(done.state->transceivers[0].transceiver, added.transceiver);
  EXPECT_EQ(done.state->transceivers[0].mid, "0");
  const TransceiverSnapshot removed = peer.native->RemoveTrack(added.transceiver).MoveValue();
  EXPECT_EQ(removed.transceiver, added.transceiver);
  EXPECT_EQ(removed.direction, webrtc::RtpTransceiverDirection::kRecvOnly);
  track->SetEnabled(false);
}

TEST_F(PeerConnectionTest, ManyConnectAtOnceOverAllLanes) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int round = 0; round < 3; ++round) {
        Loop own;
        Peer offerer(own), answerer(own);
        auto channel = offerer.CreateChannel("channel");
        Connect(offerer, answerer);
        EXPECT_TRUE(own.RunUntil([&] { return channel->open() && !answerer.announced.empty(); }));
        channel->Send("hello");
        EXPECT_TRUE(own.RunUntil([&] { return answerer.announced[0]->messages.size() == 1; }));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace pywebrtc
