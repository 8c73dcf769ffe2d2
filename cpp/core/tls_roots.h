// Whom TLS to TURN servers is trusted by: the system's certificate authorities, besides the few dozen that
// are compiled into libwebrtc and that miss common ones.
#pragma once

#include <memory>
#include <string>

#include "api/rtc_error.h"
#include "rtc_base/ssl_certificate.h"

namespace pywebrtc {

// Whether the file has certificates, in PEM; INVALID_PARAMETER where it has none.
webrtc::RTCError CheckTlsRoots(const std::string& file);

// The file that OpenSSL's and Go's programs take on this machine; "" where there is none.
std::string SystemTlsRoots();

// Verifies chains by the certificates in `file`, which is read when the first one is to be verified.
// libwebrtc asks it about what its own certificates do not vouch for, and checks the name itself.
std::unique_ptr<webrtc::SSLCertificateVerifier> CreateTlsVerifier(std::string file);

}  // namespace pywebrtc
