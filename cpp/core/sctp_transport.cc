#include "core/sctp_transport.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "api/data_channel_interface.h"
#include "api/priority.h"
#include "api/task_queue/pending_task_safety_flag.h"
#include "media/sctp/dcsctp_transport.h"
#include "media/sctp/sctp_transport_internal.h"
#include "pc/sctp_utils.h"

namespace pywebrtc {
namespace {

// Packets for one acknowledgement that one turn of the network thread receives may be answered with. As many as the
// acknowledgements that libwebrtc makes come in pairs: other senders send four packets for each.
constexpr int kMaxBurst = 32;

class SocketFactory final : public dcsctp::DcSctpSocketFactory {
 public:
  std::unique_ptr<dcsctp::DcSctpSocketInterface> Create(absl::string_view log_prefix,
                                                        dcsctp::DcSctpSocketCallbacks& callbacks,
                                                        std::unique_ptr<dcsctp::PacketObserver> packet_observer,
                                                        const dcsctp::DcSctpOptions& options) override {
    dcsctp::DcSctpOptions ours = options;
    // DTLS has found every error that a checksum would (RFC 9653); used where the peer offers it too.
    ours.zero_checksum_alternate_error_detection_method =
        dcsctp::ZeroChecksumAlternateErrorDetectionMethod::LowerLayerDtls();
    ours.max_burst = kMaxBurst;
    return DcSctpSocketFactory::Create(log_prefix, callbacks, std::move(packet_observer), ours);
  }
};

// Acknowledges once where a turn has several packets to acknowledge: the last acknowledgement says what all said.
// Not more than two become one, though, since other senders take each for a leave to send four packets.
class PacketTransport final : public webrtc::DcSctpTransport, private TurnEnd {
 public:
  PacketTransport(const webrtc::Environment& env,
                  webrtc::Thread* network,
                  webrtc::DtlsTransportInternal* dtls,
                  UdpSocketServer& sockets)
      : DcSctpTransport(env, network, dtls, std::make_unique<SocketFactory>()), sockets_(sockets) {}
  ~PacketTransport() override { sockets_.Forget(*this); }
  PacketTransport(const PacketTransport&) = delete;
  PacketTransport& operator=(const PacketTransport&) = delete;

 private:
  dcsctp::SendPacketStatus SendPacketWithStatus(std::span<const uint8_t> packet) override {
    if (!IsAcknowledgement(packet)) {
      return Send(packet);
    }
    if (held_.empty()) {
      held_.assign(packet.begin(), packet.end());
      sockets_.CallAtTurnEnd(*this);
      return dcsctp::SendPacketStatus::kSuccess;
    }
    held_.clear();
    sockets_.Forget(*this);
    return Send(packet);
  }

  void OnTurnEnd() override {
    Send(held_);
    held_.clear();
  }

  dcsctp::SendPacketStatus Send(std::span<const uint8_t> packet) {
    const webrtc::AsyncSocketPacketOptions options;
    const int sent =
        dtls_transport()->writable()
            ? dtls_transport()->SendPacket(reinterpret_cast<const char*>(packet.data()), packet.size(), options, 0)
            : -1;
    return sent < 0 ? dcsctp::SendPacketStatus::kError : dcsctp::SendPacketStatus::kSuccess;
  }

  // A packet with a SACK and nothing else (RFC 9260, 3.1 and 3.3.4).
  static bool IsAcknowledgement(std::span<const uint8_t> packet) {
    constexpr size_t kHeader = 12;
    constexpr uint8_t kSack = 3;
    if (packet.size() < kHeader + 4 || packet[kHeader] != kSack) {
      return false;
    }
    const size_t length = size_t{packet[kHeader + 2]} << 8 | packet[kHeader + 3];
    return packet.size() < kHeader + length + 4;  // but for padding
  }

