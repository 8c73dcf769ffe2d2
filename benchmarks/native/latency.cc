// A message goes there and comes back; the next follows. The way there alone is measured, too.
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>

#include "rtc_base/copy_on_write_buffer.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

constexpr size_t kSize = 100;
constexpr double kWarmup = 0.1;

// The time in nanoseconds, in digits, at the front: all implementations read it.
webrtc::DataBuffer Stamped() {
  char text[kSize + 1];
  std::snprintf(text, sizeof(text), "%020" PRId64 "%80s", static_cast<int64_t>(Now() * 1e9), "");
  return {webrtc::CopyOnWriteBuffer(text, kSize), true};
}

double Stamp(const webrtc::DataBuffer& message) {
  return static_cast<double>(std::strtoll(std::string(message.data.cdata<char>(), 20).c_str(), nullptr, 10)) * 1e-9;
}

class Pinger : public webrtc::DataChannelObserver {
 public:
  Pinger(webrtc::Thread& network, webrtc::scoped_refptr<webrtc::DataChannelInterface> channel, Latch& open)
      : network_(network), channel_(std::move(channel)), open_(open) {
    channel_->RegisterObserver(this);
  }
  ~Pinger() override { channel_->UnregisterObserver(); }

  void Start() {
    network_.PostTask([this] {
      running_ = true;
      Send();
    });
  }
  std::vector<double> Stop() {
    return network_.BlockingCall([this] {
      running_ = false;
      return std::move(round_trips_);
    });
  }

 private:
  void Send() {
    sent_ = Now();
    channel_->Send(Stamped());
  }

  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnStateChange() override {
    if (channel_->state() == webrtc::DataChannelInterface::kOpen) {
      open_.Down();
    }
  }
  void OnMessage(const webrtc::DataBuffer& /*message*/) override {
    round_trips_.push_back(Now() - sent_);
    if (running_) {
      // Not from inside the callback: libwebrtc does not expect to be re-entered.
      network_.PostTask([this] { Send(); });
    }
  }

  webrtc::Thread& network_;
  const webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  Latch& open_;
  // Network thread.
  bool running_ = false;
  double sent_ = 0;
  std::vector<double> round_trips_;
};

class Echo : public webrtc::DataChannelObserver {
 public:
  Echo(webrtc::Thread& network, webrtc::scoped_refptr<webrtc::DataChannelInterface> channel)
      : network_(network), channel_(std::move(channel)) {
    channel_->RegisterObserver(this);
  }
  ~Echo() override { channel_->UnregisterObserver(); }

  std::vector<double> Take() {
    return network_.BlockingCall([this] { return std::exchange(one_way_, {}); });
  }

 private:
  bool IsOkToCallOnTheNetworkThread() override { return true; }
  void OnStateChange() override {}
  void OnMessage(const webrtc::DataBuffer& message) override {
    one_way_.push_back(Now() - Stamp(message));
    network_.PostTask([this, message] { channel_->Send(message); });
  }

  webrtc::Thread& network_;
  const webrtc::scoped_refptr<webrtc::DataChannelInterface> channel_;
  // Network thread.
  std::vector<double> one_way_;
};

// What competes for the cores.
class Load {
 public:
  explicit Load(bool busy) {
    if (busy) {
      thread_.emplace([this] {
        while (!stop_) {
        }
      });
    }
  }
  ~Load() {
    stop_ = true;
    if (thread_) {
      thread_->join();
    }
  }

 private:
  std::atomic<bool> stop_ = false;
  std::optional<std::thread> thread_;
};

}  // namespace

std::vector<Json> OfferLatency(Side& side) {
  const double seconds = side.options.Number("seconds", 1);
  Latch open(1);
  Peers peers(side);
  Peer& peer = peers.Make(0);
  Pinger pinger(peer.network(), peer.CreateChannel("latency", true), open);
  peer.Offer();
  open.Wait();
  side.link.Wait("ready");

  std::vector<Json> results;
  for (const std::string& load : side.options.List("loads", "idle,thread")) {
    side.link.Send({"go", 0, Text({Now(), kWarmup, seconds, load == "idle" ? 0.0 : 1.0})});
    const Load busy(load != "idle");
    SleepUntil(Now() + kWarmup);
    const Moment before;
    pinger.Start();
    SleepUntil(Now() + seconds);
    const std::vector<double> round_trips = pinger.Stop();
    const Moment after;
    const std::vector<double> there = Numbers(side.link.Wait("result").text);
    const double cpu = after.cpu - before.cpu + there[3];
    results.push_back(Result(Json().Set("load", load),
                             Json()
                                 .Set("rtt_p50_us", 1e6 * Percentile(round_trips, 0.5))
                                 .Set("rtt_p99_us", 1e6 * Percentile(round_trips, 0.99))
                                 .Set("one_way_p50_us", 1e6 * there[0])
                                 .Set("one_way_p99_us", 1e6 * there[1])
                                 .Set("round_trips", static_cast<double>(round_trips.size()))
                                 .Set("cpu_us_per_round_trip", 1e6 * cpu / static_cast<double>(round_trips.size()))));
  }
  side.link.Send({"bye", 0, ""});
  return results;
}

void AnswerLatency(Side& side) {
  std::unique_ptr<Echo> echo;
  Latch announced(1);
  Peers peers(side, [&](Peer& peer, int /*index*/) {
    peer.on_channel = [&](webrtc::scoped_refptr<webrtc::DataChannelInterface> channel) {
      echo = std::make_unique<Echo>(peer.network(), std::move(channel));
      announced.Down();
    };
  });
  announced.Wait();
  side.link.Send({"ready", 0, ""});
  for (Message go = side.link.Wait("go"); go.type == "go"; go = side.link.Wait("go")) {
    const std::vector<double> numbers = Numbers(go.text);
    const Load busy(numbers[3] != 0 && !side.shared);
    SleepUntil(numbers[0] + numbers[1]);
    const Moment before;
    SleepUntil(numbers[0] + numbers[1] + numbers[2]);
    const Moment after;
    const std::vector<double> one_way = echo->Take();
    side.link.Send({"result", 0,
                    Text({Percentile(one_way, 0.5), Percentile(one_way, 0.99), static_cast<double>(one_way.size()),
                          side.shared ? 0 : after.cpu - before.cpu})});
  }
}

}  // namespace bench
