#include "core/engine.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "api/audio_codecs/builtin_audio_decoder_factory.h"
#include "api/audio_codecs/builtin_audio_encoder_factory.h"
#include "api/create_modular_peer_connection_factory.h"
#include "api/enable_media.h"
#include "api/environment/environment_factory.h"
#include "api/make_ref_counted.h"
#include "api/rtc_event_log/rtc_event_log_factory.h"
#include "core/audio_clock.h"
#include "core/external_codecs.h"
#include "core/far_end.h"
#include "core/field_trials.h"
#include "core/frame_origin.h"
#include "core/object.h"
#include "core/pixel_workers.h"
#include "core/playout_device.h"
#include "core/sctp_transport.h"
#include "core/socket_server.h"
#include "core/tls_roots.h"
#include "p2p/base/basic_packet_socket_factory.h"
#include "rtc_base/logging.h"
#include "rtc_base/ssl_adapter.h"
#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorType;

std::atomic<bool> forked_in_child{false};

RTCError ShutDown() {
  return RTCError::InvalidState("pywebrtc was shut down: the interpreter is exiting");
}

int DefaultNetworkThreads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 2, 8);
}

bool OnlyLoopbackIsUp() {
  ifaddrs* addresses = nullptr;
  if (::getifaddrs(&addresses) != 0) {
    return false;
  }
  bool other = false;
  for (ifaddrs* i = addresses; i; i = i->ifa_next) {
    const bool ip = i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
    other = other || (ip && (i->ifa_flags & IFF_UP) && !(i->ifa_flags & IFF_LOOPBACK));
  }
  ::freeifaddrs(addresses);
  return !other;
}

std::unique_ptr<webrtc::Thread> StartThread(std::unique_ptr<webrtc::Thread> thread, const std::string& name) {
  thread->SetName(name, nullptr);
  thread->Start();
  return thread;
}

// Never destroyed. Stop() takes things down in order; the threads are stopped and kept, so that a
// late post finds a thread that refuses it.
class Running {
 public:
  explicit Running(const EngineOptions& options)
      : env_(webrtc::CreateEnvironment(FieldTrials::Parse(options.field_trials))),
        signaling_(StartThread(webrtc::Thread::Create(), "webrtc-signal")),
        worker_(StartThread(webrtc::Thread::Create(), "webrtc-worker")),
        keys_(StartThread(webrtc::Thread::Create(), "webrtc-keys")),
        devices_(StartThread(webrtc::Thread::Create(), "webrtc-devices")),
        audio_clock_(std::make_unique<AudioClock>(env_)),
        tls_roots_(options.tls_roots.value_or(SystemTlsRoots())) {
    const int count = options.network_threads > 0 ? options.network_threads : DefaultNetworkThreads();
    const bool loopback = options.loopback.value_or(OnlyLoopbackIsUp());
    for (int i = 0; i < count; ++i) {
      network_.push_back(StartThread(std::make_unique<webrtc::Thread>(std::make_unique<UdpSocketServer>()),
                                     "webrtc-net-" + std::to_string(i)));
    }
    signaling_->BlockingCall([&] {
      for (auto& network : network_) {
        lanes_.push_back({.env = &env_,
                          .network = network.get(),
                          .factory = CreateFactory(network.get(), ExternalCodecs()),
                          .network_ignore_mask = loopback ? 0 : webrtc::kDefaultNetworkIgnoreMask,
                          .field_trials = options.field_trials});
      }
    });
  }

  void Stop() {
    // Those that are being opened are objects then, ...
    devices_->BlockingCall([] {});
    signaling_->BlockingCall([&] {
      ObjectAccess::DisposeAll();
      lanes_.clear();
    });
    // ... and are closed.
    devices_->BlockingCall([] {});
    devices_->Stop();
    audio_clock_->Stop();
    pixel_workers_.Stop();
    keys_->Stop();
    signaling_->Stop();
    worker_->Stop();
    for (auto& network : network_) {
      network->Stop();
    }
  }

