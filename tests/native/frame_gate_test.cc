// Frames through a gate: what waits, what is dropped, what comes back and in which order.
#include "core/frame_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/make_ref_counted.h"
#include "api/video/video_frame_metadata.h"
#include "core/object.h"
#include "loop.h"

namespace webrtc {

// The names that libwebrtc lets derive from its frames.
class MockTransformableVideoFrame : public TransformableVideoFrameInterface {
 public:
  MockTransformableVideoFrame(uint32_t ssrc, bool key_frame, std::vector<uint8_t> data, Direction direction)
      : TransformableVideoFrameInterface(Passkey()),
        ssrc_(ssrc),
        key_frame_(key_frame),
        data_(std::move(data)),
        direction_(direction) {}
  std::span<const uint8_t> GetData() const override { return data_; }
  void SetData(std::span<const uint8_t> data) override { data_.assign(data.begin(), data.end()); }
  uint8_t GetPayloadType() const override { return 96; }
  uint32_t GetSsrc() const override { return ssrc_; }
  uint32_t GetTimestamp() const override { return timestamp_; }
  void SetRTPTimestamp(uint32_t timestamp) override { timestamp_ = timestamp; }
  Direction GetDirection() const override { return direction_; }
  std::string GetMimeType() const override { return "video/VP8"; }
  std::optional<Timestamp> ReceiveTime() const override { return std::nullopt; }
  std::optional<Timestamp> CaptureTime() const override { return std::nullopt; }
  std::optional<TimeDelta> SenderCaptureTimeOffset() const override { return std::nullopt; }
  bool IsKeyFrame() const override { return key_frame_; }
  VideoFrameMetadata Metadata() const override { return {}; }
  void SetMetadata(const VideoFrameMetadata&) override {}

 private:
  const uint32_t ssrc_;
  const bool key_frame_;
  std::vector<uint8_t> data_;
  const Direction direction_;
  uint32_t timestamp_ = 0;
};

class MockTransformableAudioFrame : public TransformableAudioFrameInterface {
 public:
  explicit MockTransformableAudioFrame(std::vector<uint8_t> data)
      : TransformableAudioFrameInterface(Passkey()), data_(std::move(data)) {}
  std::span<const uint8_t> GetData() const override { return data_; }
  void SetData(std::span<const uint8_t> data) override { data_.assign(data.begin(), data.end()); }
  uint8_t GetPayloadType() const override { return 111; }
  uint32_t GetSsrc() const override { return 17; }
  uint32_t GetTimestamp() const override { return 0; }
  void SetRTPTimestamp(uint32_t) override {}
  Direction GetDirection() const override { return Direction::kReceiver; }
  std::string GetMimeType() const override { return "audio/opus"; }
  std::optional<Timestamp> ReceiveTime() const override { return std::nullopt; }
  std::optional<Timestamp> CaptureTime() const override { return std::nullopt; }
  std::optional<TimeDelta> SenderCaptureTimeOffset() const override { return std::nullopt; }
  std::span<const uint32_t> GetContributingSources() const override { return {}; }
  const std::optional<uint16_t> SequenceNumber() const override { return std::nullopt; }
  std::optional<uint64_t> AbsoluteCaptureTimestamp() const override { return std::nullopt; }
  std::optional<uint8_t> AudioLevel() const override { return std::nullopt; }

 private:
  std::vector<uint8_t> data_;
};

}  // namespace webrtc

namespace pywebrtc {
namespace {

using testing::ElementsAre;
using webrtc::TransformableFrameInterface;
using HandedBack = FrameGate::HandedBack;

// What libwebrtc does with frames that come back: here it keeps their first bytes.
class Sink : public webrtc::TransformedFrameCallback {
 public:
  void OnTransformedFrame(std::unique_ptr<TransformableFrameInterface> frame) override {
    frames.push_back(frame->GetData().empty() ? -1 : frame->GetData()[0]);
  }
  std::vector<int> frames;
};

class FrameGateTest : public testing::Test {
 protected:
  webrtc::scoped_refptr<FrameGate> Gate(bool video, size_t capacity) {
    auto gate = webrtc::make_ref_counted<FrameGate>(kKey, loop.mailbox, video, capacity, [this] { ++installs; });
    if (video) {
      gate->RegisterTransformedFrameSinkCallback(sink, 1);
      gate->RegisterTransformedFrameSinkCallback(other, 2);
    } else {
      gate->RegisterTransformedFrameCallback(sink);
    }
    loop.handlers[kKey] = [this](const Event& event) { wakes += std::holds_alternative<FramesWaiting>(event); };
    return gate;
  }

