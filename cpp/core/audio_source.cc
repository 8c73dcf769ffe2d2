#include "core/audio_source.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "core/audio_clock.h"
#include "core/engine.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

// Ticks for which nothing is sent where samples are missing: they may be late, and leave then. Whoever has none for as
// long pauses, and sends silence, all of it from the begin of the pause on.
constexpr size_t kPause = 10;

// The last samples that were put in, as many as fit.
class SampleRing {
 public:
  explicit SampleRing(size_t capacity)
      : capacity_(capacity), samples_(std::make_unique_for_overwrite<int16_t[]>(capacity)) {}

  size_t size() const { return size_; }

  // Returns how many were pushed out, of those before or of these.
  size_t Put(std::span<const int16_t> samples) {
    const size_t before = size_ + samples.size();
    samples = samples.last(std::min(samples.size(), capacity_));
    const size_t out = size_ + samples.size() > capacity_ ? size_ + samples.size() - capacity_ : 0;
    begin_ = (begin_ + out) % capacity_;
    size_ -= out;
    const size_t end = (begin_ + size_) % capacity_;
    const size_t part = std::min(samples.size(), capacity_ - end);
    std::ranges::copy(samples.first(part), &samples_[end]);
    std::ranges::copy(samples.subspan(part), &samples_[0]);
    size_ += samples.size();
    return before - size_;
  }

  // There are as many.
  void Take(std::span<int16_t> samples) {
    const size_t part = std::min(samples.size(), capacity_ - begin_);
    std::ranges::copy(std::span(&samples_[begin_], part), samples.begin());
    std::ranges::copy(std::span(&samples_[0], samples.size() - part), samples.subspan(part).begin());
    begin_ = (begin_ + samples.size()) % capacity_;
    size_ -= samples.size();
  }

  void Clear() { size_ = 0; }

 private:
  const size_t capacity_;
  // Not zeroed: a large queue that is never full costs no memory.
  const std::unique_ptr<int16_t[]> samples_;
  size_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace

class AudioSource::Native final : private AudioClock::Listener {
 public:
  Native(Key key, AudioFormat format, int capacity_ms)
      : key_(key),
        format_(format),
        tick_(static_cast<size_t>(format.sample_rate / 100) * format.channels),
        queue_(tick_.size() * static_cast<size_t>(capacity_ms / 10)) {}

  AudioFeeds& feeds() { return feeds_; }

  void Start() { Engine::audio_clock().Add(this); }
  void Stop() {
    Engine::audio_clock().Remove(this);
    webrtc::MutexLock lock(&queue_mutex_);
    waiting_ = nullptr;
  }

  size_t Push(std::span<const int16_t> samples, AudioFormat format) {
    webrtc::MutexLock lock(&push_mutex_);
    std::vector<int16_t> converted;
    size_t out = 0;
    if (converter_ && converter_->from() != format) {
      converter_->Flush(converted);
      out = Queue(converted);
      converted.clear();
      converter_.reset();
    }
    if (format == format_) {
      return out + Queue(samples);
    }
    if (!converter_) {
      converter_.emplace(format, format_);
    }
    converter_->Process(samples, converted);
    return out + Queue(converted);
  }

  void Pad() {
    webrtc::MutexLock lock(&push_mutex_);
    if (converter_) {
      std::vector<int16_t> rest;
      converter_->Flush(rest);
      Queue(rest);
    }
    webrtc::MutexLock queue_lock(&queue_mutex_);
    if (const size_t begun = queue_.size() % tick_.size(); begun != 0) {
      queue_.Put(std::vector<int16_t>(tick_.size() - begun));
    }
  }

  size_t queued() {
    webrtc::MutexLock lock(&push_mutex_);
    size_t pending = 0;
    if (converter_) {
      pending = converter_->waiting() * static_cast<size_t>(format_.sample_rate) /
                static_cast<size_t>(converter_->from().sample_rate);
    }
    webrtc::MutexLock queue_lock(&queue_mutex_);
    return pending + queue_.size() / format_.channels;
  }

  void Clear() {
    webrtc::MutexLock lock(&push_mutex_);
    converter_.reset();
    webrtc::MutexLock queue_lock(&queue_mutex_);
    queue_.Clear();
    Notify();
  }

