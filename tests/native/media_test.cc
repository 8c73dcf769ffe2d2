// Sources to sinks: within one process, and over a real call with real codecs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include "api/make_ref_counted.h"
#include "core/adapting_source.h"
#include "core/array_sink.h"
#include "core/audio_clock.h"
#include "core/audio_feed.h"
#include "core/audio_sink.h"
#include "core/audio_source.h"
#include "core/frame_origin.h"
#include "core/object.h"
#include "core/pixels.h"
#include "core/video_sink.h"
#include "core/video_source.h"
#include "loop.h"
#include "peer.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using std::chrono::milliseconds;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr int kRate = 48000;
constexpr double kTone = 440;

// Smooth, and different in each channel and direction: what a codec keeps, and a mix-up does not.
std::vector<uint8_t> Pattern() {
  std::vector<uint8_t> pixels;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      pixels.push_back(static_cast<uint8_t>(40 + 170 * x / kWidth));
      pixels.push_back(static_cast<uint8_t>(200 - 150 * y / kHeight));
      pixels.push_back(static_cast<uint8_t>(60 + 100 * (x + y) / (kWidth + kHeight)));
    }
  }
  return pixels;
}

Picture View(const std::vector<uint8_t>& pixels) {
  return {PixelFormat::kRgb24, kWidth, kHeight, {{{pixels.data(), kWidth * 3}}}};
}

std::vector<uint8_t> Pixels(const webrtc::VideoFrame& frame) {
  std::vector<uint8_t> pixels(static_cast<size_t>(kWidth) * kHeight * 3);
  const MutablePicture target{PixelFormat::kRgb24, kWidth, kHeight, {{{pixels.data(), kWidth * 3}}}};
  Convert(PictureOf(*frame.video_frame_buffer()), target, frame.color_space());
  return pixels;
}

double Psnr(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    squares += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / squares);
}

std::vector<int16_t> Tone(int chunk, size_t channels) {
  std::vector<int16_t> samples;
  for (int i = 0; i < kRate / 100; ++i) {
    const double t = (chunk * (kRate / 100) + i) / static_cast<double>(kRate);
    samples.insert(samples.end(), channels, static_cast<int16_t>(10000 * std::sin(2 * std::numbers::pi * kTone * t)));
  }
  return samples;
}

// The share of the energy that is at `frequency`, by Goertzel's sum.
double ShareAt(double frequency, const std::vector<double>& samples, int rate) {
  double real = 0, imaginary = 0, energy = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * frequency * static_cast<double>(i) / rate;
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
    energy += samples[i] * samples[i];
  }
  return 2 * (real * real + imaginary * imaginary) / (static_cast<double>(samples.size()) * energy);
}

class MediaTest : public testing::Test {
 protected:
  void TearDown() override {
    // Messages that nobody read hold what they announce.
    loop.mailbox->Close();
    EXPECT_THAT(LiveObjects(), testing::IsEmpty());
  }

  // The track that the answerer receives for the one that the offerer sends.
  static std::shared_ptr<Track> Call(Peer& offerer, Peer& answerer, const std::shared_ptr<Track>& track) {
    EXPECT_TRUE(offerer.native->AddTrack(track, {"stream"}).ok());
    Connect(offerer, answerer);
    EXPECT_EQ(answerer.state->transceivers.size(), 1u);
    EXPECT_EQ(answerer.state->transceivers[0].receiver_stream_ids, std::vector<std::string>{"stream"});
    return answerer.state->transceivers[0].transceiver->receiver_track();
  }

  Loop loop;
};

TEST_F(MediaTest, VideoReachesALocalSink) {
  auto source = VideoSource::Create(false).MoveValue();
  auto track = source->CreateTrack("id").MoveValue();
  EXPECT_EQ(track->id(), "id");
  EXPECT_TRUE(track->is_video());
  const std::vector<uint8_t> sent = Pattern();
  EXPECT_FALSE(source->Push(View(sent), webrtc::TimeMicros())) << "nobody listens";

  auto sink = VideoSink::Create(loop.mailbox, track, 3).MoveValue();
  int wakes = 0;
  loop.handlers[sink->key()] = [&](const Event& event) { wakes += std::holds_alternative<FramesWaiting>(event); };
  int64_t time = webrtc::TimeMicros();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(source->Push(View(sent), time += 33333));
  }
  loop.RunFor(milliseconds(20));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(sink->dropped(), 7u);
  int frames = 0;
  while (auto frame = sink->Pop()) {
    ++frames;
    EXPECT_EQ(frame->width(), kWidth);
    EXPECT_GT(Psnr(sent, Pixels(*frame)), 35);
  }
  EXPECT_EQ(frames, 3);
  sink = nullptr;
  LiveObjects();
  EXPECT_FALSE(source->Push(View(sent), time += 33333)) << "nobody listens any more";
}

