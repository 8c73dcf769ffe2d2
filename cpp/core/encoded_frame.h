// One encoded frame on its way through Python.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/frame_transformer_interface.h"

namespace pywebrtc {

// https://w3c.github.io/webrtc-encoded-transform/#RTCEncodedFrameMetadata, as libwebrtc tells it. Times are
// microseconds of its monotonic clock.
struct EncodedFrameInfo {
  bool video = false;
  bool from_sender = false;
  std::string mime_type;
  uint8_t payload_type = 0;
  uint32_t ssrc = 0;
  std::vector<uint32_t> csrcs;
  uint32_t rtp_timestamp = 0;
  std::optional<int64_t> receive_time_us;
  std::optional<int64_t> capture_time_us;
  std::optional<int64_t> sender_capture_time_offset_us;

  // Of video.
  bool key_frame = false;
  std::string rid;
  std::optional<int64_t> frame_id;
  std::vector<int64_t> dependencies;
  uint16_t width = 0;
  uint16_t height = 0;
  int spatial_index = 0;
  int temporal_index = 0;
  std::optional<int64_t> presentation_timestamp_us;

  // Of audio; the level is in -dBov, 0 to 127.
  std::optional<uint16_t> sequence_number;
  std::optional<uint8_t> audio_level;

  bool can_set_payload_type = false;
  bool can_set_capture_time = false;
  bool can_set_audio_level = false;
};

// What a frame is handed back with; what is absent stays as it was. Python has asked whether it can be set.
struct EncodedFrameChanges {
  std::optional<uint32_t> rtp_timestamp;
  std::optional<uint8_t> payload_type;
  std::optional<int64_t> capture_time_us;
  std::optional<uint8_t> audio_level;
  // Of received video.
  std::optional<int64_t> frame_id;
  std::optional<std::vector<int64_t>> dependencies;
};

// Any thread, but one at a time.
class EncodedFrame {
 public:
  EncodedFrame(bool video, uint64_t number, std::unique_ptr<webrtc::TransformableFrameInterface> frame);

  // Frames of one transform are numbered in the order in which they came.
  uint64_t number() const { return number_; }
  const EncodedFrameInfo& info() const { return info_; }

  // False once it was handed back.
  bool held() const { return frame_ != nullptr; }
  // Until Replace() or Take().
  std::span<const uint8_t> data() const;
  void Replace(std::span<const uint8_t> data);
  void Change(const EncodedFrameChanges& changes);
  std::unique_ptr<webrtc::TransformableFrameInterface> Take() { return std::move(frame_); }

 private:
  uint64_t number_;
  std::unique_ptr<webrtc::TransformableFrameInterface> frame_;
  EncodedFrameInfo info_;
};

}  // namespace pywebrtc
