// What the sinks of a track have in common: frames reach them until nobody reads, or the track has ended.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/engine.h"
#include "core/object.h"
#include "core/track.h"

namespace pywebrtc {

// `Interface` is that of the track's kind.
template <class Interface>
class Sink : public Object {
 public:
  // Blocking, idempotent: no frame comes after it.
  void Detach() {
    std::ignore = Engine::CallOnSignaling([this] {
      Dispose();
      return webrtc::RTCError::OK();
    });
  }

 protected:
  // Signaling thread. The derived class attaches itself, when it is ready for frames.
  Sink(const char* kind, const Track& track) : Object(kind), track_(static_cast<Interface*>(track.native().get())) {}

  template <class T, class... Args>
  static webrtc::RTCErrorOr<std::shared_ptr<T>> Make(const std::shared_ptr<Track>& track, Args&&... args) {
    std::shared_ptr<T> sink;
    webrtc::RTCError error = Engine::CallOnSignaling([&] {
      if (!track->native()) {
        return webrtc::RTCError::InvalidState("the track's connection is closed");
      }
      sink = MakeObject<T>(*track, std::forward<Args>(args)...);
      return webrtc::RTCError::OK();
    });
    if (!error.ok()) {
      return error;
    }
    return sink;
  }

  Interface& native() const { return *track_; }

  // No callback comes after it.
  virtual void Remove(Interface& track) = 0;

 private:
  void Dispose() override {
    if (track_) {
      Remove(*track_);
    }
    track_ = nullptr;
  }

  webrtc::scoped_refptr<Interface> track_;
};

}  // namespace pywebrtc