  // False where the threads have stopped, or stop now: then there is nothing left that a task could use.
  bool BlockingCall(webrtc::FunctionView<void()> task) {
    bool ran = false;
    if (!signaling_->IsQuitting()) {
      signaling_->BlockingCall([&] {
        if (!lanes_.empty()) {
          task();
          ran = true;
        }
      });
    }
    return ran;
  }

  webrtc::Thread* signaling() { return signaling_.get(); }
  webrtc::Thread* keys() { return keys_.get(); }
  webrtc::Thread* devices() { return devices_.get(); }
  const webrtc::Environment& env() const { return env_; }
  AudioClock& audio_clock() { return *audio_clock_; }
  FarEnd& far_end() { return far_end_; }
  PixelWorkers& pixel_workers() { return pixel_workers_; }
  const std::string& tls_roots() const { return tls_roots_; }
  int thread_count() const { return static_cast<int>(network_.size()) + 5; }

  const Engine::Lane& NextLane() { return lanes_[next_lane_++ % lanes_.size()]; }
  webrtc::PeerConnectionFactoryInterface& Factory() { return *lanes_.front().factory; }

  webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> CreateFactory(webrtc::Thread* network,
                                                                              const ExternalCodecs& codecs) {
    webrtc::PeerConnectionFactoryDependencies dependencies;
    dependencies.env = env_;
    dependencies.signaling_thread = signaling_.get();
    dependencies.worker_thread = worker_.get();
    dependencies.network_thread = network;
    dependencies.socket_factory = network->socketserver();
    dependencies.packet_socket_factory = std::make_unique<webrtc::BasicPacketSocketFactory>(network->socketserver());
    dependencies.sctp_factory =
        CreateSctpTransportFactory(network, static_cast<UdpSocketServer&>(*network->socketserver()), signaling_.get());
    dependencies.event_log_factory = std::make_unique<webrtc::RtcEventLogFactory>();
    // A voice engine registers itself as the one callback of its device: each factory needs its own. The engine
    // lets go of it where it was made, on the worker.
    dependencies.adm =
        worker_->BlockingCall([&] { return webrtc::make_ref_counted<PlayoutDevice>(*audio_clock_, far_end_); });
    dependencies.audio_encoder_factory = webrtc::CreateBuiltinAudioEncoderFactory();
    dependencies.audio_decoder_factory = webrtc::CreateBuiltinAudioDecoderFactory();
    dependencies.video_encoder_factory = CreateVideoEncoderFactory(codecs);
    dependencies.video_decoder_factory = NameCodecs(CreateVideoDecoderFactory(codecs));
    webrtc::EnableMedia(dependencies);
    return webrtc::CreateModularPeerConnectionFactory(std::move(dependencies));
  }

 private:
  const webrtc::Environment env_;
  const std::unique_ptr<webrtc::Thread> signaling_;
  const std::unique_ptr<webrtc::Thread> worker_;
  // For what would keep media waiting.
  const std::unique_ptr<webrtc::Thread> keys_;
  const std::unique_ptr<webrtc::Thread> devices_;
  const std::unique_ptr<AudioClock> audio_clock_;
  FarEnd far_end_;
  PixelWorkers pixel_workers_;
  const std::string tls_roots_;
  std::vector<std::unique_ptr<webrtc::Thread>> network_;
  std::vector<Engine::Lane> lanes_;
  size_t next_lane_ = 0;
};

webrtc::Mutex start_mutex;
EngineOptions start_options RTC_GUARDED_BY(start_mutex);
bool stopped RTC_GUARDED_BY(start_mutex) = false;
// Never destroyed. Written once, under the mutex; read without it by whoever holds an object.
std::atomic<Running*> running{nullptr};

}  // namespace

RTCError Engine::Configure(EngineOptions options) {
  webrtc::MutexLock lock(&start_mutex);
  if (running.load() || stopped) {
    return RTCError::InvalidState("the engine runs already: configure it before the first connection");
  }
  if (options.network_threads < 0 || options.network_threads > 64) {
    return RTCError::InvalidRange("network_threads must be 0 (automatic) to 64");
  }
  if (!FieldTrials::Parse(options.field_trials)) {
    return RTCError::InvalidParameter("field_trials must look like \"Name/Value/Name2/Value2/\"");
  }
  if (options.tls_roots) {
    if (RTCError error = CheckTlsRoots(*options.tls_roots); !error.ok()) {
      return error;
    }
  }
  start_options = std::move(options);
  return RTCError::OK();
}

