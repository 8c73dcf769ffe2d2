// What can be measured. Each has two sides; the offerer's returns the results.
#pragma once

#include <vector>

#include "json.h"
#include "peer.h"

namespace bench {

struct Scenario {
  const char* name;
  std::vector<Json> (*offer)(Side&);
  // Null where one side does all.
  void (*answer)(Side&);
};

// throughput.cc: messages and bytes a second of data channels.
std::vector<Json> OfferThroughput(Side& side);
void AnswerThroughput(Side& side);
// latency.cc: there and back.
std::vector<Json> OfferLatency(Side& side);
void AnswerLatency(Side& side);
// setup.cc: from the constructor to the open channel.
std::vector<Json> OfferSetup(Side& side);
void AnswerSetup(Side& side);
// hold.cc: what many connections take.
std::vector<Json> OfferHold(Side& side);
void AnswerHold(Side& side);
// video.cc, audio.cc: pictures and samples from one side to the other.
std::vector<Json> OfferVideo(Side& side);
void AnswerVideo(Side& side);
std::vector<Json> OfferAudio(Side& side);
void AnswerAudio(Side& side);
// pixels.cc: one pass of libyuv for each format.
std::vector<Json> MeasurePixels(Side& side);
// stats.cc: getStats().
std::vector<Json> OfferStats(Side& side);
void AnswerStats(Side& side);

// A result: what was measured, and what came of it.
inline Json Result(const Json& options, const Json& values) {
  return Json().Set("case", options).Set("values", values);
}

}  // namespace bench
