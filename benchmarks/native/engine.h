// libwebrtc as a C++ program starts it: its threads, factories, sockets with large buffers, an audio device
// that pulls. Nothing of pywebrtc's is in here.
#pragma once

#include <memory>
#include <vector>

#include "api/peer_connection_interface.h"
#include "api/scoped_refptr.h"
#include "modules/audio_device/include/audio_device.h"
#include "rtc_base/thread.h"

namespace bench {

// A network thread and the factory of the connections that live on it.
struct Lane {
  webrtc::Thread* network;
  webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> factory;
};

class Engine {
 public:
  explicit Engine(int network_threads);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  webrtc::Thread& signaling() { return *signaling_; }
  // Any number: they are taken in turn.
  Lane& lane(size_t index) { return lanes_[index % lanes_.size()]; }
  int network_ignore_mask() const { return network_ignore_mask_; }

 private:
  webrtc::scoped_refptr<webrtc::PeerConnectionFactoryInterface> CreateFactory(webrtc::Thread* network);

  int network_ignore_mask_;
  std::unique_ptr<webrtc::Thread> signaling_;
  std::unique_ptr<webrtc::Thread> worker_;
  std::vector<std::unique_ptr<webrtc::Thread>> network_;
  std::vector<webrtc::scoped_refptr<webrtc::AudioDeviceModule>> devices_;
  std::vector<Lane> lanes_;
};

}  // namespace bench