TEST_F(MediaTest, ArraysAreConvertedWhenTheyAreAskedFor) {
  auto source = VideoSource::Create(false).MoveValue();
  auto track = source->CreateTrack("id").MoveValue();
  const ArrayFormat format{.format = PixelFormat::kBgr24, .size = VideoSize{.width = 160, .height = 120}};
  auto sink = ArraySink::Create(loop.mailbox, track, 2, Drop::kOldest, format).MoveValue();
  int wakes = 0;
  loop.handlers[sink->key()] = [&](const Event& event) { wakes += std::holds_alternative<FramesWaiting>(event); };
  const std::vector<uint8_t> sent = Pattern();
  int64_t time = webrtc::TimeMicros();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(source->Push(View(sent), time += 33333));
  }
  EXPECT_EQ(sink->dropped(), 3u);
  loop.RunFor(milliseconds(20));
  EXPECT_EQ(wakes, 0) << "nobody asked";
  for (int i = 1; i <= 2; ++i) {
    EXPECT_FALSE(sink->Pop());
    EXPECT_FALSE(sink->Pop()) << "asking twice is asking once";
    ASSERT_TRUE(loop.RunUntil([&] { return wakes == i; }));
    const PixelArray array = sink->Pop()->MoveValue();
    EXPECT_EQ(array.depth, 1);
    EXPECT_THAT(array.shape, testing::ElementsAre(120, 160, 3));
    EXPECT_NEAR(array.memory[2], 40, 6) << "red comes last";
  }
  EXPECT_TRUE(sink->empty());
  // One that is asked for, and let go of meanwhile.
  EXPECT_FALSE(sink->Pop());
  EXPECT_TRUE(source->Push(View(sent), time += 33333));
  sink = nullptr;
}

TEST_F(MediaTest, VideoCrossesACall) {
  Peer offerer(loop), answerer(loop);
  auto source = VideoSource::Create(false).MoveValue();
  auto received_track = Call(offerer, answerer, source->CreateTrack("video").MoveValue());
  auto sink = VideoSink::Create(loop.mailbox, received_track, 8).MoveValue();
  const std::vector<uint8_t> sent = Pattern();
  int frames = 0;
  double psnr = 0;
  EXPECT_TRUE(loop.RunUntil([&] {
    source->Push(View(sent), webrtc::TimeMicros());
    std::this_thread::sleep_for(milliseconds(33));
    while (auto frame = sink->Pop()) {
      ++frames;
      psnr = Psnr(sent, Pixels(*frame));
    }
    return frames >= 20 && psnr > 30;
  })) << frames
      << " frames, the last of " << psnr << " dB";
}

// What is received goes on, each hop with what its own encoder wants.
TEST_F(MediaTest, VideoCrossesTwoCalls) {
  Peer offerer(loop), answerer(loop), second_offerer(loop), second_answerer(loop);
  auto source = VideoSource::Create(false).MoveValue();
  auto received = Call(offerer, answerer, source->CreateTrack("video").MoveValue());
  auto far = Call(second_offerer, second_answerer, received);
  auto sink = VideoSink::Create(loop.mailbox, far, 8).MoveValue();
  const std::vector<uint8_t> sent = Pattern();
  double psnr = 0;
  EXPECT_TRUE(loop.RunUntil([&] {
    source->Push(View(sent), webrtc::TimeMicros());
    std::this_thread::sleep_for(milliseconds(33));
    while (auto frame = sink->Pop()) {
      psnr = frame->width() == kWidth ? Psnr(sent, Pixels(*frame)) : 0;
      EXPECT_EQ(CodecOf(*frame), "video/VP8");
      EXPECT_TRUE(ReceiveTimeUs(*frame));
    }
    return psnr > 28;
  })) << psnr
      << " dB";
  // The first hop ends under the second, while pictures flow.
  answerer.native->Close();
  EXPECT_TRUE(loop.RunUntil([&] { return answerer.closed == 1; }));
  source->Push(View(sent), webrtc::TimeMicros());
}

