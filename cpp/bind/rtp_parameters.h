// The field tables of RTP: parameters, capabilities, sources.
#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>

#include "api/rtp_parameters.h"
#include "api/video/resolution.h"
#include "bind/dictionaries.h"
#include "rtc_base/strings/string_builder.h"

namespace pywebrtc::bind {

// libwebrtc's are ints; no bound that a user means is above that.
inline int Saturated(uint32_t value) {
  return static_cast<int>(std::min<uint32_t>(value, std::numeric_limits<int>::max()));
}

template <class Codec>
struct CodecFields {
  static std::string MimeType(const Codec& codec) { return codec.mime_type(); }
  static void SetMimeType(Codec& codec, const std::string& type) {
    const size_t slash = type.find('/');
    codec.kind = type.starts_with("video/") ? webrtc::MediaType::VIDEO : webrtc::MediaType::AUDIO;
    codec.name = slash == std::string::npos ? "" : type.substr(slash + 1);
  }
  static std::optional<int> Channels(const Codec& codec) {
    return codec.kind == webrtc::MediaType::AUDIO ? codec.num_channels : std::nullopt;
  }
  static void SetChannels(Codec& codec, const std::optional<int>& channels) { codec.num_channels = channels; }
  static std::optional<std::string> Fmtp(const Codec& codec) {
    webrtc::StringBuilder line;
    return webrtc::WriteFmtpParameters(codec.parameters, line) ? std::optional(line.str()) : std::nullopt;
  }
  static void SetFmtp(Codec& codec, const std::optional<std::string>& line) {
    // What cannot be parsed matches no codec: the parameters of all are other ones.
    if (!webrtc::ParseFmtpParameterSet(*line, codec.parameters).ok()) {
      codec.parameters = {{*line, ""}};
    }
  }

  static constexpr std::tuple kFields{
      Computed<Codec, std::string>{"mimeType", &MimeType, &SetMimeType},
      Field{"clockRate", &webrtc::RtpCodec::clock_rate},
      Computed<Codec, std::optional<int>>{"channels", &Channels, &SetChannels},
      Computed<Codec, std::optional<std::string>>{"sdpFmtpLine", &Fmtp, &SetFmtp},
  };
};

template <>
struct Dictionary<webrtc::RtpCodec> : CodecFields<webrtc::RtpCodec> {};

template <>
struct Dictionary<webrtc::RtpCodecCapability> : CodecFields<webrtc::RtpCodecCapability> {};

template <>
struct Dictionary<webrtc::RtpCodecParameters> {
  static constexpr auto kFields =
      std::tuple_cat(CodecFields<webrtc::RtpCodecParameters>::kFields,
                     std::tuple{Field{"payloadType", &webrtc::RtpCodecParameters::payload_type}});
};

template <>
struct Dictionary<webrtc::RtpHeaderExtensionCapability> {
  static constexpr std::tuple kFields{
      Field{"uri", &webrtc::RtpHeaderExtensionCapability::uri},
      Field{"direction", &webrtc::RtpHeaderExtensionCapability::direction},
  };
};

template <>
struct Dictionary<webrtc::RtpCapabilities> {
  static constexpr std::tuple kFields{
      Field{"codecs", &webrtc::RtpCapabilities::codecs},
      Field{"headerExtensions", &webrtc::RtpCapabilities::header_extensions},
  };
};

template <>
struct Dictionary<webrtc::RtpExtension> {
  static int Id(const webrtc::RtpExtension& extension) { return extension.id.value(); }
  static void SetId(webrtc::RtpExtension& extension, const int& id) { extension.id = webrtc::RtpHeaderExtensionId(id); }

  static constexpr std::tuple kFields{
      Field{"uri", &webrtc::RtpExtension::uri},
      Computed<webrtc::RtpExtension, int>{"id", &Id, &SetId},
      Field{"encrypted", &webrtc::RtpExtension::encrypt},
  };
};

template <>
struct Dictionary<webrtc::RtcpParameters> {
  static constexpr std::tuple kFields{
      Field{"cname", &webrtc::RtcpParameters::cname},
      Field{"reducedSize", &webrtc::RtcpParameters::reduced_size},
  };
};

template <>
struct Dictionary<webrtc::Resolution> {
  template <int webrtc::Resolution::* side>
  static uint32_t Get(const webrtc::Resolution& resolution) {
    return static_cast<uint32_t>(resolution.*side);
  }
  template <int webrtc::Resolution::* side>
  static void Set(webrtc::Resolution& resolution, const uint32_t& value) {
    resolution.*side = Saturated(value);
  }

