// From the first constructor to the open channel, over and over; at_once=N begins so many together.
#include <algorithm>
#include <memory>

#include "opening.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
std::vector<Json> OfferSetup(Side& side) {
  const int count = side.options.Integer("count", 20);
  const int at_once = std::min(count, side.options.Integer("at_once", 1));
  Peers peers(side);
  std::vector<double> times;
  // The first is not counted: threads start, tables are made.
  Moment before;
  for (int first = -1; first < count;) {
    if (first == 0) {
      side.link.Send({"go", 0, ""});
      side.link.Wait("ready");
      before = Moment();
    }
    const int batch = first < 0 ? 1 : std::min(at_once, count - first);
    Latch all(batch);
    std::vector<double> starts;
    std::vector<std::unique_ptr<Opening>> openings;
    for (int i = 0; i < batch; ++i) {
      starts.push_back(Now());
      Peer& peer = peers.Make(first + i + 1);
      openings.push_back(std::make_unique<Opening>(peer.CreateChannel("setup", true), all));
      peer.Offer();
    }
    all.Wait();
    for (int i = 0; i < batch; ++i) {
      if (first >= 0) {
        times.push_back(openings[static_cast<size_t>(i)]->time() - starts[static_cast<size_t>(i)]);
      }
      openings[static_cast<size_t>(i)].reset();
      peers.Close(first + i + 1);
    }
    first += batch;
  }
  const Moment after;
  side.link.Send({"go", 1, ""});
  const double cpu = after.cpu - before.cpu + Numbers(side.link.Wait("result").text)[0];
  side.link.Send({"bye", 0, ""});
  return {Result(Json().Set("trickle", side.options.Integer("trickle", 1)).Set("at_once", at_once),
                 Json()
                     .Set("open_p50_ms", 1000 * Percentile(times, 0.5))
                     .Set("open_p90_ms", 1000 * Percentile(times, 0.9))
                     .Set("connections_per_s", count / (after.time - before.time))
                     .Set("cpu_ms_per_connection", 1000 * cpu / count))};
}

void AnswerSetup(Side& side) {
  Peers peers(side);
  side.link.Wait("go");
  const Moment before;
  side.link.Send({"ready", 0, ""});
  side.link.Wait("go");
  side.link.Send({"result", 0, Text({side.shared ? 0 : Moment().cpu - before.cpu})});
  side.link.Wait("bye");
}

}  // namespace bench