// A track ends with the connection that received it, and its sink is let go of after that.
TEST_F(MediaTest, ATrackEndsWithItsConnection) {
  Peer offerer(loop), answerer(loop);
  auto source = VideoSource::Create(false).MoveValue();
  auto received_track = Call(offerer, answerer, source->CreateTrack("video").MoveValue());
  auto sink = VideoSink::Create(loop.mailbox, received_track, 8).MoveValue();
  bool ended = false;
  loop.handlers[received_track->key()] = [&](const Event& event) {
    ended = std::get<TrackStateChanged>(event).state == webrtc::MediaStreamTrackInterface::kEnded;
  };
  answerer.native->Close();
  EXPECT_TRUE(loop.RunUntil([&] { return answerer.closed == 1; }));
  EXPECT_TRUE(loop.RunUntil([&] { return ended; }, milliseconds(5000)));
  EXPECT_FALSE(sink->Pop());
}

TEST_F(MediaTest, AudioLeavesInTensOfMilliseconds) {
  auto source = AudioSource::Create(kRate, 2, 50).MoveValue();
  const AudioLine line(source, "id");
  const auto& track = line.track;
  EXPECT_FALSE(track->is_video());
  auto sink = AudioSink::Create(loop.mailbox, track, 100).MoveValue();
  EXPECT_EQ(source->Push(Tone(1, 2), {.sample_rate = kRate, .channels = 2}).MoveValue(), 0u);
  std::optional<AudioFrame> frame;
  ASSERT_TRUE(loop.RunUntil([&] { return (frame = sink->Pop()).has_value(); }));
  EXPECT_EQ(frame->sample_rate, kRate);
  EXPECT_EQ(frame->channels, 2u);
  EXPECT_EQ(frame->samples, Tone(1, 2));
}

TEST_F(MediaTest, AudioThatDoesNotFitPushesTheOldestOut) {
  auto source = AudioSource::Create(kRate, 1, 100).MoveValue();
  size_t out = 0;
  for (int i = 0; i < 1000; ++i) {
    out += source->Push(Tone(i, 1), {.sample_rate = kRate, .channels = 1}).MoveValue();
  }
  EXPECT_LE(source->queued(), static_cast<size_t>(kRate / 10));
  EXPECT_GT(out, 0u);
  source->Clear();
  EXPECT_EQ(source->queued(), 0u);
}

TEST_F(MediaTest, TellsWhetherSamplesAreWanted) {
  auto feed = AudioFeed::Create().MoveValue();
  auto track = feed->CreateTrack("id").MoveValue();
  int told = 0;
  loop.handlers[feed->key()] = [&](const Event& event) { told += std::holds_alternative<WantsChanged>(event); };
  feed->Watch(loop.mailbox);
  EXPECT_FALSE(feed->wanted());
  auto sink = AudioSink::Create(loop.mailbox, track, 1).MoveValue();
  auto other = AudioSink::Create(loop.mailbox, track, 1).MoveValue();
  EXPECT_TRUE(feed->wanted());
  sink->Detach();
  EXPECT_TRUE(feed->wanted());
  other->Detach();
  EXPECT_FALSE(feed->wanted());
  EXPECT_TRUE(loop.RunUntil([&] { return told == 2; })) << "the first that came, and the last that went";
}

TEST_F(MediaTest, SilenceIsSentForAPause) {
  auto source = AudioSource::Create(kRate, 1, 1000).MoveValue();
  auto feed = AudioFeed::Create().MoveValue();
  source->AddFeed(feed);
  auto track = feed->CreateTrack("id").MoveValue();
  auto sink = AudioSink::Create(loop.mailbox, track, 100).MoveValue();
  loop.RunFor(milliseconds(150));
  EXPECT_TRUE(sink->empty()) << "nothing was pushed yet";
  source->Push(std::vector<int16_t>(kRate / 100, 1000), {.sample_rate = kRate, .channels = 1});
  std::vector<int16_t> firsts;
  EXPECT_TRUE(loop.RunUntil([&] {
    while (auto frame = sink->Pop()) {
      firsts.push_back(frame->samples[0]);
    }
    return firsts.size() >= 30;
  }));
  EXPECT_EQ(firsts[0], 1000);
  EXPECT_EQ(std::ranges::count(firsts, 0), static_cast<ptrdiff_t>(firsts.size()) - 1);
}

