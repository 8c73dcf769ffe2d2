#include "engine.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <utility>

#include "api/audio_codecs/builtin_audio_decoder_factory.h"
#include "api/audio_codecs/builtin_audio_encoder_factory.h"
#include "api/create_modular_peer_connection_factory.h"
#include "api/enable_media.h"
#include "api/environment/environment_factory.h"
#include "api/make_ref_counted.h"
#include "api/video_codecs/video_decoder_factory_template.h"
#include "api/video_codecs/video_decoder_factory_template_libvpx_vp8_adapter.h"
#include "api/video_codecs/video_decoder_factory_template_open_h264_adapter.h"
#include "api/video_codecs/video_encoder_factory_template.h"
#include "api/video_codecs/video_encoder_factory_template_libvpx_vp8_adapter.h"
#include "api/video_codecs/video_encoder_factory_template_open_h264_adapter.h"
#include "audio_device.h"
#include "rtc_base/logging.h"
#include "rtc_base/physical_socket_server.h"
#include "rtc_base/ssl_adapter.h"

namespace bench {
namespace {

// The kernel's default holds a millisecond or two of a fast channel; then SCTP sees loss.
class SocketServer : public webrtc::PhysicalSocketServer {
 public:
  webrtc::Socket* CreateSocket(int family, int type) override {
    auto socket = std::make_unique<webrtc::SocketDispatcher>(this);
    if (!socket->Create(family, type)) {
      return nullptr;
    }
    const int bytes = 8 << 20;
    ::setsockopt(socket->GetSocketFD(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    ::setsockopt(socket->GetSocketFD(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
    return socket.release();
  }
};

// Loopback addresses become candidates where there are no others, as pywebrtc does it.
int IgnoreMask() {
  ifaddrs* addresses = nullptr;
  ::getifaddrs(&addresses);
  int mask = 0;
  for (const ifaddrs* i = addresses; i; i = i->ifa_next) {
    const bool ip = i->ifa_addr && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6);
    if (ip && (i->ifa_flags & IFF_UP) && !(i->ifa_flags & IFF_LOOPBACK)) {
      mask = webrtc::kDefaultNetworkIgnoreMask;
    }
  }
  ::freeifaddrs(addresses);
  return mask;
}

std::unique_ptr<webrtc::Thread> Started(std::unique_ptr<webrtc::Thread> thread) {
  thread->Start();
  return thread;
}

}  // namespace

Engine::Engine(int network_threads) : network_ignore_mask_(IgnoreMask()) {
  webrtc::InitializeSSL();
  webrtc::LogMessage::SetLogToStderr(false);
  signaling_ = Started(webrtc::Thread::Create());
  worker_ = Started(webrtc::Thread::Create());
  for (int i = 0; i < network_threads; ++i) {
    network_.push_back(Started(std::make_unique<webrtc::Thread>(std::make_unique<SocketServer>())));
  }
  signaling_->BlockingCall([&] {
    for (const auto& network : network_) {
      lanes_.push_back({network.get(), CreateFactory(network.get())});
    }
  });
}

Engine::~Engine() {
  signaling_->BlockingCall([&] { lanes_.clear(); });
  worker_->BlockingCall([&] { devices_.clear(); });
}

webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> Engine::CreateFactory(webrtc::Thread* network) {
  devices_.push_back(worker_->BlockingCall([] { return webrtc::make_ref_counted<AudioDevice>(); }));
  webrtc::PeerConnectionFactoryDependencies dependencies;
  dependencies.env = webrtc::CreateEnvironment();
  dependencies.signaling_thread = signaling_.get();
  dependencies.worker_thread = worker_.get();
  dependencies.network_thread = network;
  dependencies.socket_factory = network->socketserver();
  dependencies.adm = devices_.back();
  dependencies.audio_encoder_factory = webrtc::CreateBuiltinAudioEncoderFactory();
  dependencies.audio_decoder_factory = webrtc::CreateBuiltinAudioDecoderFactory();
  dependencies.video_encoder_factory =
      std::make_unique<webrtc::VideoEncoderFactoryTemplate<webrtc::LibvpxVp8EncoderTemplateAdapter,
                                                           webrtc::OpenH264EncoderTemplateAdapter>>();
  dependencies.video_decoder_factory =
      std::make_unique<webrtc::VideoDecoderFactoryTemplate<webrtc::LibvpxVp8DecoderTemplateAdapter,
                                                           webrtc::OpenH264DecoderTemplateAdapter>>();
  webrtc::EnableMedia(dependencies);
  return webrtc::CreateModularPeerConnectionFactory(std::move(dependencies));
}

}  // namespace bench
