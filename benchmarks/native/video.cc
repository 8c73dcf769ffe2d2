// Pictures at a steady rate: what a frame costs both ends, how old it is when it arrives, how many do not.
#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "api/make_ref_counted.h"
#include "api/rtp_transceiver_interface.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "media/base/adapted_video_track_source.h"
#include "picture.h"
#include "rtc_base/time_utils.h"
#include "scenarios.h"
#include "steps.h"

namespace bench {
namespace {

// What is late may still arrive before frames count as lost.
constexpr double kPatience = 0.5;
constexpr char kStartBitrate[] = "x-google-start-bitrate=4000";

class Source : public webrtc::AdaptedVideoTrackSource {
 public:
  bool Push(Pictures& pictures, int width, int height) {
    const int64_t now = webrtc::TimeMicros();
    int out_width, out_height, crop_width, crop_height, crop_x, crop_y;
    if (!AdaptFrame(width, height, now, &out_width, &out_height, &crop_width, &crop_height, &crop_x, &crop_y)) {
      return false;
    }
    webrtc::scoped_refptr<webrtc::VideoFrameBuffer> buffer = pictures.Next(Now());
    if (out_width != width || out_height != height) {
      buffer = buffer->CropAndScale(crop_x, crop_y, crop_width, crop_height, out_width, out_height);
    }
    OnFrame(webrtc::VideoFrame::Builder().set_video_frame_buffer(buffer).set_timestamp_us(now).build());
    return true;
  }

 private:
  bool is_screencast() const override { return false; }
  std::optional<bool> needs_denoising() const override { return std::nullopt; }
  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }
};

class Sink : public webrtc::VideoSinkInterface<webrtc::VideoFrame> {
 public:
  struct Frame {
    double captured;
    double arrived;
    int height;
  };

  explicit Sink(webrtc::scoped_refptr<webrtc::VideoTrackInterface> track) : track_(std::move(track)) {
    track_->AddOrUpdateSink(this, webrtc::VideoSinkWants());
  }
  ~Sink() override { track_->RemoveSink(this); }

  std::vector<Frame> Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(frames_, {});
  }

 private:
  void OnFrame(const webrtc::VideoFrame& frame) override {
    const double now = Now();
    const auto stamp = ReadStamp(*frame.video_frame_buffer()->ToI420(), now);
    std::lock_guard lock(mutex_);
    frames_.push_back({stamp.value_or(0), now, frame.height()});
  }

  const webrtc::scoped_refptr<webrtc::VideoTrackInterface> track_;
  std::mutex mutex_;
  std::vector<Frame> frames_;
};

// A description in which a codec stands before the others, and begins with a bitrate that suits all pictures: so all
// implementations on libwebrtc encode the same from the first second on.
std::string Prefer(const std::string& sdp, const std::string& codec) {
  std::vector<std::string> lines;
  std::set<std::string> types;
  std::istringstream text(sdp);
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (line.starts_with("a=rtpmap:") && line.find(" " + codec + "/90000") != std::string::npos) {
      types.insert(line.substr(9, line.find(' ') - 9));
      lines.push_back(line);
      lines.push_back("a=fmtp:" + line.substr(9, line.find(' ') - 9) + " " + kStartBitrate);
      continue;
    }
    lines.push_back(line);
  }
  std::string munged;
  for (std::string& line : lines) {
    if (line.starts_with("m=video")) {
      std::istringstream words(line);
      std::string head;
      std::string first;
      std::string rest;
      int position = 0;
      for (std::string word; words >> word; ++position) {
        std::string& part = position < 3 ? head : types.contains(word) ? first : rest;
        part += position ? " " : "";
        part += word;
      }
      line = head.append(first).append(rest);
    }
    munged += line + "\r\n";
  }
  return munged;
}

}  // namespace