RTCError Engine::Start() {
  if (forked()) {
    return RTCError::InvalidState(
        "this process was forked from one that used pywebrtc: libwebrtc's threads do not exist here. "
        "Use multiprocessing's 'spawn' or 'forkserver' start method, or fork before the first connection");
  }
  if (running.load(std::memory_order_acquire) != nullptr) {
    webrtc::MutexLock lock(&start_mutex);
    return stopped ? ShutDown() : RTCError::OK();
  }
  webrtc::MutexLock lock(&start_mutex);
  if (stopped) {
    return ShutDown();
  }
  if (!running.load()) {
    webrtc::InitializeSSL();
    // Nothing goes to stderr; the log is for whoever asks for it (core/log.h).
    webrtc::LogMessage::SetLogToStderr(false);
    ::pthread_atfork(nullptr, nullptr, [] { forked_in_child.store(true); });
    running.store(new Running(start_options), std::memory_order_release);
  }
  return RTCError::OK();
}

void Engine::Shutdown() {
  if (forked()) {
    return;
  }
  webrtc::MutexLock lock(&start_mutex);
  if (!std::exchange(stopped, true) && running.load()) {
    running.load()->Stop();
  }
}

webrtc::Environment Engine::CreateEnvironment() {
  if (Running* engine = running.load(std::memory_order_acquire)) {
    return engine->env();
  }
  const webrtc::MutexLock lock(&start_mutex);
  return webrtc::CreateEnvironment(FieldTrials::Parse(start_options.field_trials));
}

void Engine::PostToSignaling(absl::AnyInvocable<void() &&> task) {
  if (Running* engine = running.load(std::memory_order_acquire)) {
    engine->signaling()->PostTask(std::move(task));
  }
}

RTCError Engine::PostToKeys(absl::AnyInvocable<void() &&> task) {
  RTCError error = Start();
  if (error.ok()) {
    running.load()->keys()->PostTask(std::move(task));
  }
  return error;
}

void Engine::PostToDevices(absl::AnyInvocable<void() &&> task, webrtc::TimeDelta delay) {
  if (Running* engine = running.load(std::memory_order_acquire)) {
    // A delay of nothing would be one too: tasks that are posted later come before.
    if (delay.IsZero()) {
      engine->devices()->PostTask(std::move(task));
    } else {
      engine->devices()->PostDelayedTask(std::move(task), delay);
    }
  }
}

RTCError Engine::CallOnSignaling(webrtc::FunctionView<RTCError()> task) {
  if (RTCError error = Start(); !error.ok()) {
    return error;
  }
  RTCError result = ShutDown();
  running.load()->BlockingCall([&] { result = task(); });
  return result;
}

void Engine::Flush() {
  Running* engine = running.load(std::memory_order_acquire);
  if (engine && !forked()) {
    engine->BlockingCall([] {});
  }
}

const Engine::Lane& Engine::NextLane() {
  return running.load()->NextLane();
}

webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> Engine::CreateFactory(const Lane& lane,
                                                                                    const ExternalCodecs& codecs) {
  return running.load()->CreateFactory(lane.network, codecs);
}

webrtc::PeerConnectionFactoryInterface& Engine::Factory() {
  return running.load()->Factory();
}

std::unique_ptr<webrtc::SSLCertificateVerifier> Engine::CreateTlsVerifier() {
  return pywebrtc::CreateTlsVerifier(running.load()->tls_roots());
}

AudioClock& Engine::audio_clock() {
  return running.load()->audio_clock();
}

FarEnd& Engine::far_end() {
  return running.load()->far_end();
}

PixelWorkers& Engine::pixel_workers() {
  return running.load()->pixel_workers();
}

bool Engine::forked() {
  return forked_in_child.load(std::memory_order_relaxed);
}

int Engine::thread_count() {
  Running* engine = running.load(std::memory_order_acquire);
  webrtc::MutexLock lock(&start_mutex);
  return engine && !stopped ? engine->thread_count() : 0;
}

}  // namespace pywebrtc
