// What libwebrtc's connections can be told, and the specifications do not have.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "api/peer_connection_interface.h"
#include "api/transport/bitrate_settings.h"

namespace pywebrtc {

// Times are seconds, bitrates bits per second; what is absent is libwebrtc's default.
struct ConnectionOptions {
  std::optional<std::pair<int, int>> port_range;
  // Of webrtc::AdapterType.
  int ignored_adapters = 0;
  bool udp = true;
  bool tcp = true;
  bool ipv6 = true;
  bool link_local = true;
  bool continual_gathering = false;
  bool dscp = false;
  // Besides those of the engine: "Name/Value/".
  std::string field_trials;
  std::optional<int> min_bitrate;
  std::optional<int> start_bitrate;
  std::optional<int> max_bitrate;
  std::optional<double> ice_receiving_timeout;
  std::optional<double> ice_unwritable_timeout;
  std::optional<int> ice_unwritable_checks;
  std::optional<double> ice_inactive_timeout;
  std::optional<double> ice_check_interval_strong;
  std::optional<double> ice_check_interval_weak;
  std::optional<double> ice_check_interval_min;
  std::optional<double> ice_backup_ping_interval;
};

void Apply(const ConnectionOptions& options, webrtc::PeerConnectionInterface::RTCConfiguration& configuration);

// Nothing where no limit is given.
std::optional<webrtc::BitrateSettings> Bitrates(const ConnectionOptions& options);

}  // namespace pywebrtc