  UdpSocketServer& sockets_;
  std::vector<uint8_t> held_;
};

// The association may stand, and channels may open, while the signaling thread still works on the answer that began
// it, and before anybody heard that DTLS is connected. So that news takes the way over the signaling thread, too.
// Where the association has ended meanwhile, it is no news any more: libwebrtc would ask how many streams there are.
//
// A channel that the remote peer opens is made on the network thread, announced on the signaling thread, and
// then opened in a task of the network thread; until then what it receives waits in it. If the remote peer
// closes it before, all of that is lost in libwebrtc, which delivers to open channels only. So the news that
// a channel closes takes the same way, to the signaling thread and back, and arrives after it has opened. The remote
// peer may use the stream again at once: what arrives on it stays behind that news. The stream itself is open from
// then on, though: libwebrtc forgets a reset of a stream that no channel has, and its sender would wait for ever.
class SctpTransport final : public webrtc::SctpTransportInternal, private webrtc::DataChannelSink {
 public:
  SctpTransport(const webrtc::Environment& env,
                webrtc::DtlsTransportInternal* dtls,
                webrtc::Thread* network,
                UdpSocketServer& sockets,
                webrtc::Thread* signaling)
      : transport_(std::make_unique<PacketTransport>(env, network, dtls, sockets)),
        network_(network),
        signaling_(signaling) {}

  void SetOnConnectedCallback(std::function<void()> callback) override {
    transport_->SetOnConnectedCallback([this, callback = std::move(callback)] {
      Later([this, callback] {
        if (stands()) {
          callback();
        }
      });
    });
  }
  void SetDataChannelSink(webrtc::DataChannelSink* sink) override {
    sink_ = sink;
    transport_->SetDataChannelSink(sink ? this : nullptr);
  }
  webrtc::DtlsTransportInternal* dtls_transport() const override { return transport_->dtls_transport(); }
  using webrtc::SctpTransportInternal::Start;
  bool Start(const webrtc::SctpOptions& options) override { return transport_->Start(options); }
  bool OpenStream(int sid, webrtc::PriorityValue priority) override {
    // What the remote peer has done with the stream meanwhile would be forgotten.
    return opened_.erase(sid) > 0 || transport_->OpenStream(sid, priority);
  }
  bool ResetStream(int sid) override {
    // Else it could be that of the next channel.
    return !IsClosing(sid) && transport_->ResetStream(sid);
  }
  webrtc::RTCError SendData(int sid,
                            const webrtc::SendDataParams& params,
                            const webrtc::CopyOnWriteBuffer& payload) override {
    // Refused from the reset on, for which libwebrtc would fail a channel that has not acknowledged its opening.
    return IsClosing(sid) ? webrtc::RTCError::OK() : transport_->SendData(sid, params, payload);
  }
  bool ReadyToSendData() override { return transport_->ReadyToSendData(); }
  int max_message_size() const override { return transport_->max_message_size(); }
  std::optional<int> max_outbound_streams() const override { return transport_->max_outbound_streams(); }
  std::optional<int> max_inbound_streams() const override { return transport_->max_inbound_streams(); }
  size_t buffered_amount(int sid) const override { return transport_->buffered_amount(sid); }
  size_t buffered_amount_low_threshold(int sid) const override {
    return transport_->buffered_amount_low_threshold(sid);
  }
  void SetBufferedAmountLowThreshold(int sid, size_t bytes) override {
    transport_->SetBufferedAmountLowThreshold(sid, bytes);
  }

 private:
  // webrtc::DataChannelSink, on the network thread.
  void OnTransportConnected() override {
    Later([this] {
      if (stands()) {
        connected_ = true;
        Tell(&webrtc::DataChannelSink::OnTransportConnected);
      }
    });
  }
  void OnDataReceived(int sid, webrtc::DataMessageType type, const webrtc::CopyOnWriteBuffer& buffer) override {
    if (!news_.contains(sid)) {
      Tell(&webrtc::DataChannelSink::OnDataReceived, sid, type, buffer);
      return;
    }
    std::string label;
    webrtc::DataChannelInit channel;
    const bool opens = type == webrtc::DataMessageType::kControl && webrtc::IsOpenMessage(buffer) &&
                       webrtc::ParseDataChannelOpenMessage(buffer, &label, &channel);
    if (opens) {
      opened_.insert(sid);
      transport_->OpenStream(sid, channel.priority.value_or(webrtc::PriorityValue(webrtc::Priority::kLow)));
    }
    Later(sid, {.task = [this, sid, type, buffer, opens] {
            Tell(&webrtc::DataChannelSink::OnDataReceived, sid, type, buffer);
            if (opens) {
              opened_.erase(sid);  // where libwebrtc refused the channel
            }
          }});
  }
  void OnReadyToSend() override {
    if (connected_) {
      Tell(&webrtc::DataChannelSink::OnReadyToSend);
    } else {
      Later([this] {
        if (connected_) {
          Tell(&webrtc::DataChannelSink::OnReadyToSend);
        }
      });
    }
  }
  void OnBufferedAmountLow(int sid) override { Tell(&webrtc::DataChannelSink::OnBufferedAmountLow, sid); }
  void OnMaxMessageSize(int size) override { Tell(&webrtc::DataChannelSink::OnMaxMessageSize, size); }
  void OnChannelClosing(int sid) override {
    Later(sid, {.closing = true, .task = [this, sid] { Tell(&webrtc::DataChannelSink::OnChannelClosing, sid); }});
  }
  void OnChannelClosed(int sid) override {
    Later(sid, {.task = [this, sid] { Tell(&webrtc::DataChannelSink::OnChannelClosed, sid); }});
  }
  void OnTransportClosed(webrtc::RTCError error) override {
    Later([this, error = std::move(error)] { Tell(&webrtc::DataChannelSink::OnTransportClosed, error); });
  }

