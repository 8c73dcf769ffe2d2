#include "core/sdp_checks.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "media/base/stream_params.h"
#include "p2p/base/transport_description.h"
#include "p2p/base/transport_info.h"
#include "pc/session_description.h"
#include "rtc_base/ssl_fingerprint.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorType;
using webrtc::SessionDescription;

RTCError Invalid(const std::string& message) {
  return RTCError(RTCErrorType::INVALID_PARAMETER, message);
}

// https://www.rfc-editor.org/rfc/rfc8122#section-5
RTCError CheckFingerprint(const webrtc::SSLFingerprint& fingerprint) {
  static const std::map<std::string, size_t> kBytes{{"md5", 16},     {"sha-1", 20},   {"sha-224", 28},
                                                    {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
  const auto bytes = kBytes.find(fingerprint.algorithm);
  if (bytes != kBytes.end() && bytes->second != fingerprint.digest.size()) {
    return Invalid("a fingerprint of " + fingerprint.algorithm + " has " + std::to_string(bytes->second) +
                   " bytes, not " + std::to_string(fingerprint.digest.size()));
  }
  return RTCError::OK();
}

RTCError CheckTransports(const SessionDescription& description, bool answer) {
  for (const webrtc::TransportInfo& transport : description.transport_infos()) {
    if (const auto& fingerprint = transport.description.identity_fingerprint) {
      if (RTCError error = CheckFingerprint(*fingerprint); !error.ok()) {
        return error;
      }
    }
    // https://www.rfc-editor.org/rfc/rfc8842#section-5.3
    if (answer && transport.description.connection_role == webrtc::CONNECTIONROLE_ACTPASS) {
      return Invalid("a=setup of an answer is active or passive, not actpass");
    }
  }
  return RTCError::OK();
}

// https://www.rfc-editor.org/rfc/rfc5576#section-4.2: groups are of SSRCs that are described. With
// retransmission (FID) of one encoding, libwebrtc wants it of all.
RTCError CheckSsrcGroups(const webrtc::StreamParams& stream, const std::string& mid) {
  for (const webrtc::SsrcGroup& group : stream.ssrc_groups) {
    for (const uint32_t ssrc : group.ssrcs) {
      if (!stream.has_ssrc(ssrc)) {
        return Invalid("a=ssrc-group names " + std::to_string(ssrc) + ", and mid " + mid + " has no such a=ssrc");
      }
    }
  }
  std::vector<uint32_t> primary;
  std::vector<uint32_t> retransmission;
  stream.GetPrimarySsrcs(&primary);
  stream.GetFidSsrcs(primary, &retransmission);
  if (!retransmission.empty() && retransmission.size() != primary.size()) {
    return Invalid("a=ssrc-group:FID is there for some encodings of mid " + mid + " only");
  }
  return RTCError::OK();
}

// https://www.rfc-editor.org/rfc/rfc3550#section-8: each stream of a session has its own.
RTCError CheckSsrcs(const SessionDescription& description) {
  std::set<uint32_t> known;
  for (const webrtc::ContentInfo& content : description.contents()) {
    const webrtc::MediaContentDescription& media = *content.media_description();
    for (const webrtc::StreamParams& stream : media.streams()) {
      if (media.type() == webrtc::MediaType::AUDIO && stream.ssrcs.size() > 1) {
        return Invalid("an audio stream has one a=ssrc, and mid " + content.mid() + " has more");
      }
      if (RTCError error = CheckSsrcGroups(stream, content.mid()); !error.ok()) {
        return error;
      }
      for (const uint32_t ssrc : stream.ssrcs) {
        if (ssrc == 0 || !known.insert(ssrc).second) {
          return Invalid("a=ssrc:" + std::to_string(ssrc) + " stands for two streams, or is 0");
        }
      }
    }
  }
  return RTCError::OK();
}

bool Rejected(const SessionDescription& description, const std::string& mid) {
  const webrtc::ContentInfo* content = description.GetContentByName(mid);
  return !content || content->rejected;
}

// https://www.rfc-editor.org/rfc/rfc9143#section-7.3: an answer leaves media descriptions out of a group, and
// moves none to another; what is rejected is in no group.
RTCError CheckGroups(const SessionDescription& answer, const SessionDescription& offer) {
  std::map<std::string, const webrtc::ContentGroup*> offered;
  for (const webrtc::ContentGroup* group : offer.GetGroupsByName(webrtc::GROUP_TYPE_BUNDLE)) {
    for (const std::string& mid : group->content_names()) {
      offered[mid] = group;
    }
  }
  std::map<const webrtc::ContentGroup*, const webrtc::ContentGroup*> answered;
  for (const webrtc::ContentGroup* group : answer.GetGroupsByName(webrtc::GROUP_TYPE_BUNDLE)) {
    const auto& mids = group->content_names();
    for (const std::string& mid : mids) {
      if (Rejected(answer, mids.front()) && !Rejected(answer, mid)) {
        return Invalid("mid " + mids.front() + " is rejected, and the first of a BUNDLE group");
      }
      const auto before = offered.find(mid);
      if (before != offered.end() && answered.try_emplace(before->second, group).first->second != group) {
        return Invalid("mid " + mid + " has changed its BUNDLE group");
      }
    }
  }
  return RTCError::OK();
}

}  // namespace

RTCError CheckBeforeItIsApplied(const webrtc::SessionDescriptionInterface& description,
                                const webrtc::SessionDescriptionInterface* offer) {
  if (!description.description()) {  // a rollback has none
    return RTCError::OK();
  }
  const bool answer =
      description.GetType() == webrtc::SdpType::kAnswer || description.GetType() == webrtc::SdpType::kPrAnswer;
  RTCError error = CheckTransports(*description.description(), answer);
  if (error.ok()) {
    error = CheckSsrcs(*description.description());
  }
  if (error.ok() && answer && offer && offer->description()) {
    error = CheckGroups(*description.description(), *offer->description());
  }
  return error;
}

}  // namespace pywebrtc
