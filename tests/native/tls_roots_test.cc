#include "core/tls_roots.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "rtc_base/ssl_identity.h"

namespace pywebrtc {
namespace {

std::unique_ptr<webrtc::SSLIdentity> SelfSigned(const char* name) {
  return webrtc::SSLIdentity::Create(name, webrtc::KeyParams::ECDSA());
}

std::string FileOf(const std::string& name, const std::string& text) {
  std::string file = testing::TempDir() + name;
  std::ofstream(file) << text;
  return file;
}

webrtc::SSLCertChain Chain(const webrtc::SSLIdentity& identity) {
  return webrtc::SSLCertChain(identity.certificate().Clone());
}

TEST(TlsRoots, VouchForWhatIsThereOnly) {
  auto known = SelfSigned("known"), other = SelfSigned("other");
  const std::string file = FileOf("known.pem", known->certificate().ToPEMString());
  EXPECT_TRUE(CheckTlsRoots(file).ok());
  auto verifier = CreateTlsVerifier(file);
  EXPECT_TRUE(verifier->VerifyChain(Chain(*known)));
  EXPECT_FALSE(verifier->VerifyChain(Chain(*other)));
  EXPECT_FALSE(verifier->VerifyChain(webrtc::SSLCertChain(std::vector<std::unique_ptr<webrtc::SSLCertificate>>())));
}

TEST(TlsRoots, DoNotVouchForWhatHasExpired) {
  auto expired = webrtc::SSLIdentity::Create("expired", webrtc::KeyParams::ECDSA(), /*certificate_lifetime=*/-1);
  auto verifier = CreateTlsVerifier(FileOf("expired.pem", expired->certificate().ToPEMString()));
  EXPECT_FALSE(verifier->VerifyChain(Chain(*expired)));
}

TEST(TlsRoots, AreCertificates) {
  EXPECT_EQ(CheckTlsRoots("/nowhere").type(), webrtc::RTCErrorType::INVALID_PARAMETER);
  const std::string file = FileOf("none.pem", "not a certificate");
  EXPECT_EQ(CheckTlsRoots(file).type(), webrtc::RTCErrorType::INVALID_PARAMETER);
  EXPECT_FALSE(CreateTlsVerifier(file)->VerifyChain(Chain(*SelfSigned("x"))));
  EXPECT_FALSE(CreateTlsVerifier("")->VerifyChain(Chain(*SelfSigned("x"))));
}

TEST(TlsRoots, AreThoseOfTheEnvironment) {
  ::setenv("SSL_CERT_FILE", "/some/file", 1);
  EXPECT_EQ(SystemTlsRoots(), "/some/file");
}

}  // namespace
}  // namespace pywebrtc