  static constexpr std::tuple kFields{
      Computed<webrtc::Resolution, uint32_t>{"maxWidth", &Get<&webrtc::Resolution::width>,
                                             &Set<&webrtc::Resolution::width>},
      Computed<webrtc::Resolution, uint32_t>{"maxHeight", &Get<&webrtc::Resolution::height>,
                                             &Set<&webrtc::Resolution::height>},
  };
};

template <>
struct Dictionary<webrtc::RtpEncodingParameters> {
  using Encoding = webrtc::RtpEncodingParameters;

  static std::optional<std::string> Rid(const Encoding& encoding) {
    return encoding.rid.empty() ? std::nullopt : std::optional(encoding.rid);
  }
  static void SetRid(Encoding& encoding, const std::optional<std::string>& rid) { encoding.rid = *rid; }
  static std::optional<uint32_t> MaxBitrate(const Encoding& encoding) { return encoding.max_bitrate_bps; }
  static void SetMaxBitrate(Encoding& encoding, const std::optional<uint32_t>& bits) {
    encoding.max_bitrate_bps = Saturated(*bits);
  }
  // https://www.rfc-editor.org/rfc/rfc8835#section-4.1: each level has twice the share of the one below.
  static webrtc::Priority Priority(const Encoding& encoding) {
    if (encoding.bitrate_priority <= 0.5) {
      return webrtc::Priority::kVeryLow;
    }
    if (encoding.bitrate_priority <= 1) {
      return webrtc::Priority::kLow;
    }
    return encoding.bitrate_priority <= 2 ? webrtc::Priority::kMedium : webrtc::Priority::kHigh;
  }
  static void SetPriority(Encoding& encoding, const webrtc::Priority& priority) {
    switch (priority) {
      case webrtc::Priority::kVeryLow:
        encoding.bitrate_priority = 0.5;
        break;
      case webrtc::Priority::kLow:
        encoding.bitrate_priority = 1;
        break;
      case webrtc::Priority::kMedium:
        encoding.bitrate_priority = 2;
        break;
      case webrtc::Priority::kHigh:
        encoding.bitrate_priority = 4;
        break;
    }
  }

  static constexpr std::tuple kFields{
      Computed<Encoding, std::optional<std::string>>{"rid", &Rid, &SetRid},
      Field{"active", &Encoding::active},
      Field{"codec", &Encoding::codec},
      Computed<Encoding, std::optional<uint32_t>>{"maxBitrate", &MaxBitrate, &SetMaxBitrate},
      Field{"maxFramerate", &Encoding::max_framerate},
      Field{"scaleResolutionDownBy", &Encoding::scale_resolution_down_by},
      Computed<Encoding, webrtc::Priority>{"priority", &Priority, &SetPriority},
      Field{"networkPriority", &Encoding::network_priority},
      Field{"scalabilityMode", &Encoding::scalability_mode},
      Field{"scaleResolutionDownTo", &Encoding::scale_resolution_down_to},
      Field{"adaptivePtime", &Encoding::adaptive_ptime},
  };
};

// RTCRtpSendParameters and RTCRtpReceiveParameters; a receiver's dictionary has no encodings.
template <>
struct Dictionary<webrtc::RtpParameters> {
  static constexpr std::tuple kFields{
      Field{"transactionId", &webrtc::RtpParameters::transaction_id},
      Field{"headerExtensions", &webrtc::RtpParameters::header_extensions},
      Field{"rtcp", &webrtc::RtpParameters::rtcp},
      Field{"codecs", &webrtc::RtpParameters::codecs},
      Field{"encodings", &webrtc::RtpParameters::encodings},
      Field{"degradationPreference", &webrtc::RtpParameters::degradation_preference},
  };
};

}  // namespace pywebrtc::bind
