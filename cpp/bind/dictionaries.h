// THE field table: IDL dictionary <-> libwebrtc struct, read by one generic caster.
//
// Python has validated and defaulted the dictionary (dictionaries.py): here every member has its type
// or is None, which leaves libwebrtc's default. What goes up is a dict without the members that are absent.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <concepts>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/data_channel_interface.h"
#include "api/peer_connection_interface.h"
#include "bind/enums.h"
#include "core/audio_processor.h"
#include "core/connection_options.h"

namespace pywebrtc::bind {

// `Wire` is the type in Python where it differs from the member's.
template <class Struct, class Member, class Wire = Member>
struct Field {
  const char* name;
  Member Struct::* member;
};

template <class Struct, class Member>
Field(const char*, Member Struct::*) -> Field<Struct, Member>;

template <class Wire, class Struct, class Member>
constexpr Field<Struct, Member, Wire> As(const char* name, Member Struct::* member) {
  return {name, member};
}

// A member that is said in another way on the two sides.
template <class Struct, class Wire>
struct Computed {
  const char* name;
  Wire (*get)(const Struct&);
  void (*set)(Struct&, const Wire&);
};

template <class Struct>
struct Dictionary;

template <>
struct Dictionary<Pc::IceServer> {
  static constexpr std::tuple kFields{
      Field{"urls", &Pc::IceServer::urls},
      Field{"username", &Pc::IceServer::username},
      Field{"credential", &Pc::IceServer::password},
  };
};

template <>
struct Dictionary<Pc::RTCConfiguration> {
  static constexpr std::tuple kFields{
      Field{"iceServers", &Pc::RTCConfiguration::servers},
      Field{"iceTransportPolicy", &Pc::RTCConfiguration::type},
      Field{"bundlePolicy", &Pc::RTCConfiguration::bundle_policy},
      Field{"rtcpMuxPolicy", &Pc::RTCConfiguration::rtcp_mux_policy},
      Field{"iceCandidatePoolSize", &Pc::RTCConfiguration::ice_candidate_pool_size},
      Field{"alwaysNegotiateDataChannels", &Pc::RTCConfiguration::always_negotiate_data_channels},
  };
};

// Ours: engine.py.
template <>
struct Dictionary<ConnectionOptions> {
  static constexpr std::tuple kFields{
      As<std::pair<int, int>>("port_range", &ConnectionOptions::port_range),
      Field{"_adapters", &ConnectionOptions::ignored_adapters},
      Field{"udp", &ConnectionOptions::udp},
      Field{"tcp", &ConnectionOptions::tcp},
      Field{"ipv6", &ConnectionOptions::ipv6},
      Field{"link_local", &ConnectionOptions::link_local},
      Field{"continual_gathering", &ConnectionOptions::continual_gathering},
      Field{"dscp", &ConnectionOptions::dscp},
      Field{"field_trials", &ConnectionOptions::field_trials},
      Field{"min_bitrate", &ConnectionOptions::min_bitrate},
      Field{"start_bitrate", &ConnectionOptions::start_bitrate},
      Field{"max_bitrate", &ConnectionOptions::max_bitrate},
      Field{"ice_receiving_timeout", &ConnectionOptions::ice_receiving_timeout},
      Field{"ice_unwritable_timeout", &ConnectionOptions::ice_unwritable_timeout},
      Field{"ice_unwritable_checks", &ConnectionOptions::ice_unwritable_checks},
      Field{"ice_inactive_timeout", &ConnectionOptions::ice_inactive_timeout},
      Field{"ice_check_interval_strong", &ConnectionOptions::ice_check_interval_strong},
      Field{"ice_check_interval_weak", &ConnectionOptions::ice_check_interval_weak},
      Field{"ice_check_interval_min", &ConnectionOptions::ice_check_interval_min},
      Field{"ice_backup_ping_interval", &ConnectionOptions::ice_backup_ping_interval},
  };
};

// Ours: audioprocessor.py.
template <>
struct Dictionary<GainControl> {
  static constexpr std::tuple kFields{
      Field{"adaptive", &GainControl::adaptive},
      Field{"headroom", &GainControl::headroom},
      Field{"max_gain", &GainControl::max_gain},
      Field{"initial_gain", &GainControl::initial_gain},
      Field{"max_gain_change", &GainControl::max_gain_change},
      Field{"max_noise_level", &GainControl::max_noise_level},
      Field{"fixed_gain", &GainControl::fixed_gain},
  };
};

template <>
struct Dictionary<LegacyGainControl> {
  static constexpr std::tuple kFields{
      Field{"adaptive", &LegacyGainControl::adaptive},
      Field{"target_level", &LegacyGainControl::target_level},
      Field{"compression_gain", &LegacyGainControl::compression_gain},
      Field{"limiter", &LegacyGainControl::limiter},
  };
};

// Offer and answer share the struct; an answer's dictionary has none of these.
template <>
struct Dictionary<Pc::RTCOfferAnswerOptions> {
  static constexpr std::tuple kFields{
      Field{"iceRestart", &Pc::RTCOfferAnswerOptions::ice_restart},
      As<bool>("offerToReceiveAudio", &Pc::RTCOfferAnswerOptions::offer_to_receive_audio),
      As<bool>("offerToReceiveVideo", &Pc::RTCOfferAnswerOptions::offer_to_receive_video),
  };
};

template <>
struct Dictionary<webrtc::DataChannelInit> {
  static constexpr std::tuple kFields{
      Field{"ordered", &webrtc::DataChannelInit::ordered},
      Field{"maxPacketLifeTime", &webrtc::DataChannelInit::maxRetransmitTime},
      Field{"maxRetransmits", &webrtc::DataChannelInit::maxRetransmits},
      Field{"protocol", &webrtc::DataChannelInit::protocol},
      Field{"negotiated", &webrtc::DataChannelInit::negotiated},
      Field{"id", &webrtc::DataChannelInit::id},
      As<webrtc::Priority>("priority", &webrtc::DataChannelInit::priority),
  };
};

template <class T>
concept TabledStruct = requires { Dictionary<T>::kFields; };

// A struct has the fields of its bases too.
template <class Struct, class Member, class Wire, std::derived_from<Struct> Target>
void ReadField(const Field<Struct, Member, Wire>& field, pybind11::handle source, Target& target) {
  pybind11::object value = pybind11::getattr(source, field.name, pybind11::none());
  if (!value.is_none()) {
    target.*field.member = Member(pybind11::cast<Wire>(value));
  }
}

template <class Struct, class Wire>
void ReadField(const Computed<Struct, Wire>& field, pybind11::handle source, Struct& target) {
  pybind11::object value = pybind11::getattr(source, field.name, pybind11::none());
  if (!value.is_none()) {
    field.set(target, pybind11::cast<Wire>(value));
  }
}

inline void WriteMember(const char* name, pybind11::object value, pybind11::dict& target) {
  if (!value.is_none()) {
    target[name] = std::move(value);
  }
}

template <class Struct, class Member, class Wire, std::derived_from<Struct> Source>
void WriteField(const Field<Struct, Member, Wire>& field, const Source& source, pybind11::dict& target) {
  WriteMember(field.name, pybind11::cast(Wire(source.*field.member)), target);
}

template <class Struct, class Wire>
void WriteField(const Computed<Struct, Wire>& field, const Struct& source, pybind11::dict& target) {
  WriteMember(field.name, pybind11::cast(field.get(source)), target);
}

}  // namespace pywebrtc::bind

namespace pybind11::detail {

template <pywebrtc::bind::TabledStruct Struct>
struct type_caster<Struct> {
  PYBIND11_TYPE_CASTER(Struct, const_name("object"));

  bool load(handle source, bool /*convert*/) {
    std::apply([&](const auto&... field) { (pywebrtc::bind::ReadField(field, source, value), ...); },
               pywebrtc::bind::Dictionary<Struct>::kFields);
    return true;
  }

  static handle cast(const Struct& source, return_value_policy /*policy*/, handle /*parent*/) {
    dict target;
    std::apply([&](const auto&... field) { (pywebrtc::bind::WriteField(field, source, target), ...); },
               pywebrtc::bind::Dictionary<Struct>::kFields);
    return target.release();
  }
};

}  // namespace pybind11::detail
