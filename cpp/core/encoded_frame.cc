#include "core/encoded_frame.h"

#include <span>
#include <utility>

#include "api/units/time_delta.h"
#include "api/units/timestamp.h"
#include "api/video/video_frame_metadata.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using webrtc::Timestamp;
using webrtc::TransformableFrameInterface;

std::optional<int64_t> Microseconds(std::optional<Timestamp> time) {
  return time && time->IsFinite() ? std::optional(time->us()) : std::nullopt;
}

// A received frame says when it was captured by the wall clock of whoever captured it, from 1900 on.
std::optional<int64_t> CaptureTime(const TransformableFrameInterface& frame) {
  const std::optional<int64_t> time = Microseconds(frame.CaptureTime());
  if (!time || frame.GetDirection() == TransformableFrameInterface::Direction::kSender) {
    // An encoder that does not know gives 0.
    return time && *time > 0 ? time : std::nullopt;
  }
  const int64_t now_since_1900 =
      webrtc::TimeUTCMicros() + webrtc::kNtpJan1970Millisecs * webrtc::kNumMicrosecsPerMillisec;
  return webrtc::TimeMicros() - (now_since_1900 - *time);
}

void DescribeVideo(const webrtc::TransformableVideoFrameInterface& frame, EncodedFrameInfo& info) {
  const webrtc::VideoFrameMetadata metadata = frame.Metadata();
  const std::span<const int64_t> dependencies = metadata.GetDependencies().value_or(std::span<const int64_t>());
  info.key_frame = frame.IsKeyFrame();
  info.rid = frame.Rid().value_or("");
  info.csrcs = metadata.GetCsrcs();
  info.frame_id = metadata.GetFrameId();
  info.dependencies = {dependencies.begin(), dependencies.end()};
  info.width = metadata.GetWidth();
  info.height = metadata.GetHeight();
  info.spatial_index = metadata.GetSpatialIndex();
  info.temporal_index = metadata.GetTemporalIndex();
  info.presentation_timestamp_us = Microseconds(frame.GetPresentationTimestamp());
}

void DescribeAudio(const webrtc::TransformableAudioFrameInterface& frame, EncodedFrameInfo& info) {
  const std::span<const uint32_t> csrcs = frame.GetContributingSources();
  info.csrcs = {csrcs.begin(), csrcs.end()};
  info.sequence_number = frame.SequenceNumber();
  info.audio_level = frame.AudioLevel();
  info.can_set_audio_level = frame.CanSetAudioLevel();
}

EncodedFrameInfo Describe(bool video, const TransformableFrameInterface& frame) {
  const auto offset = frame.SenderCaptureTimeOffset();
  EncodedFrameInfo info;
  info.video = video;
  info.from_sender = frame.GetDirection() == TransformableFrameInterface::Direction::kSender;
  info.mime_type = frame.GetMimeType();
  info.payload_type = frame.GetPayloadType();
  info.ssrc = frame.GetSsrc();
  info.rtp_timestamp = frame.GetTimestamp();
  info.receive_time_us = Microseconds(frame.ReceiveTime());
  info.capture_time_us = CaptureTime(frame);
  info.sender_capture_time_offset_us = offset ? std::optional(offset->us()) : std::nullopt;
  info.can_set_payload_type = frame.CanSetPayloadType();
  info.can_set_capture_time = frame.CanSetCaptureTime();
  if (video) {
    DescribeVideo(static_cast<const webrtc::TransformableVideoFrameInterface&>(frame), info);
  } else {
    DescribeAudio(static_cast<const webrtc::TransformableAudioFrameInterface&>(frame), info);
  }
  return info;
}

}  // namespace

EncodedFrame::EncodedFrame(bool video, uint64_t number, std::unique_ptr<TransformableFrameInterface> frame)
    : number_(number), frame_(std::move(frame)), info_(Describe(video, *frame_)) {}

std::span<const uint8_t> EncodedFrame::data() const {
  return frame_ ? frame_->GetData() : std::span<const uint8_t>();
}

void EncodedFrame::Replace(std::span<const uint8_t> data) {
  frame_->SetData(data);
}

void EncodedFrame::Change(const EncodedFrameChanges& changes) {
  if (changes.rtp_timestamp) {
    frame_->SetRTPTimestamp(*changes.rtp_timestamp);
  }
  if (changes.payload_type) {
    frame_->SetPayloadType(*changes.payload_type);
  }
  if (changes.capture_time_us) {
    frame_->SetCaptureTime(Timestamp::Micros(*changes.capture_time_us));
  }
  if (changes.audio_level) {
    static_cast<webrtc::TransformableAudioFrameInterface&>(*frame_).SetAudioLevel(changes.audio_level);
  }
  if (changes.frame_id || changes.dependencies) {
    auto& video = static_cast<webrtc::TransformableVideoFrameInterface&>(*frame_);
    webrtc::VideoFrameMetadata metadata = video.Metadata();
    metadata.SetFrameId(changes.frame_id ? changes.frame_id : info_.frame_id);
    metadata.SetDependencies(std::span<const int64_t>(changes.dependencies.value_or(info_.dependencies)));
    video.SetMetadata(metadata);
  }
}

}  // namespace pywebrtc
