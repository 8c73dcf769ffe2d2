// THE enum table: W3C string <-> libwebrtc enumerator. Python sees strings only.
//
// Name() is an exhaustive switch, so a new enumerator of libwebrtc does not compile until it has a
// name; kAll lists what a string may become.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <string>
#include <string_view>

#include "api/data_channel_interface.h"
#include "api/dtls_transport_interface.h"
#include "api/jsep.h"
#include "api/media_stream_interface.h"
#include "api/media_types.h"
#include "api/peer_connection_interface.h"
#include "api/priority.h"
#include "api/rtc_error.h"
#include "api/rtp_parameters.h"
#include "api/rtp_transceiver_direction.h"
#include "api/sctp_transport_interface.h"
#include "api/transport/enums.h"
#include "api/video/color_space.h"
#include "core/audio_processor.h"
#include "core/device_info.h"
#include "core/frame_gate.h"
#include "core/frame_ring.h"
#include "core/picture.h"
#include "p2p/base/ice_transport_internal.h"
#include "p2p/base/transport_description.h"
#include "rtc_base/logging.h"

namespace pywebrtc::bind {

using Pc = webrtc::PeerConnectionInterface;

template <class E>
struct EnumTable;

template <>
struct EnumTable<Pc::SignalingState> {
  static constexpr std::string_view Name(Pc::SignalingState state) { return Pc::AsString(state); }
};

template <>
struct EnumTable<webrtc::IceTransportState> {
  static constexpr std::string_view Name(webrtc::IceTransportState state) {
    switch (state) {
      case webrtc::IceTransportState::kNew:
        return "new";
      case webrtc::IceTransportState::kChecking:
        return "checking";
      case webrtc::IceTransportState::kConnected:
        return "connected";
      case webrtc::IceTransportState::kCompleted:
        return "completed";
      case webrtc::IceTransportState::kFailed:
        return "failed";
      case webrtc::IceTransportState::kDisconnected:
        return "disconnected";
      case webrtc::IceTransportState::kClosed:
        return "closed";
    }
  }
};

template <>
struct EnumTable<webrtc::IceGatheringState> {
  static constexpr std::string_view Name(webrtc::IceGatheringState state) {
    switch (state) {
      case webrtc::kIceGatheringNew:
        return "new";
      case webrtc::kIceGatheringGathering:
        return "gathering";
      case webrtc::kIceGatheringComplete:
        return "complete";
    }
  }
};

template <>
struct EnumTable<webrtc::IceRole> {
  static constexpr std::string_view Name(webrtc::IceRole role) {
    switch (role) {
      case webrtc::ICEROLE_CONTROLLING:
        return "controlling";
      case webrtc::ICEROLE_CONTROLLED:
        return "controlled";
      case webrtc::ICEROLE_UNKNOWN:
        return "unknown";
    }
  }
};

template <>
struct EnumTable<webrtc::DtlsTransportState> {
  static constexpr std::string_view Name(webrtc::DtlsTransportState state) {
    switch (state) {
      case webrtc::DtlsTransportState::kNew:
        return "new";
      case webrtc::DtlsTransportState::kConnecting:
        return "connecting";
      case webrtc::DtlsTransportState::kConnected:
        return "connected";
      case webrtc::DtlsTransportState::kClosed:
        return "closed";
      case webrtc::DtlsTransportState::kFailed:
        return "failed";
      case webrtc::DtlsTransportState::kNumValues:
        return "";  // not a state
    }
  }
};

template <>
struct EnumTable<webrtc::SctpTransportState> {
  static constexpr std::string_view Name(webrtc::SctpTransportState state) {
    switch (state) {
      case webrtc::SctpTransportState::kNew:  // not of the specification
      case webrtc::SctpTransportState::kConnecting:
        return "connecting";
      case webrtc::SctpTransportState::kConnected:
        return "connected";
      case webrtc::SctpTransportState::kClosed:
        return "closed";
      case webrtc::SctpTransportState::kNumValues:
        return "";  // not a state
    }
  }
};

template <>
struct EnumTable<webrtc::DataChannelInterface::DataState> {
  static std::string_view Name(webrtc::DataChannelInterface::DataState state) {
    return webrtc::DataChannelInterface::DataStateString(state);
  }
};

template <>
struct EnumTable<webrtc::SdpType> {
  static constexpr std::array kAll{webrtc::SdpType::kOffer, webrtc::SdpType::kPrAnswer, webrtc::SdpType::kAnswer,
                                   webrtc::SdpType::kRollback};
  static constexpr std::string_view Name(webrtc::SdpType type) {
    switch (type) {
      case webrtc::SdpType::kOffer:
        return "offer";
      case webrtc::SdpType::kPrAnswer:
        return "pranswer";
      case webrtc::SdpType::kAnswer:
        return "answer";
      case webrtc::SdpType::kRollback:
        return "rollback";
    }
  }
};

template <>
struct EnumTable<webrtc::MediaStreamTrackInterface::TrackState> {
  static constexpr std::string_view Name(webrtc::MediaStreamTrackInterface::TrackState state) {
    switch (state) {
      case webrtc::MediaStreamTrackInterface::kLive:
        return "live";
      case webrtc::MediaStreamTrackInterface::kEnded:
        return "ended";
    }
  }
};

template <>
struct EnumTable<webrtc::VideoTrackInterface::ContentHint> {
  using Hint = webrtc::VideoTrackInterface::ContentHint;
  static constexpr std::array kAll{Hint::kNone, Hint::kFluid, Hint::kDetailed, Hint::kText};
  static constexpr std::string_view Name(Hint hint) {
    switch (hint) {
      case Hint::kNone:
        return "";
      case Hint::kFluid:
        return "motion";
      case Hint::kDetailed:
        return "detail";
      case Hint::kText:
        return "text";
    }
  }
};

template <>
struct EnumTable<webrtc::RtpTransceiverDirection> {
  static constexpr std::array kAll{
      webrtc::RtpTransceiverDirection::kSendRecv, webrtc::RtpTransceiverDirection::kSendOnly,
      webrtc::RtpTransceiverDirection::kRecvOnly, webrtc::RtpTransceiverDirection::kInactive,
      webrtc::RtpTransceiverDirection::kStopped};
  static constexpr std::string_view Name(webrtc::RtpTransceiverDirection direction) {
    switch (direction) {
      case webrtc::RtpTransceiverDirection::kSendRecv:
        return "sendrecv";
      case webrtc::RtpTransceiverDirection::kSendOnly:
        return "sendonly";
      case webrtc::RtpTransceiverDirection::kRecvOnly:
        return "recvonly";
      case webrtc::RtpTransceiverDirection::kInactive:
        return "inactive";
      case webrtc::RtpTransceiverDirection::kStopped:
        return "stopped";
    }
  }
};

template <>
struct EnumTable<Pc::IceTransportsType> {
  static constexpr std::array kAll{Pc::kRelay, Pc::kAll};
  static constexpr std::string_view Name(Pc::IceTransportsType type) {
    switch (type) {
      case Pc::kRelay:
        return "relay";
      case Pc::kAll:
        return "all";
      case Pc::kNone:
      case Pc::kNoHost:
        return "";  // not of the specification
    }
  }
};

template <>
struct EnumTable<Pc::BundlePolicy> {
  static constexpr std::array kAll{Pc::kBundlePolicyBalanced, Pc::kBundlePolicyMaxCompat, Pc::kBundlePolicyMaxBundle};
  static constexpr std::string_view Name(Pc::BundlePolicy policy) {
    switch (policy) {
      case Pc::kBundlePolicyBalanced:
        return "balanced";
      case Pc::kBundlePolicyMaxCompat:
        return "max-compat";
      case Pc::kBundlePolicyMaxBundle:
        return "max-bundle";
    }
  }
};

template <>
struct EnumTable<Pc::RtcpMuxPolicy> {
  static constexpr std::array kAll{Pc::kRtcpMuxPolicyRequire};
  static constexpr std::string_view Name(Pc::RtcpMuxPolicy policy) {
    switch (policy) {
      case Pc::kRtcpMuxPolicyRequire:
        return "require";
      case Pc::kRtcpMuxPolicyNegotiate:
        return "";  // removed from the specification
    }
  }
};

template <>
struct EnumTable<webrtc::Priority> {
  static constexpr std::array kAll{webrtc::Priority::kVeryLow, webrtc::Priority::kLow, webrtc::Priority::kMedium,
                                   webrtc::Priority::kHigh};
  static constexpr std::string_view Name(webrtc::Priority priority) {
    switch (priority) {
      case webrtc::Priority::kVeryLow:
        return "very-low";
      case webrtc::Priority::kLow:
        return "low";
      case webrtc::Priority::kMedium:
        return "medium";
      case webrtc::Priority::kHigh:
        return "high";
    }
  }
};

template <>
struct EnumTable<webrtc::MediaType> {
  static constexpr std::array kAll{webrtc::MediaType::AUDIO, webrtc::MediaType::VIDEO};
  static constexpr std::string_view Name(webrtc::MediaType type) {
    switch (type) {
      case webrtc::MediaType::AUDIO:
        return "audio";
      case webrtc::MediaType::VIDEO:
        return "video";
      case webrtc::MediaType::DATA:
      case webrtc::MediaType::UNSUPPORTED:
      case webrtc::MediaType::ANY:
        return "";  // not of a track
    }
  }
};

template <>
struct EnumTable<webrtc::DegradationPreference> {
  static constexpr std::array kAll{webrtc::DegradationPreference::MAINTAIN_FRAMERATE_AND_RESOLUTION,
                                   webrtc::DegradationPreference::MAINTAIN_FRAMERATE,
                                   webrtc::DegradationPreference::MAINTAIN_RESOLUTION,
                                   webrtc::DegradationPreference::BALANCED};
  static constexpr std::string_view Name(webrtc::DegradationPreference preference) {
    switch (preference) {
      case webrtc::DegradationPreference::MAINTAIN_FRAMERATE_AND_RESOLUTION:
        return "maintain-framerate-and-resolution";
      case webrtc::DegradationPreference::MAINTAIN_FRAMERATE:
        return "maintain-framerate";
      case webrtc::DegradationPreference::MAINTAIN_RESOLUTION:
        return "maintain-resolution";
      case webrtc::DegradationPreference::BALANCED:
        return "balanced";
    }
  }
};

template <>
struct EnumTable<webrtc::RTCErrorDetailType> {
  static constexpr std::string_view Name(webrtc::RTCErrorDetailType detail) {
    switch (detail) {
      case webrtc::RTCErrorDetailType::NONE:
        return "";
      case webrtc::RTCErrorDetailType::DATA_CHANNEL_FAILURE:
        return "data-channel-failure";
      case webrtc::RTCErrorDetailType::DTLS_FAILURE:
        return "dtls-failure";
      case webrtc::RTCErrorDetailType::FINGERPRINT_FAILURE:
        return "fingerprint-failure";
      case webrtc::RTCErrorDetailType::SCTP_FAILURE:
        return "sctp-failure";
      case webrtc::RTCErrorDetailType::SDP_SYNTAX_ERROR:
        return "sdp-syntax-error";
      case webrtc::RTCErrorDetailType::HARDWARE_ENCODER_NOT_AVAILABLE:
        return "hardware-encoder-not-available";
      case webrtc::RTCErrorDetailType::HARDWARE_ENCODER_ERROR:
        return "hardware-encoder-error";
    }
  }
};

template <>
struct EnumTable<Drop> {
  static constexpr std::array kAll{Drop::kOldest, Drop::kNewest};
  static constexpr std::string_view Name(Drop drop) {
    switch (drop) {
      case Drop::kOldest:
        return "oldest";
      case Drop::kNewest:
        return "newest";
    }
  }
};

template <>
struct EnumTable<PixelFormat> {
  static constexpr std::array kAll{PixelFormat::kI420,  PixelFormat::kI420A, PixelFormat::kI422, PixelFormat::kI444,
                                   PixelFormat::kI010,  PixelFormat::kI210,  PixelFormat::kI410, PixelFormat::kNv12,
                                   PixelFormat::kRgb24, PixelFormat::kBgr24, PixelFormat::kRgba, PixelFormat::kBgra,
                                   PixelFormat::kArgb,  PixelFormat::kAbgr,  PixelFormat::kGray};
  static constexpr std::string_view Name(PixelFormat format) {
    switch (format) {
      case PixelFormat::kI420:
        return "i420";
      case PixelFormat::kI420A:
        return "i420a";
      case PixelFormat::kI422:
        return "i422";
      case PixelFormat::kI444:
        return "i444";
      case PixelFormat::kI010:
        return "i010";
      case PixelFormat::kI210:
        return "i210";
      case PixelFormat::kI410:
        return "i410";
      case PixelFormat::kNv12:
        return "nv12";
      case PixelFormat::kRgb24:
        return "rgb24";
      case PixelFormat::kBgr24:
        return "bgr24";
      case PixelFormat::kRgba:
        return "rgba";
      case PixelFormat::kBgra:
        return "bgra";
      case PixelFormat::kArgb:
        return "argb";
      case PixelFormat::kAbgr:
        return "abgr";
      case PixelFormat::kGray:
        return "gray";
    }
  }
};

// Colour spaces are named as in WebCodecs (VideoColorPrimaries and its like); what it does not have, as in
// libwebrtc, in lower case. Unspecified is the empty string.
template <>
struct EnumTable<webrtc::ColorSpace::PrimaryID> {
  using E = webrtc::ColorSpace::PrimaryID;
  static constexpr std::array kAll{E::kUnspecified, E::kBT709,      E::kBT470M,     E::kBT470BG,
                                   E::kSMPTE170M,   E::kSMPTE240M,  E::kFILM,       E::kBT2020,
                                   E::kSMPTEST428,  E::kSMPTEST431, E::kSMPTEST432, E::kJEDECP22};
  static constexpr std::string_view Name(E value) {
    switch (value) {
      case E::kUnspecified:
        return "";
      case E::kBT709:
        return "bt709";
      case E::kBT470M:
        return "bt470m";
      case E::kBT470BG:
        return "bt470bg";
      case E::kSMPTE170M:
        return "smpte170m";
      case E::kSMPTE240M:
        return "smpte240m";
      case E::kFILM:
        return "film";
      case E::kBT2020:
        return "bt2020";
      case E::kSMPTEST428:
        return "smpte428";
      case E::kSMPTEST431:
        return "smpte431";
      case E::kSMPTEST432:
        return "smpte432";
      case E::kJEDECP22:
        return "jedec-p22";
    }
  }
};

template <>
struct EnumTable<webrtc::ColorSpace::TransferID> {
  using E = webrtc::ColorSpace::TransferID;
  static constexpr std::array kAll{E::kUnspecified, E::kBT709,        E::kGAMMA22,   E::kGAMMA28,   E::kSMPTE170M,
                                   E::kSMPTE240M,   E::kLINEAR,       E::kLOG,       E::kLOG_SQRT,  E::kIEC61966_2_4,
                                   E::kBT1361_ECG,  E::kIEC61966_2_1, E::kBT2020_10, E::kBT2020_12, E::kSMPTEST2084,
                                   E::kSMPTEST428,  E::kARIB_STD_B67};
  static constexpr std::string_view Name(E value) {
    switch (value) {
      case E::kUnspecified:
        return "";
      case E::kBT709:
        return "bt709";
      case E::kGAMMA22:
        return "gamma22";
      case E::kGAMMA28:
        return "gamma28";
      case E::kSMPTE170M:
        return "smpte170m";
      case E::kSMPTE240M:
        return "smpte240m";
      case E::kLINEAR:
        return "linear";
      case E::kLOG:
        return "log";
      case E::kLOG_SQRT:
        return "log-sqrt";
      case E::kIEC61966_2_4:
        return "iec61966-2-4";
      case E::kBT1361_ECG:
        return "bt1361-ecg";
      case E::kIEC61966_2_1:
        return "iec61966-2-1";
      case E::kBT2020_10:
        return "bt2020-10";
      case E::kBT2020_12:
        return "bt2020-12";
      case E::kSMPTEST2084:
        return "pq";
      case E::kSMPTEST428:
        return "smpte428";
      case E::kARIB_STD_B67:
        return "hlg";
    }
  }
};

template <>
struct EnumTable<webrtc::ColorSpace::MatrixID> {
  using E = webrtc::ColorSpace::MatrixID;
  static constexpr std::array kAll{E::kUnspecified, E::kRGB,       E::kBT709, E::kFCC,         E::kBT470BG,
                                   E::kSMPTE170M,   E::kSMPTE240M, E::kYCOCG, E::kBT2020_NCL,  E::kBT2020_CL,
                                   E::kSMPTE2085,   E::kCDNCLS,    E::kCDCLS, E::kBT2100_ICTCP};
  static constexpr std::string_view Name(E value) {
    switch (value) {
      case E::kUnspecified:
        return "";
      case E::kRGB:
        return "rgb";
      case E::kBT709:
        return "bt709";
      case E::kFCC:
        return "fcc";
      case E::kBT470BG:
        return "bt470bg";
      case E::kSMPTE170M:
        return "smpte170m";
      case E::kSMPTE240M:
        return "smpte240m";
      case E::kYCOCG:
        return "ycocg";
      case E::kBT2020_NCL:
        return "bt2020-ncl";
      case E::kBT2020_CL:
        return "bt2020-cl";
      case E::kSMPTE2085:
        return "smpte2085";
      case E::kCDNCLS:
        return "chroma-derived-ncl";
      case E::kCDCLS:
        return "chroma-derived-cl";
      case E::kBT2100_ICTCP:
        return "ictcp";
    }
  }
};

template <>
struct EnumTable<webrtc::ColorSpace::RangeID> {
  using E = webrtc::ColorSpace::RangeID;
  static constexpr std::array kAll{E::kInvalid, E::kLimited, E::kFull, E::kDerived};
  static constexpr std::string_view Name(E value) {
    switch (value) {
      case E::kInvalid:
        return "";
      case E::kLimited:
        return "limited";
      case E::kFull:
        return "full";
      case E::kDerived:
        return "derived";
    }
  }
};

template <>
struct EnumTable<NoiseSuppressionLevel> {
  using Config = webrtc::AudioProcessing::Config::NoiseSuppression;
  static constexpr std::array kAll{Config::kLow, Config::kModerate, Config::kHigh, Config::kVeryHigh};
  static constexpr std::string_view Name(NoiseSuppressionLevel level) {
    switch (level) {
      case Config::kLow:
        return "low";
      case Config::kModerate:
        return "moderate";
      case Config::kHigh:
        return "high";
      case Config::kVeryHigh:
        return "very-high";
    }
  }
};

template <>
struct EnumTable<DeviceKind> {
  static constexpr std::string_view Name(DeviceKind kind) {
    switch (kind) {
      case DeviceKind::kAudioInput:
        return "audioinput";
      case DeviceKind::kAudioOutput:
        return "audiooutput";
      case DeviceKind::kVideoInput:
        return "videoinput";
    }
  }
};

// The names of Python's logging, in lower case.
template <>
struct EnumTable<webrtc::LoggingSeverity> {
  static constexpr std::array kAll{webrtc::LS_VERBOSE, webrtc::LS_INFO, webrtc::LS_WARNING, webrtc::LS_ERROR,
                                   webrtc::LS_NONE};
  static constexpr std::string_view Name(webrtc::LoggingSeverity severity) {
    switch (severity) {
      case webrtc::LS_VERBOSE:
        return "debug";
      case webrtc::LS_INFO:
        return "info";
      case webrtc::LS_WARNING:
        return "warning";
      case webrtc::LS_ERROR:
        return "error";
      case webrtc::LS_NONE:
        return "none";
    }
  }
};

template <>
struct EnumTable<FrameGate::HandedBack> {
  static constexpr std::string_view Name(FrameGate::HandedBack how) {
    switch (how) {
      case FrameGate::HandedBack::kOn:
        return "on";
      case FrameGate::HandedBack::kLate:
        return "late";
      case FrameGate::HandedBack::kTwice:
        return "twice";
      case FrameGate::HandedBack::kOutOfOrder:
        return "out-of-order";
    }
  }
};

template <class E>
concept TabledEnum = requires(E e) { EnumTable<E>::Name(e); };

}  // namespace pywebrtc::bind

namespace pybind11::detail {

// pybind11's own enum objects are for enums without a table.
template <class E>
struct type_caster_enum_type_enabled<E, enable_if_t<pywebrtc::bind::TabledEnum<E>>> : std::false_type {};

template <pywebrtc::bind::TabledEnum E>
struct type_caster<E> {
  using Table = pywebrtc::bind::EnumTable<E>;
  PYBIND11_TYPE_CASTER(E, const_name("str"));

  bool load(handle source, bool /*convert*/) {
    if constexpr (requires { Table::kAll; }) {
      make_caster<std::string> text;
      if (!text.load(source, false)) {
        return false;
      }
      for (E candidate : Table::kAll) {
        if (Table::Name(candidate) == cast_op<std::string&>(text)) {
          value = candidate;
          return true;
        }
      }
    }
    return false;
  }

  static handle cast(E value, return_value_policy /*policy*/, handle /*parent*/) {
    const std::string_view name = Table::Name(value);
    return PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
  }
};

}  // namespace pybind11::detail
