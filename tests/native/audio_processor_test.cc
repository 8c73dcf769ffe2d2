#include "core/audio_processor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

namespace pywebrtc {
namespace {

constexpr AudioFormat kFormat{.sample_rate = 16000, .channels = 1};

// A microphone and a loudspeaker are on threads of their own.
TEST(AudioProcessor, TakesBothEndsAtOnce) {
  AudioProcessor processor(kFormat, {.sample_rate = 48000, .channels = 2},
                           {.echo_cancellation = true,
                            .noise_suppression = NoiseSuppressionLevel{},
                            .gain_control = GainControl{},
                            .voice_detection = true});
  std::thread far([&] {
    const std::vector<int16_t> samples(2 * 480, 1000);
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(processor.ProcessFar(std::span(samples)).ok());
    }
  });
  std::thread watch([&] {
    for (int i = 0; i < 200; ++i) {
      processor.set_delay_ms(i);
      std::ignore = processor.statistics();
    }
  });
  const std::vector<float> samples(160, 0.1F);
  for (int i = 0; i < 200; ++i) {
    const auto processed = processor.Process(std::span(samples), std::nullopt);
    ASSERT_TRUE(processed.ok());
    EXPECT_EQ(std::get<std::vector<float>>(processed.value()).size(), samples.size());
  }
  far.join();
  watch.join();
  EXPECT_TRUE(processor.statistics().voice_probability);
}

TEST(AudioProcessor, RefusesWhatIsNoNumber) {
  AudioProcessor processor(kFormat, kFormat, {});
  std::vector<float> samples(100, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(processor.Process(std::span<const float>(samples), std::nullopt).error().type(),
            webrtc::RTCErrorType::INVALID_RANGE);
  EXPECT_EQ(processor.ProcessFar(std::span<const float>(samples)).type(), webrtc::RTCErrorType::INVALID_RANGE);
  EXPECT_TRUE(std::get<std::vector<int16_t>>(processor.Flush(std::span<const int16_t>())).empty());
}

TEST(SampleBlocks, CutsWhatComes) {
  SampleBlocks blocks(3);
  const std::vector<float> samples{1, 2, 3, 4, 5};
  blocks.Push(std::span(samples).first(2));
  EXPECT_FALSE(blocks.ready());
  blocks.Push(std::span(samples).subspan(2));
  ASSERT_TRUE(blocks.ready());
  EXPECT_TRUE(std::ranges::equal(blocks.Next(), std::span(samples).first(3)));
  EXPECT_FALSE(blocks.ready());
  EXPECT_EQ(blocks.waiting(), 2U);
  blocks.Push(std::span(samples).first(4));
  EXPECT_TRUE(std::ranges::equal(blocks.Next(), std::vector<float>{4, 5, 1}));
  EXPECT_TRUE(std::ranges::equal(blocks.Next(), std::vector<float>{2, 3, 4}));
  EXPECT_EQ(blocks.waiting(), 0U);
}

}  // namespace
}  // namespace pywebrtc
