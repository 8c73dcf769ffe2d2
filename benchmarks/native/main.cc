// native SCENARIO [role=both|offer|answer] [fd=N] [threads=N] [key=value ...]: one line of JSON, from the offerer.
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "measure.h"
#include "scenarios.h"

namespace bench {
namespace {

constexpr Scenario kScenarios[] = {
    {"throughput", OfferThroughput, AnswerThroughput},
    {"latency", OfferLatency, AnswerLatency},
    {"setup", OfferSetup, AnswerSetup},
    {"hold", OfferHold, AnswerHold},
    {"video", OfferVideo, AnswerVideo},
    {"audio", OfferAudio, AnswerAudio},
    {"pixels", MeasurePixels, nullptr},
    {"stats", OfferStats, AnswerStats},
};

void Print(const Scenario& scenario, const std::vector<Json>& results) {
  const Json line = Json()
                        .Set("program", "native")
                        .Set("scenario", scenario.name)
                        .Set("versions", Json().Set("libwebrtc", BENCH_LIBWEBRTC_VERSION))
                        .Set("results", results);
  std::printf("%s\n", line.Text().c_str());
  std::fflush(stdout);
}

int Run(const Scenario& scenario, const Options& options) {
  RaiseFileLimit();
  Engine engine(options.Integer("threads", 2));
  const std::string role = options.Text("role", "both");
  if (role == "both") {
    auto [one, two] = MakeLinks(engine.signaling());
    Side offerer{engine, *one, options, true, 0};
    Side answerer{engine, *two, options, true, 1};
    std::thread answering;
    if (scenario.answer) {
      answering = std::thread([&] { scenario.answer(answerer); });
    }
    Print(scenario, scenario.offer(offerer));
    if (answering.joinable()) {
      answering.join();
    }
    return 0;
  }
  const auto link = MakeLink(engine.signaling(), options.Integer("fd", -1));
  Side side{engine, *link, options, false, 0};
  if (role == "offer") {
    Print(scenario, scenario.offer(side));
  } else {
    scenario.answer(side);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Options options(argc > 2 ? argc - 2 : 0, argv + 2);
  for (const bench::Scenario& scenario : bench::kScenarios) {
    if (argc > 1 && std::strcmp(argv[1], scenario.name) == 0) {
      return bench::Run(scenario, options);
    }
  }
  std::fprintf(stderr, "native SCENARIO [role=both|offer|answer] [fd=N] [threads=N] [key=value ...]\n");
  return 2;
}
