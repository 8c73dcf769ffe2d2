#include "core/track_mixer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "core/audio_sink.h"
#include "core/audio_source.h"
#include "core/jpeg.h"
#include "loop.h"
#include "peer.h"

namespace pywebrtc {
namespace {

constexpr AudioFormat kFormat{.sample_rate = 48000, .channels = 1};

TEST(TrackMixer, AddsTracksUpWhileTheyComeAndGo) {
  Loop loop;
  auto mixer = TrackMixer::Create(48000, 1).MoveValue();
  auto feed = AudioFeed::Create().MoveValue();
  auto track = feed->CreateTrack("mix").MoveValue();
  mixer->AddFeed(feed);
  auto sink = AudioSink::Create(loop.mailbox, track, 100).MoveValue();
  auto source = AudioSource::Create(48000, 1, 2000).MoveValue();
  const AudioLine line(source, "line");
  source->Push(std::vector<int16_t>(48000, 1000), kFormat).MoveValue();
  EXPECT_TRUE(mixer->Add(line.track, 2.0F).ok());
  // Others come and go meanwhile.
  std::thread others([&] {
    for (int i = 0; i < 20; ++i) {
      auto other = AudioSource::Create(48000, 1, 100).MoveValue();
      const AudioLine silent(other, "other");
      EXPECT_TRUE(mixer->Add(silent.track, 1.0F).ok());
      feed->Configure({.noise_suppression = i % 2 == 1, .channels = 1});
      mixer->Remove(silent.track);
    }
    feed->Configure({});
  });
  int heard = 0;
  EXPECT_TRUE(loop.RunUntil([&] {
    while (auto frame = sink->Pop()) {
      heard = frame->samples.back();
    }
    return std::abs(heard - 2000) <= 1;
  }));
  others.join();
  mixer->Remove(line.track);
  EXPECT_TRUE(loop.RunUntil([&] {
    while (auto frame = sink->Pop()) {
      heard = frame->samples.back();
    }
    return heard == 0;
  }));
}

// A reader of a clone may be all that is left of it.
TEST(AudioFeed, LivesAsLongAsATrackOfIt) {
  Loop loop;
  auto source = AudioSource::Create(48000, 1, 2000).MoveValue();
  auto feed = AudioFeed::Create().MoveValue();
  auto track = feed->CreateTrack("id").MoveValue();
  source->AddFeed(feed);
  auto sink = AudioSink::Create(loop.mailbox, track, 10).MoveValue();
  feed = nullptr;
  track = nullptr;
  Engine::Flush();
  source->Push(std::vector<int16_t>(4800, 1), kFormat).MoveValue();
  EXPECT_TRUE(loop.RunUntil([&] { return sink->Pop().has_value(); }));
}

TEST(Jpeg, RefusesWhatIsNone) {
  const std::vector<uint8_t> garbage(1000, 0xFF);
  EXPECT_EQ(DecodeJpeg(garbage), nullptr);
  EXPECT_EQ(DecodeJpeg({}), nullptr);
}

}  // namespace
}  // namespace pywebrtc
