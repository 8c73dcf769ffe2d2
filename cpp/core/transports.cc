#include "core/transports.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <utility>

#include "core/engine.h"
#include "core/object.h"
#include "p2p/base/ice_transport_internal.h"
#include "p2p/dtls/dtls_transport.h"
#include "rtc_base/buffer.h"
#include "rtc_base/ssl_certificate.h"

namespace pywebrtc {
namespace {

std::vector<std::string> Der(const webrtc::SSLCertChain* chain) {
  std::vector<std::string> certificates;
  for (size_t i = 0; chain && i < chain->GetSize(); ++i) {
    webrtc::Buffer der;
    chain->Get(i).ToDER(&der);
    certificates.emplace_back(der.data<char>(), der.size());
  }
  return certificates;
}

class DtlsTransport final : public webrtc::DtlsTransportInternalImpl {
 public:
  DtlsTransport(const webrtc::Environment& env,
                webrtc::scoped_refptr<webrtc::IceTransportInterface> ice,
                const webrtc::CryptoOptions& crypto_options,
                webrtc::SSLProtocolVersion max_version,
                std::shared_ptr<WrongFingerprints> wrong)
      : DtlsTransportInternalImpl(env, std::move(ice), crypto_options, max_version),
        ice_(ice_transport()),
        wrong_(std::move(wrong)) {
    SubscribeDtlsHandshakeError(this, [this](webrtc::SSLHandshakeError) {
      // libwebrtc does not tell this one, but the reason is still there.
      if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        wrong_->insert(ice_);
      }
    });
  }
  ~DtlsTransport() override { wrong_->erase(ice_); }
  DtlsTransport(const DtlsTransport&) = delete;
  DtlsTransport& operator=(const DtlsTransport&) = delete;

 private:
  const webrtc::IceTransportInternal* const ice_;
  const std::shared_ptr<WrongFingerprints> wrong_;
};

class DtlsTransportFactory final : public webrtc::DtlsTransportFactory {
 public:
  DtlsTransportFactory(const webrtc::Environment& env, std::shared_ptr<WrongFingerprints> wrong)
      : env_(env), wrong_(std::move(wrong)) {}

  std::unique_ptr<webrtc::DtlsTransportInternal> CreateDtlsTransport(
      webrtc::scoped_refptr<webrtc::IceTransportInterface> ice,
      const webrtc::CryptoOptions& crypto_options,
      webrtc::SSLProtocolVersion max_version) override {
    return std::make_unique<DtlsTransport>(env_, std::move(ice), crypto_options, max_version, wrong_);
  }

 private:
  const webrtc::Environment env_;
  const std::shared_ptr<WrongFingerprints> wrong_;
};

}  // namespace

std::unique_ptr<webrtc::DtlsTransportFactory> CreateDtlsTransportFactory(const webrtc::Environment& env,
                                                                         std::shared_ptr<WrongFingerprints> wrong) {
  return std::make_unique<DtlsTransportFactory>(env, std::move(wrong));
}

// Lives on the signaling thread, is told things on the network thread, and until libwebrtc's transport is gone:
// that is what Close() of the connection waits for.
class Transports::Watcher {
 public:
  explicit Watcher(const Transports& transports) : mailbox(transports.mailbox_), key(NextKey()) {}
  virtual ~Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Network thread: tell what the transport is like now, and whatever happens to it from now on.
  virtual void Start() = 0;

  const std::shared_ptr<Mailbox> mailbox;
  const Key key;

 protected:
  // The way over the signaling thread is that of libwebrtc's own news, candidates and ended operations:
  // only so is their order kept.
  void PostInOrder(Event event) {
    Engine::PostToSignaling(
        [mailbox = mailbox, event = std::move(event)]() mutable { mailbox->Post(std::move(event)); });
  }
};

class Transports::DtlsWatcher final : public Watcher, private webrtc::DtlsTransportObserverInterface {
 public:
  DtlsWatcher(const Transports& transports, webrtc::scoped_refptr<webrtc::DtlsTransportInterface> transport)
      : Watcher(transports), transport_(std::move(transport)), wrong_fingerprints_(transports.wrong_fingerprints_) {}

