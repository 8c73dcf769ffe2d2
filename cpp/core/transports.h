// The transports of a connection, watched on its network thread: ICE below DTLS, and SCTP on top of one.
//
// The connection's states are derived from theirs, by whoever gets the messages.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "api/dtls_transport_interface.h"
#include "api/environment/environment.h"
#include "api/scoped_refptr.h"
#include "api/sctp_transport_interface.h"
#include "core/mailbox.h"
#include "p2p/base/ice_transport_internal.h"
#include "p2p/dtls/dtls_transport_factory.h"
#include "rtc_base/thread.h"

namespace pywebrtc {

// Network thread: what is below the DTLS transports whose peer has shown another certificate than it had announced.
using WrongFingerprints = std::set<const webrtc::IceTransportInternal*>;

// libwebrtc's transports, which are entered in `wrong` while they have failed for that reason.
std::unique_ptr<webrtc::DtlsTransportFactory> CreateDtlsTransportFactory(const webrtc::Environment& env,
                                                                         std::shared_ptr<WrongFingerprints> wrong);

// Signaling thread. It outlives the connection's native transports, which know it.
class Transports {
 public:
  Transports(std::shared_ptr<Mailbox> mailbox, webrtc::Thread* network, std::shared_ptr<const WrongFingerprints> wrong);
  ~Transports();
  Transports(const Transports&) = delete;
  Transports& operator=(const Transports&) = delete;

  // The key of a transport, for ever; its messages begin with the next Report().
  Key Watch(const webrtc::scoped_refptr<webrtc::DtlsTransportInterface>& transport);
  Key Watch(const webrtc::scoped_refptr<webrtc::SctpTransportInterface>& transport);

  // Call it when the message that names new transports was posted: what they are like follows that.
  void Report();

 private:
  class Watcher;
  class DtlsWatcher;
  class SctpWatcher;

  template <class WatcherOf, class Transport>
  Key WatchOnce(const webrtc::scoped_refptr<Transport>& transport);

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::Thread* const network_;
  const std::shared_ptr<const WrongFingerprints> wrong_fingerprints_;
  // By native object. They stay: it tells them until the connection is closed, and identity is for ever.
  std::map<const void*, std::unique_ptr<Watcher>> watchers_;
  std::vector<Watcher*> unreported_;
};

}  // namespace pywebrtc