  bool stands() const { return max_outbound_streams() && max_inbound_streams(); }

  template <class... Parameters, class... Arguments>
  void Tell(void (webrtc::DataChannelSink::*method)(Parameters...), const Arguments&... arguments) {
    if (sink_) {
      (sink_->*method)(arguments...);
    }
  }

  void Later(absl::AnyInvocable<void() &&> task) {
    signaling_->PostTask([network = network_, task = webrtc::SafeTask(safety_.flag(), std::move(task))]() mutable {
      network->PostTask(std::move(task));
    });
  }

  struct News {
    // The remote peer has reset the stream.
    bool closing = false;
    absl::AnyInvocable<void() &&> task;
  };

  void Later(int sid, News news) {
    std::deque<News>& waiting = news_[sid];
    waiting.push_back(std::move(news));
    if (waiting.size() == 1) {
      Later([this, sid] { Deliver(sid); });
    }
  }

  // In order, and each reset by a way of its own: it may follow the opening that was told just before.
  void Deliver(int sid) {
    std::deque<News>& waiting = news_[sid];
    do {
      std::move(waiting.front().task)();
      waiting.pop_front();
    } while (!waiting.empty() && !waiting.front().closing);
    if (waiting.empty()) {
      news_.erase(sid);
    } else {
      Later([this, sid] { Deliver(sid); });
    }
  }

  // Whether the remote peer has reset the stream, and libwebrtc has not heard of it.
  bool IsClosing(int sid) const {
    const auto waiting = news_.find(sid);
    return waiting != news_.end() && std::ranges::any_of(waiting->second, &News::closing);
  }

  const std::unique_ptr<webrtc::SctpTransportInternal> transport_;
  webrtc::Thread* const network_;
  webrtc::Thread* const signaling_;
  // Network thread.
  webrtc::DataChannelSink* sink_ = nullptr;
  // As libwebrtc was told.
  bool connected_ = false;
  // Of each stream, what libwebrtc has not heard yet.
  std::map<int, std::deque<News>> news_;
  // Streams that are open before libwebrtc has heard of their channels.
  std::set<int> opened_;
  webrtc::ScopedTaskSafety safety_;
};

class Factory final : public webrtc::SctpTransportFactoryInterface {
 public:
  Factory(webrtc::Thread* network, UdpSocketServer& sockets, webrtc::Thread* signaling)
      : network_(network), sockets_(sockets), signaling_(signaling) {}

  std::unique_ptr<webrtc::SctpTransportInternal> CreateSctpTransport(const webrtc::Environment& env,
                                                                     webrtc::DtlsTransportInternal* dtls) override {
    return std::make_unique<SctpTransport>(env, dtls, network_, sockets_, signaling_);
  }
  std::vector<uint8_t> GenerateConnectionToken(const webrtc::Environment& env) override {
    return webrtc::DcSctpTransport::GenerateConnectionToken(env);
  }

 private:
  webrtc::Thread* const network_;
  UdpSocketServer& sockets_;
  webrtc::Thread* const signaling_;
};

}  // namespace

std::unique_ptr<webrtc::SctpTransportFactoryInterface> CreateSctpTransportFactory(webrtc::Thread* network,
                                                                                  UdpSocketServer& sockets,
                                                                                  webrtc::Thread* signaling) {
  return std::make_unique<Factory>(network, sockets, signaling);
}

}  // namespace pywebrtc
