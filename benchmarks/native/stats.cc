// getStats() of a connection with sound, pictures and a channel.
#include <memory>

#include "api/make_ref_counted.h"
#include "api/stats/rtc_stats_collector_callback.h"
#include "api/stats/rtc_stats_report.h"
#include "opening.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

class Waiting : public webrtc::RTCStatsCollectorCallback {
 public:
  explicit Waiting(Latch& done) : done_(done) {}
  void OnStatsDelivered(const webrtc::scoped_refptr<const webrtc::RTCStatsReport>& report) override {
    // What a program does with it: every value is read.
    size_t values = 0;
    for (const webrtc::RTCStats& stats : *report) {
      for (const webrtc::Attribute& attribute : stats.Attributes()) {
        values += attribute.has_value();
      }
    }
    values_ = values;
    done_.Down();
  }

 private:
  Latch& done_;
  std::atomic<size_t> values_ = 0;
};

// libwebrtc gives the same report again for 50 ms.
constexpr double kCached = 0.06;
constexpr int kAtOnce = 20;

}  // namespace

std::vector<Json> OfferStats(Side& side) {
  const int count = side.options.Integer("count", 10);
  Latch open(1);
  Peers peers(side);
  Peer& peer = peers.Make(0);
  peer.pc().AddTransceiver(webrtc::MediaType::AUDIO);
  peer.pc().AddTransceiver(webrtc::MediaType::VIDEO);
  Opening opening(peer.CreateChannel("stats", true), open);
  peer.Offer();
  open.Wait();
  std::vector<double> one;
  std::vector<double> many;
  const Moment before;
  for (int i = 0; i < count; ++i) {
    for (int number : {1, kAtOnce}) {
      SleepUntil(Now() + kCached);
      const double start = Now();
      Latch done(number);
      for (int k = 0; k < number; ++k) {
        peer.pc().GetStats(webrtc::make_ref_counted<Waiting>(done).get());
      }
      done.Wait();
      (number == 1 ? one : many).push_back(Now() - start);
    }
  }
  const Moment after;
  side.link.Send({"bye", 0, ""});
  return {Result(Json(), Json()
                             .Set("one_ms", 1000 * Percentile(one, 0.5))
                             .Set("twenty_ms", 1000 * Percentile(many, 0.5))
                             .Set("cpu_ms_per_report", 1000 * (after.cpu - before.cpu) / (count * (1 + kAtOnce))))};
}

void AnswerStats(Side& side) {
  Peers peers(side);
  side.link.Wait("bye");
}

}  // namespace bench