  void NotifyAt(std::shared_ptr<Mailbox> mailbox, size_t limit) {
    webrtc::MutexLock lock(&queue_mutex_);
    waiting_ = std::move(mailbox);
    limit_ = limit * format_.channels;
    Notify();
  }

 private:
  size_t Queue(std::span<const int16_t> samples) {
    webrtc::MutexLock lock(&queue_mutex_);
    return queue_.Put(samples) / format_.channels;
  }

  void Notify() RTC_EXCLUSIVE_LOCKS_REQUIRED(queue_mutex_) {
    if (waiting_ && queue_.size() <= limit_) {
      std::exchange(waiting_, nullptr)->Post(AudioDrained{key_});
    }
  }

  void OnTick() override {
    size_t ticks = 1;
    {
      webrtc::MutexLock lock(&queue_mutex_);
      if (queue_.size() >= tick_.size()) {
        queue_.Take(tick_);
        missed_ = 0;
        Notify();
      } else {
        // libwebrtc counts RTP time in samples: what is not delivered takes no time.
        ticks = !missed_ || ++*missed_ < kPause ? 0 : *missed_ == kPause ? kPause : 1;
        std::ranges::fill(tick_, int16_t{0});
      }
    }
    const int64_t now_ms = webrtc::TimeMillis();
    for (; ticks > 0; --ticks) {
      feeds_.Deliver(tick_, format_, now_ms - static_cast<int64_t>(10 * (ticks - 1)));
    }
  }

  const Key key_;
  const AudioFormat format_;
  // The 10 ms that leave; the clock's thread.
  std::vector<int16_t> tick_;

  // Held while samples are converted, which the clock does not wait for. Before the queue's.
  webrtc::Mutex push_mutex_ RTC_ACQUIRED_BEFORE(queue_mutex_);
  std::optional<AudioConverter> converter_ RTC_GUARDED_BY(push_mutex_);

  webrtc::Mutex queue_mutex_;
  SampleRing queue_ RTC_GUARDED_BY(queue_mutex_);
  // Whom to tell when no more than so many, of all channels, wait.
  std::shared_ptr<Mailbox> waiting_ RTC_GUARDED_BY(queue_mutex_);
  size_t limit_ RTC_GUARDED_BY(queue_mutex_) = 0;

  // Ticks since samples left; absent where none ever did. The clock's thread.
  std::optional<size_t> missed_;

  AudioFeeds feeds_;
};

AudioSource::AudioSource(int sample_rate, int channels, int capacity_ms)
    : Object("AudioSource"),
      native_(
          std::make_unique<Native>(key(),
                                   AudioFormat{.sample_rate = sample_rate, .channels = static_cast<size_t>(channels)},
                                   capacity_ms)) {
  native_->Start();
}

AudioSource::~AudioSource() = default;

RTCErrorOr<std::shared_ptr<AudioSource>> AudioSource::Create(int sample_rate, int channels, int capacity_ms) {
  std::shared_ptr<AudioSource> source;
  RTCError error = Engine::CallOnSignaling([&] {
    source = MakeObject<AudioSource>(sample_rate, channels, capacity_ms);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return source;
}

void AudioSource::AddFeed(const std::shared_ptr<AudioFeed>& feed) {
  native_->feeds().Add(feed);
}

void AudioSource::RemoveFeed(const std::shared_ptr<AudioFeed>& feed) {
  native_->feeds().Remove(feed);
}

RTCErrorOr<size_t> AudioSource::Push(const SamplesView& samples, AudioFormat format) {
  if (const auto* integers = std::get_if<std::span<const int16_t>>(&samples)) {
    return native_->Push(*integers, format);
  }
  if (RTCError error = CheckSamples(samples); !error.ok()) {
    return error;
  }
  std::vector<float> floats;
  AppendFloats(samples, floats);
  const Samples integers = SamplesLike(std::span<const int16_t>(), std::move(floats));
  return native_->Push(std::get<std::vector<int16_t>>(integers), format);
}

void AudioSource::Pad() {
  native_->Pad();
}

size_t AudioSource::queued() const {
  return native_->queued();
}

void AudioSource::Clear() {
  native_->Clear();
}

void AudioSource::NotifyAt(std::shared_ptr<Mailbox> mailbox, size_t limit) {
  native_->NotifyAt(std::move(mailbox), limit);
}

void AudioSource::Dispose() {
  native_->Stop();
}

}  // namespace pywebrtc
