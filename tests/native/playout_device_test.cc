#include "core/playout_device.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "api/environment/environment_factory.h"
#include "api/make_ref_counted.h"

namespace pywebrtc {
namespace {

class Transport : public webrtc::AudioTransport {
 public:
  ~Transport() override { EXPECT_FALSE(inside); }

  bool IsPulled() const {
    const int before = pulls;
    for (int i = 0; i < 2000 && pulls == before; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return pulls > before;
  }

  std::atomic<int> pulls{0};
  std::atomic<bool> inside{false};

 private:
  int32_t RecordedDataIsAvailable(const void*,
                                  size_t,
                                  size_t,
                                  size_t,
                                  uint32_t,
                                  uint32_t,
                                  int32_t,
                                  uint32_t,
                                  bool,
                                  uint32_t&) override {
    return 0;
  }
  int32_t NeedMorePlayData(size_t samples,
                           size_t bytes_per_sample,
                           size_t channels,
                           uint32_t rate,
                           void*,
                           size_t& samples_out,
                           int64_t*,
                           int64_t*) override {
    inside = true;
    EXPECT_EQ(samples, rate / 100);
    EXPECT_EQ(bytes_per_sample, channels * sizeof(int16_t));
    samples_out = samples;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ++pulls;
    inside = false;
    return 0;
  }
  void PullRenderData(int, int, size_t, size_t, void*, int64_t*, int64_t*) override {}
};

TEST(PlayoutDevice, PullsWhileItPlays) {
  AudioClock clock(webrtc::CreateEnvironment());
  FarEnd far_end;
  auto device = webrtc::make_ref_counted<PlayoutDevice>(clock, far_end);
  auto transport = std::make_unique<Transport>();
  device->RegisterAudioCallback(transport.get());
  EXPECT_FALSE(device->Playing());
  device->StartPlayout();
  EXPECT_TRUE(device->Playing());
  EXPECT_TRUE(transport->IsPulled());
  device->StopPlayout();
  const auto stats = device->GetStats();
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->total_samples_count, 480 * static_cast<uint64_t>(transport->pulls));
  EXPECT_DOUBLE_EQ(stats->total_samples_duration_s, 0.01 * transport->pulls);
  EXPECT_FALSE(transport->inside);
  const int pulls = transport->pulls;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(transport->pulls, pulls);
}

// libwebrtc destroys the old transport as soon as it has registered another, or none.
TEST(PlayoutDevice, IsNotInsideATransportThatWasReplaced) {
  AudioClock clock(webrtc::CreateEnvironment());
  FarEnd far_end;
  auto device = webrtc::make_ref_counted<PlayoutDevice>(clock, far_end);
  device->StartPlayout();
  for (int i = 0; i < 10; ++i) {
    auto transport = std::make_unique<Transport>();
    device->RegisterAudioCallback(transport.get());
    EXPECT_TRUE(transport->IsPulled());
    device->RegisterAudioCallback(nullptr);
    transport = nullptr;
  }
}

}  // namespace
}  // namespace pywebrtc