  static void Video(FrameGate& gate, uint8_t name, bool key_frame = false, uint32_t ssrc = 1) {
    gate.Transform(std::make_unique<webrtc::MockTransformableVideoFrame>(
        ssrc, key_frame, std::vector<uint8_t>{name}, TransformableFrameInterface::Direction::kSender));
  }
  static void Audio(FrameGate& gate, std::vector<uint8_t> data) {
    gate.Transform(std::make_unique<webrtc::MockTransformableAudioFrame>(std::move(data)));
  }
  static std::vector<int> Waiting(FrameGate& gate) {
    std::vector<int> names;
    while (auto frame = gate.Pop()) {
      names.push_back(frame->data()[0]);
    }
    return names;
  }

  static constexpr Key kKey = 7;
  Loop loop;
  const webrtc::scoped_refptr<Sink> sink = webrtc::make_ref_counted<Sink>();
  const webrtc::scoped_refptr<Sink> other = webrtc::make_ref_counted<Sink>();
  int installs = 0;
  int wakes = 0;
};

TEST_F(FrameGateTest, OpenFramesPassStraightOn) {
  auto gate = Gate(true, 3);
  EXPECT_EQ(installs, 2);
  EXPECT_TRUE(gate->installed());
  Video(*gate, 1);
  Video(*gate, 2, false, 2);
  Video(*gate, 3, false, 3);  // of no stream
  EXPECT_THAT(sink->frames, ElementsAre(1));
  EXPECT_THAT(other->frames, ElementsAre(2));
  EXPECT_EQ(gate->Pop(), nullptr);
  gate->UnregisterTransformedFrameSinkCallback(1);
  gate->UnregisterTransformedFrameSinkCallback(2);
  EXPECT_FALSE(gate->installed());
  EXPECT_EQ(installs, 4);
}

TEST_F(FrameGateTest, ClosedFramesWaitAndComeBack) {
  auto gate = Gate(true, 3);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  Video(*gate, 2, true, 2);
  EXPECT_TRUE(sink->frames.empty());
  loop.RunFor(std::chrono::milliseconds(20));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(gate->waiting(), 2u);
  auto first = gate->Pop();
  auto second = gate->Pop();
  EXPECT_EQ(first->info().ssrc, 1u);
  EXPECT_TRUE(first->info().key_frame);
  first->Replace(std::vector<uint8_t>{9});
  EXPECT_EQ(gate->HandBack(*first), HandedBack::kOn);
  EXPECT_EQ(gate->HandBack(*second), HandedBack::kOn);
  EXPECT_THAT(sink->frames, ElementsAre(9));
  EXPECT_THAT(other->frames, ElementsAre(2));
  EXPECT_FALSE(first->held());
  EXPECT_TRUE(first->data().empty());
  EXPECT_EQ(gate->HandBack(*first), HandedBack::kTwice);
}

TEST_F(FrameGateTest, OrderIsKept) {
  auto gate = Gate(true, 3);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  Video(*gate, 2);
  Video(*gate, 3);
  auto first = gate->Pop();
  auto second = gate->Pop();
  auto third = gate->Pop();
  EXPECT_EQ(gate->HandBack(*second), HandedBack::kOn);
  EXPECT_EQ(gate->HandBack(*first), HandedBack::kOutOfOrder);
  EXPECT_TRUE(first->held());
  EXPECT_EQ(gate->HandBack(*third), HandedBack::kOn);
  EXPECT_THAT(sink->frames, ElementsAre(2, 3));
}

TEST_F(FrameGateTest, VideoThatOverflowsIsDroppedUpToItsNextKeyFrame) {
  auto gate = Gate(true, 3);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  Video(*gate, 2);
  Video(*gate, 3);
  EXPECT_FALSE(gate->TakeKeyFrameWish());
  Video(*gate, 4);
  EXPECT_FALSE(gate->TakeKeyFrameWish()) << "there is no room for it";
  EXPECT_EQ(gate->counts().overflowed, 1u);
  EXPECT_THAT(Waiting(*gate), ElementsAre(1, 2, 3));
  EXPECT_TRUE(gate->TakeKeyFrameWish());
  EXPECT_FALSE(gate->TakeKeyFrameWish()) << "once";
  Video(*gate, 5);
  Video(*gate, 6, false, 2);  // another stream goes on
  Video(*gate, 7);
  Video(*gate, 8, true);
  Video(*gate, 9);
  EXPECT_EQ(gate->counts().overflowed, 3u);
  EXPECT_THAT(Waiting(*gate), ElementsAre(6, 8, 9));
  EXPECT_FALSE(gate->TakeKeyFrameWish());
}

TEST_F(FrameGateTest, AKeyFrameThatOverflowsIsAskedForAgain) {
  auto gate = Gate(true, 1);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  Video(*gate, 2);
  EXPECT_THAT(Waiting(*gate), ElementsAre(1));
  EXPECT_TRUE(gate->TakeKeyFrameWish());
  Video(*gate, 3, true, 2);
  Video(*gate, 4, true);
  EXPECT_THAT(Waiting(*gate), ElementsAre(3));
  EXPECT_TRUE(gate->TakeKeyFrameWish());
}

TEST_F(FrameGateTest, AudioThatOverflowsDropsTheOldest) {
  auto gate = Gate(false, 3);
  gate->SetClosed(true);
  for (uint8_t name = 1; name <= 5; ++name) {
    Audio(*gate, {name});
  }
  EXPECT_EQ(gate->counts().overflowed, 2u);
  EXPECT_THAT(Waiting(*gate), ElementsAre(3, 4, 5));
  EXPECT_FALSE(gate->TakeKeyFrameWish());
}

TEST_F(FrameGateTest, PaddingPasses) {
  auto gate = Gate(false, 3);
  gate->SetClosed(true);
  Audio(*gate, {});
  EXPECT_THAT(sink->frames, ElementsAre(-1));
  EXPECT_EQ(gate->Pop(), nullptr);
}

TEST_F(FrameGateTest, WhatComesTooLateIsDropped) {
  auto gate = Gate(true, 3);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  Video(*gate, 2);
  Video(*gate, 3);
  auto of_a_stream_that_ended = gate->Pop();
  gate->UnregisterTransformedFrameSinkCallback(1);
  EXPECT_EQ(gate->HandBack(*of_a_stream_that_ended), HandedBack::kLate);
  auto of_a_transform_that_ended = gate->Pop();
  gate->SetClosed(false);
  EXPECT_EQ(gate->HandBack(*of_a_transform_that_ended), HandedBack::kLate);
  EXPECT_FALSE(of_a_transform_that_ended->held());
  EXPECT_EQ(gate->Pop(), nullptr) << "what waited went with the transform";
  EXPECT_TRUE(gate->TakeKeyFrameWish()) << "as what comes may refer to it";
  EXPECT_EQ(gate->counts().late, 3u);
  EXPECT_TRUE(sink->frames.empty());
}

TEST_F(FrameGateTest, AnEndIsForEver) {
  auto gate = Gate(true, 3);
  gate->SetClosed(true);
  Video(*gate, 1, true);
  auto frame = gate->Pop();
  Video(*gate, 2);
  gate->End();
  EXPECT_EQ(gate->Pop(), nullptr);
  gate->RegisterTransformedFrameSinkCallback(sink, 1);
  gate->SetClosed(false);
  Video(*gate, 3, true);
  EXPECT_EQ(gate->HandBack(*frame), HandedBack::kLate);
  EXPECT_TRUE(sink->frames.empty());
}

// Streams come and go, and the gate opens and closes, while frames pass on another thread.
TEST_F(FrameGateTest, FromSeveralThreads) {
  auto gate = Gate(true, 8);
  gate->UnregisterTransformedFrameSinkCallback(2);
  std::atomic<bool> done = false;
  std::thread encoder([&] {
    for (int i = 0; i < 20000; ++i) {
      Video(*gate, static_cast<uint8_t>(i), i % 10 == 0);
    }
    done = true;
  });
  std::thread worker([&] {
    while (!done) {
      gate->RegisterTransformedFrameSinkCallback(other, 2);
      gate->UnregisterTransformedFrameSinkCallback(2);
    }
  });
  uint64_t last = 0;
  bool closed = false;
  while (!done) {
    gate->SetClosed(closed = !closed);
    for (int i = 0; i < 20; ++i) {
      if (auto frame = gate->Pop()) {
        EXPECT_GT(frame->number(), last);
        last = frame->number();
      }
    }
    gate->TakeKeyFrameWish();
  }
  encoder.join();
  worker.join();
}

}  // namespace
}  // namespace pywebrtc
