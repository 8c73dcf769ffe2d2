#include "core/connection_options.h"

#include <cmath>

#include "p2p/base/port_allocator.h"

namespace pywebrtc {
namespace {

// libwebrtc has milliseconds, in an int or an optional one.
template <class Milliseconds>
void Set(Milliseconds& target, const std::optional<double>& seconds) {
  if (seconds) {
    target = static_cast<int>(std::lround(*seconds * 1000));
  }
}

}  // namespace

void Apply(const ConnectionOptions& options, webrtc::PeerConnectionInterface::RTCConfiguration& configuration) {
  using Pc = webrtc::PeerConnectionInterface;
  if (options.port_range) {
    configuration.set_min_port(options.port_range->first);
    configuration.set_max_port(options.port_range->second);
  }
  if (!options.udp) {
    configuration.set_port_allocator_flags(configuration.port_allocator_flags() | webrtc::PORTALLOCATOR_DISABLE_UDP);
  }
  if (!options.tcp) {
    configuration.tcp_candidate_policy = Pc::kTcpCandidatePolicyDisabled;
  }
  if (!options.ipv6) {
    configuration.max_ipv6_networks = 0;
  }
  configuration.disable_link_local_networks = !options.link_local;
  if (options.continual_gathering) {
    configuration.continual_gathering_policy = Pc::GATHER_CONTINUALLY;
  }
  configuration.set_dscp(options.dscp);
  Set(configuration.ice_connection_receiving_timeout, options.ice_receiving_timeout);
  Set(configuration.ice_unwritable_timeout, options.ice_unwritable_timeout);
  configuration.ice_unwritable_min_checks = options.ice_unwritable_checks;
  Set(configuration.ice_inactive_timeout, options.ice_inactive_timeout);
  Set(configuration.ice_check_interval_strong_connectivity, options.ice_check_interval_strong);
  Set(configuration.ice_check_interval_weak_connectivity, options.ice_check_interval_weak);
  Set(configuration.ice_check_min_interval, options.ice_check_interval_min);
  Set(configuration.ice_backup_candidate_pair_ping_interval, options.ice_backup_ping_interval);
}

std::optional<webrtc::BitrateSettings> Bitrates(const ConnectionOptions& options) {
  if (!options.min_bitrate && !options.start_bitrate && !options.max_bitrate) {
    return std::nullopt;
  }
  webrtc::BitrateSettings settings;
  settings.min_bitrate_bps = options.min_bitrate;
  settings.start_bitrate_bps = options.start_bitrate;
  settings.max_bitrate_bps = options.max_bitrate;
  return settings;
}

}  // namespace pywebrtc
