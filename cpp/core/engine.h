// libwebrtc's threads and factories: started on first use, stopped once, at exit.
//
// One signaling thread, one worker, N network threads with a factory each; connections are spread
// over the factories in turn, so that DTLS, SRTP and SCTP use all cores.
//
// The engine is never destroyed and its threads are joined in one place only, Shutdown(). Posting to
// a thread that has stopped does nothing, so no caller needs to know whether the engine still runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "api/environment/environment.h"
#include "api/peer_connection_interface.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "api/units/time_delta.h"
#include "rtc_base/ssl_certificate.h"
#include "rtc_base/thread.h"

namespace pywebrtc {

class AudioClock;
class FarEnd;
class PixelWorkers;
struct ExternalCodecs;

struct EngineOptions {
  // 0: one a core, at least 2, at most 8.
  int network_threads = 0;
  // Whether addresses of loopback interfaces become candidates. Absent: where there is no other.
  std::optional<bool> loopback;
  // libwebrtc's field trial string, "Name/Value/".
  std::string field_trials;
  // A file of PEM certificates. Absent: the system's.
  std::optional<std::string> tls_roots = std::nullopt;
};

class Engine {
 public:
  // Before the engine has started; INVALID_STATE after, INVALID_PARAMETER for a malformed string.
  static webrtc::RTCError Configure(EngineOptions options);

  // Starts the engine where it does not run. Fails in a forked child and after Shutdown().
  static webrtc::RTCError Start();

  // Disposes of every object, stops and joins every thread. Idempotent; nothing starts again.
  static void Shutdown();

  // What libwebrtc's classes are made with, by the options; starts nothing.
  static webrtc::Environment CreateEnvironment();

  // Posts when the engine runs, else drops the task.
  static void PostToSignaling(absl::AnyInvocable<void() &&> task);

  // Starts the engine where it does not run; for what takes seconds of computing. Tasks run one after the other.
  static webrtc::RTCError PostToKeys(absl::AnyInvocable<void() &&> task);

  // Posts when the engine runs, else drops the task; for what waits for the machine's devices.
  static void PostToDevices(absl::AnyInvocable<void() &&> task, webrtc::TimeDelta delay = webrtc::TimeDelta::Zero());

  // Runs `task` on the signaling thread and waits for it; the error says why it could not run.
  static webrtc::RTCError CallOnSignaling(webrtc::FunctionView<webrtc::RTCError()> task);

  // Waits until the signaling thread has run what was posted before.
  static void Flush();

  // A factory and the network thread on which its connections live.
  struct Lane {
    const webrtc::Environment* env;
    webrtc::Thread* network;
    webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> factory;
    // Adapters whose addresses no connection uses.
    int network_ignore_mask;
    // As they were configured: a connection with its own replaces them.
    std::string field_trials;
  };
  // Signaling thread. The lanes in turn.
  static const Lane& NextLane();
  // Signaling thread. One for a connection with codecs of its own, on the lane's threads.
  static webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> CreateFactory(const Lane& lane,
                                                                                     const ExternalCodecs& codecs);
  // Signaling thread. For what belongs to no connection: tracks, capabilities.
  static webrtc::PeerConnectionFactoryInterface& Factory();

  // Whom TLS to TURN servers is trusted by; for one connection.
  static std::unique_ptr<webrtc::SSLCertificateVerifier> CreateTlsVerifier();

  // The clock that drives audio sources and the playout of remote audio.
  static AudioClock& audio_clock();

  // What is played, for those who take its echo out of what is recorded.
  static FarEnd& far_end();

  // Where pictures are converted for readers.
  static PixelWorkers& pixel_workers();

  // True in a process that was forked from one in which the engine ran.
  static bool forked();
  // Threads of the engine that run now, without those of pixel_workers() (libwebrtc starts more for each connection
  // with media).
  static int thread_count();
};

}  // namespace pywebrtc