  void Start() override {
    mailbox->Post(Dtls(transport_->Information()));
    transport_->RegisterObserver(this);
    webrtc::IceTransportInternal* ice = transport_->ice_transport()->internal();
    if (!ice) {  // discarded already
      return;
    }
    mailbox->Post(Ice(*ice));
    if (ice->gathering_state() != webrtc::kIceGatheringNew) {
      // Whoever has gathered has begun to; the end comes after the candidates, which are under way.
      mailbox->Post(IceTransportGathering{key, webrtc::kIceGatheringGathering});
      PostInOrder(IceTransportGathering{key, ice->gathering_state()});
    }
    ice->AddGatheringStateCallback(this, [this](webrtc::IceTransportInternal* transport) {
      PostInOrder(IceTransportGathering{key, transport->gathering_state()});
    });
    ice->SubscribeIceTransportStateChanged(
        this, [this](webrtc::IceTransportInternal* transport) { PostInOrder(Ice(*transport)); });
    ice->SubscribeRoleConflict(this, [this](webrtc::IceTransportInternal* transport) { PostInOrder(Ice(*transport)); });
    ice->SubscribeNetworkRouteChanged(
        this, [this, ice](const std::optional<webrtc::NetworkRoute>&) { PostInOrder(Ice(*ice)); });
  }

 private:
  void OnStateChange(webrtc::DtlsTransportInformation information) override { PostInOrder(Dtls(information)); }
  // libwebrtc never calls it: the reason of a failure is found in OnStateChange().
  void OnError(webrtc::RTCError) override {}

  DtlsTransportChanged Dtls(const webrtc::DtlsTransportInformation& information) const {
    return {key, information.state(), Der(information.remote_ssl_certificates()),
            wrong_fingerprints_->contains(transport_->ice_transport()->internal())};
  }

  IceTransportChanged Ice(const webrtc::IceTransportInternal& ice) const {
    IceTransportChanged changed{key, ice.GetIceTransportState(), ice.GetIceRole(), std::nullopt};
    if (const auto pair = ice.GetSelectedCandidatePair()) {
      changed.selected = {pair->local.ToCandidateAttribute(true), pair->remote.ToCandidateAttribute(true)};
    }
    return changed;
  }

  const webrtc::scoped_refptr<webrtc::DtlsTransportInterface> transport_;
  const std::shared_ptr<const WrongFingerprints> wrong_fingerprints_;
};

class Transports::SctpWatcher final : public Watcher, private webrtc::SctpTransportObserverInterface {
 public:
  SctpWatcher(const Transports& transports, webrtc::scoped_refptr<webrtc::SctpTransportInterface> transport)
      : Watcher(transports), transport_(std::move(transport)) {}

  void Start() override {
    OnStateChange(transport_->Information());
    transport_->RegisterObserver(this);
  }

 private:
  // The channels that open with it say so from this thread, too.
  void OnStateChange(webrtc::SctpTransportInformation information) override {
    mailbox->Post(SctpTransportChanged{key, information.state(), information.MaxChannels()});
  }

  const webrtc::scoped_refptr<webrtc::SctpTransportInterface> transport_;
};

Transports::Transports(std::shared_ptr<Mailbox> mailbox,
                       webrtc::Thread* network,
                       std::shared_ptr<const WrongFingerprints> wrong)
    : mailbox_(std::move(mailbox)), network_(network), wrong_fingerprints_(std::move(wrong)) {}

Transports::~Transports() = default;

template <class WatcherOf, class Transport>
Key Transports::WatchOnce(const webrtc::scoped_refptr<Transport>& transport) {
  std::unique_ptr<Watcher>& watcher = watchers_[transport.get()];
  if (!watcher) {
    watcher = std::make_unique<WatcherOf>(*this, transport);
    unreported_.push_back(watcher.get());
  }
  return watcher->key;
}

Key Transports::Watch(const webrtc::scoped_refptr<webrtc::DtlsTransportInterface>& transport) {
  return WatchOnce<DtlsWatcher>(transport);
}

Key Transports::Watch(const webrtc::scoped_refptr<webrtc::SctpTransportInterface>& transport) {
  return WatchOnce<SctpWatcher>(transport);
}

void Transports::Report() {
  if (unreported_.empty()) {
    return;
  }
  network_->BlockingCall([this] {
    for (Watcher* watcher : unreported_) {
      watcher->Start();
    }
  });
  unreported_.clear();
}

}  // namespace pywebrtc
