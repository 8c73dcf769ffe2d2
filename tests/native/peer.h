// A connection and its channels, driven by a Loop: what peerconnection.py is, in small.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/audio_feed.h"
#include "core/audio_source.h"
#include "core/data_channel.h"
#include "core/peer_connection.h"
#include "loop.h"

namespace pywebrtc {

struct Message {
  std::string data;
  bool binary;
};

// One end of a data channel.
class Channel {
 public:
  Channel(Loop& loop, std::shared_ptr<DataChannel> native);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void Send(const std::string& data, bool binary = true) {
    native->Send(webrtc::CopyOnWriteBuffer(data.data(), data.size()), binary);
  }
  bool open() const { return state == webrtc::DataChannelInterface::kOpen; }
  bool closed() const { return state == webrtc::DataChannelInterface::kClosed; }

  Loop& loop;
  std::shared_ptr<DataChannel> native;
  webrtc::DataChannelInterface::DataState state = webrtc::DataChannelInterface::kConnecting;
  std::vector<Message> messages;
  uint64_t sent_bytes = 0;
};

class Peer {
 public:
  explicit Peer(Loop& loop);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Runs an awaitable verb, `verb(connection, operation)`, to its end.
  template <class Verb>
  OperationDone Await(const Verb& verb) {
    const OperationId operation = ++operations_;
    verb(*native, operation);
    return Result(operation);
  }
  // The end of an operation that was begun with NextOperation().
  OperationDone Result(OperationId operation);
  OperationId NextOperation() { return ++operations_; }

  OperationDone SetLocal() {
    return Await([](auto& pc, auto operation) { pc.SetLocalDescription(operation, std::nullopt); });
  }
  OperationDone SetRemote(Description description) {
    return Await([&](auto& pc, auto operation) { pc.SetRemoteDescription(operation, std::move(description)); });
  }
  std::unique_ptr<Channel> CreateChannel(const std::string& label, const webrtc::DataChannelInit& init = {});

  bool connected() const;
  // What the other peer needs of us.
  Description Local() const;
  // Candidates go to it from now on, those that were gathered before included.
  void TrickleTo(Peer& other);

  Loop& loop;
  std::shared_ptr<PeerConnection> native;
  std::shared_ptr<const PeerSnapshot> state;
  // Those in use, by key.
  std::map<Key, webrtc::DtlsTransportState> transports;
  std::vector<std::unique_ptr<Channel>> announced;
  std::vector<Candidate> candidates;
  std::vector<uint32_t> negotiations;
  int closed = 0;
  StatsReport last_stats;

 private:
  void Handle(const Event& event);
  // The transports that the state names.
  void Watch();

  OperationId operations_ = 0;
  std::map<OperationId, OperationDone> done_;
  Peer* trickle_ = nullptr;
};

// The track of an audio source: AudioSource in Python, in small.
struct AudioLine {
  AudioLine(const std::shared_ptr<AudioSource>& source, const std::string& id);

  std::shared_ptr<AudioFeed> feed;
  std::shared_ptr<Track> track;
};

// One offer and one answer, candidates trickled.
void Negotiate(Peer& offerer, Peer& answerer);

// Negotiate, and wait for both to be connected.
void Connect(Peer& offerer, Peer& answerer);

}  // namespace pywebrtc
