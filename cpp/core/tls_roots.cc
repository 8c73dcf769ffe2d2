#include "core/tls_roots.h"

#include <openssl/base.h>
#include <openssl/err.h>
#include <openssl/stack.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "rtc_base/buffer.h"

namespace pywebrtc {
namespace {

bssl::UniquePtr<X509_STORE> Load(const std::string& file) {
  bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  const bool loaded = X509_STORE_load_locations(store.get(), file.c_str(), nullptr) == 1;
  // What was wrong stays in a queue of this thread, where the next user of it would find it.
  ERR_clear_error();
  return loaded ? std::move(store) : nullptr;
}

bssl::UniquePtr<X509> Parse(const webrtc::SSLCertificate& certificate) {
  webrtc::Buffer der;
  certificate.ToDER(&der);
  const uint8_t* data = der.data();
  return bssl::UniquePtr<X509>(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

class TlsVerifier : public webrtc::SSLCertificateVerifier {
 public:
  explicit TlsVerifier(std::string file) : file_(std::move(file)) {}

  // On the network thread of the connection.
  bool VerifyChain(const webrtc::SSLCertChain& chain) override {
    if (!std::exchange(loaded_, true)) {
      roots_ = Load(file_);
    }
    if (!roots_ || chain.GetSize() == 0) {
      return false;
    }
    const bssl::UniquePtr<X509> leaf = Parse(chain.Get(0));
    const bssl::UniquePtr<STACK_OF(X509)> others(sk_X509_new_null());
    for (size_t i = 1; i < chain.GetSize(); ++i) {
      if (bssl::UniquePtr<X509> other = Parse(chain.Get(i))) {
        bssl::PushToStack(others.get(), std::move(other));
      }
    }
    const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
    const bool trusted = leaf && X509_STORE_CTX_init(context.get(), roots_.get(), leaf.get(), others.get()) == 1 &&
                         X509_STORE_CTX_set_default(context.get(), "ssl_server") == 1 &&
                         X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return trusted;
  }

 private:
  const std::string file_;
  bool loaded_ = false;
  bssl::UniquePtr<X509_STORE> roots_;
};

}  // namespace

webrtc::RTCError CheckTlsRoots(const std::string& file) {
  if (Load(file)) {
    return webrtc::RTCError::OK();
  }
  webrtc::RTCError error(webrtc::RTCErrorType::INVALID_PARAMETER, "tls_roots: there are no PEM certificates in ");
  error.string_builder() << file;
  return error;
}

std::string SystemTlsRoots() {
  if (const char* file = std::getenv("SSL_CERT_FILE")) {
    return file;
  }
  for (const char* file : {
           "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Gentoo, Arch
           "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
           "/etc/ssl/ca-bundle.pem",              // openSUSE
           "/etc/ssl/cert.pem",                   // Alpine, macOS
       }) {
    if (::access(file, R_OK) == 0) {
      return file;
    }
  }
  return "";
}

std::unique_ptr<webrtc::SSLCertificateVerifier> CreateTlsVerifier(std::string file) {
  return std::make_unique<TlsVerifier>(std::move(file));
}

}  // namespace pywebrtc
