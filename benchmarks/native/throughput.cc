// Floods channels of all sizes, one after the other; with connections=N, so many at once.
#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "rtc_base/copy_on_write_buffer.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

struct Case {
  size_t size;
  bool ordered;
};

std::vector<Case> Cases(const Options& options) {
  std::vector<Case> cases;
  for (const std::string& ordered : options.List("ordered", "1,0")) {
    for (const std::string& size : options.List("sizes", "100,1024,16384,65536")) {
      cases.push_back({static_cast<size_t>(std::stoul(size)), ordered == "1"});
    }
  }
  return cases;
}

// Sends from the network thread, in batches, as much as the buffer takes; buffered amounts tell when to go on.
class Flooder : public webrtc::DataChannelObserver {
 public:
  Flooder(webrtc::Thread& network,
          webrtc::scoped_refptr<webrtc::DataChannelInterface> channel,
          size_t size,
          Latch& open)
      : network_(network),
        channel_(std::move(channel)),
        message_(webrtc::CopyOnWriteBuffer(std::vector<uint8_t>(size, 'x')), true),
        open_(open) {
    channel_->RegisterObserver(this);
  }
  ~Flooder() override { channel_->UnregisterObserver(); }

  void Start() {
    network_.PostTask([this] {
      running_ = true;
      Fill();
    });
  }
  void Stop() {
    network_.BlockingCall([this] { running_ = false; });
    while (network_.BlockingCall([this] { return queued_ > 0; })) {
      SleepUntil(Now() + 0.005);
    }
  }

 private:
  static constexpr size_t kHigh = 1 << 20;
  static constexpr size_t kLow = kHigh / 2;

  void Fill() {
    filling_ = false;
    while (running_ && queued_ < kHigh) {
      queued_ += message_.size();
      channel_->Send(message_);
    }
  }

  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnStateChange() override {
    if (channel_->state() == webrtc::DataChannelInterface::kOpen) {
      open_.Down();
    }
  }
  void OnMessage(const webrtc::DataBuffer& /*message*/) override {}
  void OnBufferedAmountChange(uint64_t sent) override {
    queued_ -= std::min<size_t>(queued_, sent);
    if (queued_ <= kLow && running_ && !filling_) {
      filling_ = true;
      network_.PostTask([this] { Fill(); });
    }
  }

  webrtc::Thread& network_;
  const webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  const webrtc::DataBuffer message_;
  Latch& open_;
  // Network thread.
  bool running_ = false;
  bool filling_ = false;
  size_t queued_ = 0;
};

class Counter : public webrtc::DataChannelObserver {
 public:
  Counter(webrtc::scoped_refptr<webrtc::DataChannelInterface> channel, std::atomic<uint64_t>& count)
      : channel_(std::move(channel)), count_(count) {
    channel_->RegisterObserver(this);
  }
  ~Counter() override { channel_->UnregisterObserver(); }

 private:
  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnStateChange() override {}
  void OnMessage(const webrtc::DataBuffer& /*message*/) override { count_.fetch_add(1, std::memory_order_relaxed); }

  const webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  std::atomic<uint64_t>& count_;
};

}  // namespace

std::vector<Json> OfferThroughput(Side& side) {
  const std::vector<Case> cases = Cases(side.options);
  const int connections = side.options.Integer("connections", 1);
  const std::vector<double> lengths = {side.options.Number("warmup", 0.2), side.options.Number("seconds", 0.5)};
  Latch open(connections * static_cast<int>(cases.size()));
  Peers peers(side);
  std::vector<std::vector<std::unique_ptr<Flooder>>> flooders(cases.size());
  for (int i = 0; i < connections; ++i) {
    Peer& peer = peers.Make(i);
    for (size_t c = 0; c < cases.size(); ++c) {
      flooders[c].push_back(std::make_unique<Flooder>(
          peer.network(), peer.CreateChannel(std::to_string(c), cases[c].ordered), cases[c].size, open));
    }
    peer.Offer();
  }
  open.Wait();
  side.link.Wait("ready");

  std::vector<Json> results;
  for (size_t c = 0; c < cases.size(); ++c) {
    const double start = Now() + 0.005;
    side.link.Send({"go", static_cast<int>(c), Text({start, lengths[0], lengths[1]})});
    SleepUntil(start);
    for (const auto& flooder : flooders[c]) {
      flooder->Start();
    }
    const Window window = WindowAt(start, lengths);
    SleepUntil(window.from);
    const Moment before;
    SleepUntil(window.to);
    const Moment after;
    for (const auto& flooder : flooders[c]) {
      flooder->Stop();
    }
    const std::vector<double> received = Numbers(side.link.Wait("result").text);
    const double rate = received[0] / received[1];
    const double megabytes = rate * static_cast<double>(cases[c].size) / 1e6;
    const double cpu = (after.cpu - before.cpu) / (after.time - before.time) + received[2] / received[1];
    results.push_back(Result(Json()
                                 .Set("size", static_cast<double>(cases[c].size))
                                 .Set("ordered", cases[c].ordered ? 1 : 0)
                                 .Set("connections", connections),
                             Json()
                                 .Set("messages_per_s", rate)
                                 .Set("mb_per_s", megabytes)
                                 .Set("cpu_cores", cpu)
                                 .Set("cpu_ms_per_mb", 1000 * cpu / megabytes)
                                 .Set("cpu_us_per_message", 1e6 * cpu / rate)));
  }
  side.link.Send({"bye", 0, ""});
  return results;
}

void AnswerThroughput(Side& side) {
  const size_t cases = Cases(side.options).size();
  const int connections = side.options.Integer("connections", 1);
  std::vector<std::atomic<uint64_t>> counts(cases);
  std::vector<std::unique_ptr<Counter>> counters;
  Latch announced(connections * static_cast<int>(cases));
  Peers peers(side, [&](Peer& peer, int /*index*/) {
    peer.on_channel = [&](webrtc::scoped_refptr<webrtc::DataChannelInterface> channel) {
      const auto number = static_cast<size_t>(std::stoul(channel->label()));
      counters.push_back(std::make_unique<Counter>(std::move(channel), counts[number]));
      announced.Down();
    };
  });
  announced.Wait();
  side.link.Send({"ready", 0, ""});
  for (Message go = side.link.Wait("go"); go.type == "go"; go = side.link.Wait("go")) {
    const std::vector<double> numbers = Numbers(go.text);
    const std::atomic<uint64_t>& count = counts[static_cast<size_t>(go.index)];
    const Window window = WindowAt(numbers[0], {numbers[1], numbers[2]});
    SleepUntil(window.from);
    const Moment before;
    const uint64_t first = count;
    SleepUntil(window.to);
    const Moment after;
    const uint64_t last = count;
    side.link.Send({"result", go.index,
                    Text({static_cast<double>(last - first), after.time - before.time,
                          side.shared ? 0 : after.cpu - before.cpu})});
  }
}

}  // namespace bench
