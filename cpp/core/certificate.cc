#include "core/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/engine.h"
#include "core/mailbox.h"
#include "rtc_base/rtc_certificate_generator.h"
#include "rtc_base/ssl_fingerprint.h"

namespace pywebrtc {
namespace {

// libwebrtc does not look, and finds it in the handshake.
bool BelongTogether(const std::string& private_key, const std::string& certificate) {
  const bssl::UniquePtr<BIO> key_text(BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())));
  const bssl::UniquePtr<BIO> text(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  const bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  const bssl::UniquePtr<X509> x509(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  return key && x509 && X509_check_private_key(x509.get(), key.get()) == 1;
}

}  // namespace

webrtc::RTCError Certificate::Generate(std::shared_ptr<Mailbox> mailbox,
                                       Key target,
                                       uint64_t operation,
                                       webrtc::KeyParams params,
                                       uint64_t expires_ms) {
  return Engine::PostToKeys([mailbox = std::move(mailbox), target, operation, params, expires_ms] {
    auto generated = webrtc::RTCCertificateGenerator::GenerateCertificate(params, expires_ms);
    OperationDone done{target, operation, webrtc::RTCError::OK(), {}, nullptr, std::nullopt};
    if (generated) {
      done.value = std::make_shared<Certificate>(std::move(generated));
    } else {
      done.error = webrtc::RTCError::InternalError("the certificate could not be generated");
    }
    mailbox->Post(std::move(done));
  });
}

webrtc::RTCErrorOr<std::shared_ptr<Certificate>> Certificate::FromPem(const std::string& private_key,
                                                                      const std::string& certificate) {
  if (!BelongTogether(private_key, certificate)) {
    return webrtc::RTCError::InvalidParameter("not a private key and its certificate");
  }
  auto native = webrtc::RTCCertificate::FromPEM({private_key, certificate});
  if (!native) {
    return webrtc::RTCError::InvalidParameter("libwebrtc does not take this kind of key or certificate");
  }
  return std::make_shared<Certificate>(std::move(native));
}

std::optional<Certificate::Fingerprint> Certificate::fingerprint() const {
  const auto native = webrtc::SSLFingerprint::CreateFromCertificate(*native_);
  if (!native) {  // signed with an algorithm that libwebrtc does not know
    return std::nullopt;
  }
  Fingerprint fingerprint{native->algorithm, native->GetRfc4572Fingerprint()};
  std::ranges::transform(fingerprint.value, fingerprint.value.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return fingerprint;
}

}  // namespace pywebrtc
