// Sound, many streams of it: CPU of both ends for each second of a stream.
#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>

#include "api/make_ref_counted.h"
#include "api/notifier.h"
#include "api/rtp_transceiver_interface.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

constexpr int kRate = 48000;
constexpr size_t kChunk = kRate / 100;

class Source : public webrtc::Notifier<webrtc::AudioSourceInterface> {
 public:
  void Push(const std::vector<int16_t>& samples) {
    std::lock_guard lock(mutex_);
    for (webrtc::AudioTrackSinkInterface* sink : sinks_) {
      sink->OnData(samples.data(), 16, kRate, 1, samples.size(), std::nullopt);
    }
  }

 private:
  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }
  void AddSink(webrtc::AudioTrackSinkInterface* sink) override {
    std::lock_guard lock(mutex_);
    sinks_.push_back(sink);
  }
  void RemoveSink(webrtc::AudioTrackSinkInterface* sink) override {
    std::lock_guard lock(mutex_);
    std::erase(sinks_, sink);
  }

  std::mutex mutex_;
  std::vector<webrtc::AudioTrackSinkInterface*> sinks_;
};

class Sink : public webrtc::AudioTrackSinkInterface {
 public:
  Sink(webrtc::scoped_refptr<webrtc::AudioTrackInterface> track, std::atomic<uint64_t>& samples)
      : track_(std::move(track)), samples_(samples) {
    track_->AddSink(this);
  }
  ~Sink() override { track_->RemoveSink(this); }

 private:
  void OnData(const void* data, int /*bits*/, int rate, size_t channels, size_t frames) override {
    const auto* values = static_cast<const int16_t*>(data);
    bool sound = false;
    for (size_t i = 0; i < frames * channels && !sound; ++i) {
      sound = values[i] != 0;
    }
    // Silence is what there is where nothing arrived.
    samples_ += sound ? frames * kRate / static_cast<size_t>(rate) : 0;
  }

  const webrtc::scoped_refptr<webrtc::AudioTrackInterface> track_;
  std::atomic<uint64_t>& samples_;
};

}  // namespace

std::vector<Json> OfferAudio(Side& side) {
  const int streams = side.options.Integer("streams", 1);
  const std::vector<double> lengths = {side.options.Number("warmup", 1), side.options.Number("seconds", 2)};
  Peers peers(side);
  Peer& peer = peers.Make(0);
  std::vector<webrtc::scoped_refptr<Source>> sources;
  for (int i = 0; i < streams; ++i) {
    sources.push_back(webrtc::make_ref_counted<Source>());
    peer.pc().AddTransceiver(peer.factory().CreateAudioTrack("audio" + std::to_string(i), sources.back().get()));
  }
  peer.Offer();
  side.link.Wait("ready");
  std::vector<int16_t> tone(kChunk);
  for (size_t i = 0; i < tone.size(); ++i) {
    tone[i] = static_cast<int16_t>(8000 * std::sin(2 * 3.14159265358979 * 400 * static_cast<double>(i) / kRate));
  }
  const double start = Now() + 0.05;
  side.link.Send({"go", 0, Text({start, lengths[0], lengths[1]})});
  const Window window = WindowAt(start, lengths);
  Moment before;
  Moment after;
  for (int number = 0;; ++number) {
    const double due = start + 0.01 * number;
    SleepUntil(due);
    if (due < window.from) {
      before = Moment();
    }
    if (due >= window.to) {
      after = Moment();
      break;
    }
    for (const auto& source : sources) {
      source->Push(tone);
    }
  }
  const std::vector<double> there = Numbers(side.link.Wait("result").text);
  side.link.Send({"bye", 0, ""});
  const double cpu = after.cpu - before.cpu + there[1];
  const double stream_seconds = streams * (after.time - before.time);
  return {Result(Json().Set("streams", streams),
                 Json()
                     .Set("cpu_ms_per_stream_s", 1000 * cpu / stream_seconds)
                     .Set("heard_percent", 100 * there[0] / kRate / (streams * lengths[1])))};
}

void AnswerAudio(Side& side) {
  const int streams = side.options.Integer("streams", 1);
  std::atomic<uint64_t> samples = 0;
  std::vector<std::unique_ptr<Sink>> sinks;
  Latch tracks(streams);
  Peers peers(side, [&](Peer& peer, int /*index*/) {
    peer.on_track = [&](const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& transceiver) {
      sinks.push_back(
          std::make_unique<Sink>(webrtc::scoped_refptr<webrtc::AudioTrackInterface>(
                                     static_cast<webrtc::AudioTrackInterface*>(transceiver->receiver()->track().get())),
                                 samples));
      tracks.Down();
    };
  });
  tracks.Wait();
  side.link.Send({"ready", 0, ""});
  const std::vector<double> numbers = Numbers(side.link.Wait("go").text);
  const Window window = WindowAt(numbers[0], {numbers[1], numbers[2]});
  SleepUntil(window.from);
  const Moment before;
  const uint64_t first = samples;
  SleepUntil(window.to);
  const Moment after;
  const uint64_t last = samples;
  side.link.Send({"result", 0, Text({static_cast<double>(last - first), side.shared ? 0 : after.cpu - before.cpu})});
  side.link.Wait("bye");
  sinks.clear();
}

}  // namespace bench
