// RTCCertificate: a key pair with its certificate, which never changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/snapshot.h"
#include "rtc_base/rtc_certificate.h"
#include "rtc_base/ssl_identity.h"

namespace pywebrtc {

class Mailbox;

class Certificate {
 public:
  // https://w3c.github.io/webrtc-pc/#dom-rtcdtlsfingerprint: as in SDP, but in lower case.
  struct Fingerprint {
    std::string algorithm;
    std::string value;
  };

  explicit Certificate(webrtc::scoped_refptr<webrtc::RTCCertificate> native) : native_(std::move(native)) {}

  // Awaitable, any thread. The keys are made on a thread that does nothing else: RSA takes seconds.
  static webrtc::RTCError Generate(std::shared_ptr<Mailbox> mailbox,
                                   Key target,
                                   uint64_t operation,
                                   webrtc::KeyParams params,
                                   uint64_t expires_ms);
  // INVALID_PARAMETER where they are malformed, or do not belong together.
  static webrtc::RTCErrorOr<std::shared_ptr<Certificate>> FromPem(const std::string& private_key,
                                                                  const std::string& certificate);

  // Milliseconds since the epoch.
  uint64_t expires() const { return native_->Expires(); }
  std::optional<Fingerprint> fingerprint() const;
  webrtc::RTCCertificatePEM pem() const { return native_->ToPEM(); }
  const webrtc::scoped_refptr<webrtc::RTCCertificate>& native() const { return native_; }

 private:
  const webrtc::scoped_refptr<webrtc::RTCCertificate> native_;
};

}  // namespace pywebrtc
