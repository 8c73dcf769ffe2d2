// Opens connections and keeps them: how many there can be, and what they take when idle.
#include <algorithm>
#include <memory>

#include "opening.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

constexpr int kBatch = 10;
constexpr double kIdle = 1;

}  // namespace

std::vector<Json> OfferHold(Side& side) {
  const int count = side.options.Integer("count", 100);
  const double limit = side.options.Number("limit", 10);
  Peers peers(side);
  std::vector<std::unique_ptr<Opening>> openings;
  const auto open = [&](int first, int number) {
    Latch all(number);
    for (int i = first; i < first + number; ++i) {
      Peer& peer = peers.Make(i);
      openings.push_back(std::make_unique<Opening>(peer.CreateChannel("hold", true), all));
      peer.Offer();
    }
    all.Wait();
  };
  // One that is there before: what is made once is not a connection's.
  open(0, 1);
  side.link.Send({"go", 0, ""});
  side.link.Wait("ready");
  const auto resident = static_cast<double>(ResidentKilobytes());
  const double threads = ThreadCount();
  const Moment before;
  int held = 0;
  while (held < count && Now() - before.time < limit) {
    const int batch = std::min(kBatch, count - held);
    open(held + 1, batch);
    held += batch;
  }
  const Moment opened;
  SleepUntil(opened.time + 0.2);
  const Moment idle;
  SleepUntil(idle.time + kIdle);
  const Moment after;
  side.link.Send({"go", 1, ""});
  const std::vector<double> there = Numbers(side.link.Wait("result").text);
  const double kilobytes = static_cast<double>(ResidentKilobytes()) - resident + there[0];
  Json values;
  values.Set("pairs_held", held)
      .Set("pairs_per_s", held / (opened.time - before.time))
      .Set("rss_kb_per_pair", kilobytes / held)
      .Set("threads_per_pair", (ThreadCount() - threads + there[1]) / held)
      .Set("threads", ThreadCount() + there[2])
      .Set("idle_cpu_ms_per_pair_s", 1000 * (after.cpu - idle.cpu + there[3]) / kIdle / held);
  side.link.Send({"bye", 0, ""});
  openings.clear();
  return {Result(Json().Set("pairs", count), values)};
}

void AnswerHold(Side& side) {
  Peers peers(side);
  side.link.Wait("go");
  const auto resident = static_cast<double>(ResidentKilobytes());
  const double threads = ThreadCount();
  side.link.Send({"ready", 0, ""});
  side.link.Wait("go");
  const Moment idle;
  if (side.shared) {
    side.link.Send({"result", 0, Text({0, 0, 0, 0})});
  } else {
    SleepUntil(idle.time + kIdle);
    const Moment after;
    side.link.Send({"result", 0,
                    Text({static_cast<double>(ResidentKilobytes()) - resident, ThreadCount() - threads,
                          static_cast<double>(ThreadCount()), after.cpu - idle.cpu})});
  }
  side.link.Wait("bye");
}

}  // namespace bench
