#include "core/audio_feed.h"

#include <algorithm>
#include <utility>

#include "api/audio_options.h"
#include "api/media_stream_interface.h"
#include "api/notifier.h"
#include "core/engine.h"
#include "core/far_end.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

// A processor that hears the far end.
class Processing final : private FarEnd::Listener {
 public:
  Processing(const AudioFormat& format, const AudioFeedOptions& options)
      : format_(format),
        echo_cancellation_(options.echo_cancellation),
        processor_(
            format,
            {.sample_rate = kFarEndRate, .channels = kFarEndChannels},
            {.echo_cancellation = options.echo_cancellation,
             .noise_suppression = options.noise_suppression
                                      ? std::optional(webrtc::AudioProcessing::Config::NoiseSuppression::kHigh)
                                      : std::nullopt,
             .high_pass_filter = true,
             .gain_control = options.auto_gain_control ? std::optional<GainControl>(std::in_place) : std::nullopt}) {
    if (echo_cancellation_) {
      Engine::far_end().AddListener(this);
    }
  }
  ~Processing() {
    if (echo_cancellation_) {
      Engine::far_end().RemoveListener(this);
    }
  }
  Processing(const Processing&) = delete;
  Processing& operator=(const Processing&) = delete;

  const AudioFormat& format() const { return format_; }

  std::vector<int16_t> Process(std::span<const int16_t> samples, int delay_ms) {
    processor_.set_delay_ms(delay_ms);
    auto processed = processor_.Process(samples, std::nullopt);
    return std::get<std::vector<int16_t>>(processed.MoveValue());
  }

 private:
  void OnFarEnd(std::span<const int16_t> block) override { std::ignore = processor_.ProcessFar(block); }

  const AudioFormat format_;
  const bool echo_cancellation_;
  AudioProcessor processor_;
};

std::vector<int16_t> Remix(std::span<const int16_t> samples, size_t from, size_t to) {
  std::vector<int16_t> remixed;
  remixed.reserve(samples.size() / from * to);
  for (; !samples.empty(); samples = samples.subspan(from)) {
    int sum = 0;
    for (const int16_t sample : samples.first(from)) {
      sum += sample;
    }
    remixed.insert(remixed.end(), to, static_cast<int16_t>(sum / static_cast<int>(from)));
  }
  return remixed;
}

}  // namespace

class AudioFeed::Native : public webrtc::Notifier<webrtc::AudioSourceInterface> {
 public:
  explicit Native(Key key) : key_(key) {}

  SourceState state() const override { return kLive; }
  bool remote() const override { return false; }

  // Not what libwebrtc is asked to do, it has been done: libwebrtc's own processing is for its own device.
  const webrtc::AudioOptions options() const override {
    const webrtc::MutexLock lock(&mutex_);
    webrtc::AudioOptions options;
    options.echo_cancellation = options_.echo_cancellation;
    options.noise_suppression = options_.noise_suppression;
    options.auto_gain_control = options_.auto_gain_control;
    return options;
  }

  void AddSink(webrtc::AudioTrackSinkInterface* sink) override {
    const webrtc::MutexLock lock(&sinks_mutex_);
    sinks_.push_back(sink);
    if (sinks_.size() == 1) {
      TellWatcher();
    }
  }
  void RemoveSink(webrtc::AudioTrackSinkInterface* sink) override {
    const webrtc::MutexLock lock(&sinks_mutex_);
    if (std::erase(sinks_, sink) != 0 && sinks_.empty()) {
      TellWatcher();
    }
  }

  bool wanted() const {
    const webrtc::MutexLock lock(&sinks_mutex_);
    return !sinks_.empty();
  }
  void Watch(std::shared_ptr<Mailbox> mailbox) {
    const webrtc::MutexLock lock(&sinks_mutex_);
    watcher_ = std::move(mailbox);
  }

  void Configure(const AudioFeedOptions& options) {
    const webrtc::MutexLock lock(&mutex_);
    const bool same = options.echo_cancellation == options_.echo_cancellation &&
                      options.noise_suppression == options_.noise_suppression &&
                      options.auto_gain_control == options_.auto_gain_control;
    options_ = options;
    if (!same) {
      processing_.reset();
    }
  }