TEST_F(MediaTest, TellsWhenAudioHasLeft) {
  auto source = AudioSource::Create(kRate, 1, 1000).MoveValue();
  int told = 0;
  loop.handlers[source->key()] = [&](const Event& event) { told += std::holds_alternative<AudioDrained>(event); };
  source->NotifyAt(loop.mailbox, 0);
  EXPECT_TRUE(loop.RunUntil([&] { return told == 1; })) << "nothing waits now";
  const AudioFormat format{.sample_rate = kRate, .channels = 1};
  for (int i = 0; i < 5; ++i) {
    source->Push(Tone(i, 1), format);
  }
  source->Push(std::vector<int16_t>(10), format);
  source->NotifyAt(loop.mailbox, 2 * kRate / 100);
  EXPECT_TRUE(loop.RunUntil([&] { return told == 2; }));
  EXPECT_LE(source->queued(), static_cast<size_t>(2 * kRate / 100));
  source->NotifyAt(loop.mailbox, 0);
  loop.RunFor(milliseconds(100));
  EXPECT_EQ(told, 2) << "10 samples wait for the rest of their 10 ms";
  source->Pad();
  EXPECT_TRUE(loop.RunUntil([&] { return told == 3; }));
  EXPECT_EQ(source->queued(), 0u);
}

// An encoder's wish, by the means of an encoder.
TEST_F(MediaTest, TellsWhatSinksWant) {
  class Encoder : public webrtc::VideoSinkInterface<webrtc::VideoFrame> {
   public:
    void OnFrame(const webrtc::VideoFrame& frame) override { sizes.push_back(frame.width()); }
    std::vector<int> sizes;
  } encoder;
  auto source = webrtc::make_ref_counted<AdaptingSource>(NextKey(), false);
  const std::vector<uint8_t> pattern = Pattern();
  const auto push = [&] {
    return source->Push({.width = kWidth, .height = kHeight}, webrtc::TimeMicros(), webrtc::kVideoRotation_0,
                        std::nullopt, [&] { return Keep(View(pattern), std::nullopt); });
  };
  source->Watch(loop.mailbox);
  EXPECT_EQ(source->wants(), VideoWants());
  webrtc::VideoSinkWants wants;
  wants.is_active = true;
  wants.max_pixel_count = kWidth * kHeight / 4;
  wants.max_framerate_fps = 15;
  source->AddOrUpdateSink(&encoder, wants);
  wants.resolution_alignment = 16;
  source->AddOrUpdateSink(&encoder, wants);
  EXPECT_EQ(loop.mailbox->Drain(10).size(), 1u) << "not told again before it was read";
  const VideoWants expected{.wanted = true,
                            .active = true,
                            .max_pixels = kWidth * kHeight / 4,
                            .max_framerate = 15,
                            .alignment = 16,
                            .resolution = std::nullopt};
  EXPECT_EQ(source->wants(), expected);
  EXPECT_TRUE(push());
  ASSERT_EQ(encoder.sizes.size(), 1u);
  EXPECT_EQ(encoder.sizes[0] % 16, 0);
  EXPECT_LE(encoder.sizes[0], kWidth / 2);
  source->AddOrUpdateSink(&encoder, wants);
  EXPECT_TRUE(loop.mailbox->Drain(10).empty()) << "nothing has changed";
  source->RemoveSink(&encoder);
  EXPECT_EQ(loop.mailbox->Drain(10).size(), 1u);
  EXPECT_EQ(source->wants(), VideoWants());
  EXPECT_FALSE(push());
}

TEST_F(MediaTest, AToneCrossesACall) {
  Peer offerer(loop), answerer(loop);
  auto source = AudioSource::Create(kRate, 1, 200).MoveValue();
  const AudioLine line(source, "audio");
  auto received_track = Call(offerer, answerer, line.track);
  auto sink = AudioSink::Create(loop.mailbox, received_track, 400).MoveValue();
  int chunk = 0;
  std::vector<double> heard;
  int rate = 0;
  double share = 0;
  EXPECT_TRUE(loop.RunUntil([&] {
    while (source->queued() < kRate / 20) {
      source->Push(Tone(chunk++, 1), {.sample_rate = kRate, .channels = 1});
    }
    std::this_thread::sleep_for(milliseconds(5));
    while (auto frame = sink->Pop()) {
      rate = frame->sample_rate;
      for (size_t i = 0; i < frame->samples.size(); i += frame->channels) {
        heard.push_back(frame->samples[i]);
      }
    }
    // A quarter of a second at a time: what the jitter buffer stretched is not in all of them.
    if (rate != 0 && heard.size() > static_cast<size_t>(rate / 4)) {
      share = ShareAt(kTone, heard, rate);
      heard.clear();
    }
    return share > 0.9;
  })) << "at best "
      << share << " of the energy is at the tone's frequency";
}

}  // namespace
}  // namespace pywebrtc
