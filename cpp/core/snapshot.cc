#include "core/snapshot.h"

namespace pywebrtc {

std::optional<Description> Copy(const webrtc::SessionDescriptionInterface* description) {
  if (!description) {
    return std::nullopt;
  }
  return Description{description->GetType(), description->ToString()};
}

PeerSnapshot TakeSnapshot(webrtc::PeerConnectionInterface& pc) {
  PeerSnapshot snapshot;
  snapshot.signaling_state = pc.signaling_state();
  snapshot.descriptions = {.current_local = Copy(pc.current_local_description()),
                           .pending_local = Copy(pc.pending_local_description()),
                           .current_remote = Copy(pc.current_remote_description()),
                           .pending_remote = Copy(pc.pending_remote_description())};
  snapshot.can_trickle_ice_candidates = pc.can_trickle_ice_candidates();
  return snapshot;
}

}  // namespace pywebrtc