  void Deliver(std::span<const int16_t> samples, const AudioFormat& format, int64_t capture_ms, int delay_ms) {
    std::vector<int16_t> made;
    size_t channels = format.channels;
    {
      const webrtc::MutexLock lock(&mutex_);
      channels = options_.channels.value_or(format.channels);
      if (channels != format.channels) {
        made = Remix(samples, format.channels, channels);
        samples = made;
      }
      if (options_.echo_cancellation || options_.noise_suppression || options_.auto_gain_control) {
        const AudioFormat wanted{.sample_rate = format.sample_rate, .channels = channels};
        if (!processing_ || processing_->format() != wanted) {
          processing_.reset();
          processing_ = std::make_unique<Processing>(wanted, options_);
        }
        made = processing_->Process(samples, delay_ms);
        samples = made;
      }
    }
    const webrtc::MutexLock lock(&sinks_mutex_);
    for (webrtc::AudioTrackSinkInterface* sink : sinks_) {
      sink->OnData(samples.data(), 16, format.sample_rate, channels, samples.size() / channels, capture_ms);
    }
  }

 private:
  void TellWatcher() RTC_EXCLUSIVE_LOCKS_REQUIRED(sinks_mutex_) {
    if (watcher_) {
      watcher_->Post(WantsChanged{key_});
    }
  }

  const Key key_;
  mutable webrtc::Mutex mutex_;
  AudioFeedOptions options_ RTC_GUARDED_BY(mutex_);
  // Made with the first samples of a format, on their thread.
  std::unique_ptr<Processing> processing_ RTC_GUARDED_BY(mutex_);

  mutable webrtc::Mutex sinks_mutex_;
  std::vector<webrtc::AudioTrackSinkInterface*> sinks_ RTC_GUARDED_BY(sinks_mutex_);
  std::shared_ptr<Mailbox> watcher_ RTC_GUARDED_BY(sinks_mutex_);
};

AudioFeed::AudioFeed() : Object("AudioFeed"), native_(new webrtc::RefCountedObject<Native>(key())) {}

AudioFeed::~AudioFeed() = default;

RTCErrorOr<std::shared_ptr<AudioFeed>> AudioFeed::Create() {
  std::shared_ptr<AudioFeed> feed;
  RTCError error = Engine::CallOnSignaling([&] {
    feed = MakeObject<AudioFeed>();
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return feed;
}

RTCErrorOr<std::shared_ptr<Track>> AudioFeed::CreateTrack(const std::string& id) {
  std::shared_ptr<Track> track;
  RTCError error = Engine::CallOnSignaling([&] {
    track = MakeObject<Track>(Engine::Factory().CreateAudioTrack(id, native_.get()));
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return track;
}

void AudioFeed::Configure(const AudioFeedOptions& options) {
  native_->Configure(options);
}

bool AudioFeed::wanted() const {
  return native_->wanted();
}

void AudioFeed::Watch(std::shared_ptr<Mailbox> mailbox) {
  native_->Watch(std::move(mailbox));
}

// A track that somebody still reads goes on as it is.
void AudioFeed::Dispose() {
  native_->Watch(nullptr);
}

AudioFeeds::AudioFeeds() = default;

AudioFeeds::~AudioFeeds() = default;

void AudioFeeds::Add(const std::shared_ptr<AudioFeed>& feed) {
  const webrtc::MutexLock lock(&mutex_);
  feeds_.push_back(feed->native_);
}

void AudioFeeds::Remove(const std::shared_ptr<AudioFeed>& feed) {
  const webrtc::MutexLock lock(&mutex_);
  std::erase(feeds_, feed->native_);
}

void AudioFeeds::Deliver(std::span<const int16_t> samples,
                         const AudioFormat& format,
                         int64_t capture_ms,
                         int delay_ms) {
  const webrtc::MutexLock lock(&mutex_);
  std::erase_if(feeds_, [](const auto& feed) { return feed->HasOneRef(); });
  for (const auto& feed : feeds_) {
    feed->Deliver(samples, format, capture_ms, delay_ms);
  }
}

}  // namespace pywebrtc