std::vector<Json> OfferVideo(Side& side) {
  const int width = side.options.Integer("width", 1280);
  const int height = side.options.Integer("height", 720);
  const int rate = side.options.Integer("fps", 30);
  const int streams = side.options.Integer("streams", 1);
  const std::string codec = side.options.Text("codec", "VP8");
  const std::vector<double> lengths = {side.options.Number("warmup", 1), side.options.Number("seconds", 2)};
  Peers peers(side);
  Peer& peer = peers.Make(0);
  peer.munge = [&](const std::string& sdp) { return Prefer(sdp, codec); };
  std::vector<webrtc::scoped_refptr<Source>> sources;
  for (int i = 0; i < streams; ++i) {
    sources.push_back(webrtc::make_ref_counted<Source>());
    peer.pc().AddTransceiver(peer.factory().CreateVideoTrack(sources.back(), "video" + std::to_string(i)));
  }
  peer.Offer();
  side.link.Wait("ready");

  Pictures pictures(width, height);
  const double start = Now() + 0.05;
  side.link.Send({"go", 0, Text({start, lengths[0], lengths[1]})});
  const Window window = WindowAt(start, lengths);
  Moment before;
  int pushed = 0;
  for (int number = 0;; ++number) {
    const double due = start + static_cast<double>(number) / rate;
    SleepUntil(due);
    if (due >= window.to) {
      break;
    }
    const bool counts = due >= window.from;
    if (counts && pushed == 0) {
      before = Moment();
    }
    for (const auto& source : sources) {
      source->Push(pictures, width, height);
      pushed += counts;
    }
  }
  const Moment after;
  // frames, p50 and p99 of their age, their least height, CPU
  const std::vector<double> there = Numbers(side.link.Wait("result").text);
  side.link.Send({"bye", 0, ""});
  const double cpu = after.cpu - before.cpu + there[4];
  return {Result(Json().Set("codec", codec).Set("height", height).Set("streams", streams),
                 Json()
                     .Set("cpu_ms_per_frame", 1000 * cpu / there[0])
                     .Set("latency_p50_ms", 1000 * there[1])
                     .Set("latency_p99_ms", 1000 * there[2])
                     .Set("frames", there[0])
                     .Set("lost_percent", 100 * (pushed - there[0]) / pushed)
                     .Set("least_height", there[3]))};
}

void AnswerVideo(Side& side) {
  const int streams = side.options.Integer("streams", 1);
  std::vector<std::unique_ptr<Sink>> sinks;
  Latch tracks(streams);
  const std::string codec = side.options.Text("codec", "VP8");
  Peers peers(side, [&](Peer& peer, int /*index*/) {
    peer.munge = [&](const std::string& sdp) { return Prefer(sdp, codec); };
    peer.on_track = [&](const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& transceiver) {
      sinks.push_back(std::make_unique<Sink>(webrtc::scoped_refptr<webrtc::VideoTrackInterface>(
          static_cast<webrtc::VideoTrackInterface*>(transceiver->receiver()->track().get()))));
      tracks.Down();
    };
  });
  tracks.Wait();
  side.link.Send({"ready", 0, ""});
  const std::vector<double> numbers = Numbers(side.link.Wait("go").text);
  const Window window = WindowAt(numbers[0], {numbers[1], numbers[2]});
  SleepUntil(window.from);
  const Moment before;
  SleepUntil(window.to);
  const Moment after;
  SleepUntil(window.to + kPatience);
  std::vector<double> ages;
  int least = 1 << 20;
  for (const auto& sink : sinks) {
    for (const Sink::Frame& frame : sink->Take()) {
      if (frame.captured >= window.from && frame.captured < window.to) {
        ages.push_back(frame.arrived - frame.captured);
        least = std::min(least, frame.height);
      }
    }
  }
  side.link.Send({"result", 0,
                  Text({static_cast<double>(ages.size()), Percentile(ages, 0.5), Percentile(ages, 0.99),
                        static_cast<double>(least), side.shared ? 0 : after.cpu - before.cpu})});
  side.link.Wait("bye");
  sinks.clear();
}

}  // namespace bench
