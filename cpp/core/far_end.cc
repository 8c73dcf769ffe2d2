#include "core/far_end.h"

#include <algorithm>

#include "rtc_base/numerics/safe_conversions.h"

namespace pywebrtc {
namespace {

// Devices have clocks of their own. What is too much for this is forgotten.
constexpr size_t kMaxWaiting = 10 * kFarEndBlock;

}  // namespace

void FarEnd::AddListener(Listener* listener) {
  const webrtc::MutexLock lock(&mutex_);
  if (std::ranges::find(listeners_, listener) == listeners_.end()) {
    listeners_.push_back(listener);
  }
}

void FarEnd::RemoveListener(Listener* listener) {
  const webrtc::MutexLock lock(&mutex_);
  std::erase(listeners_, listener);
}

void FarEnd::AddPlayer(const void* player, Kind kind) {
  const webrtc::MutexLock lock(&mutex_);
  if (std::ranges::find(players_, player, &Player::key) == players_.end()) {
    players_.push_back({.key = player, .kind = kind, .waiting = {}});
  }
}

void FarEnd::RemovePlayer(const void* player) {
  const webrtc::MutexLock lock(&mutex_);
  std::erase_if(players_, [player](const Player& p) { return p.key == player; });
}

void FarEnd::Play(const void* player, std::span<const int16_t> block) {
  const webrtc::MutexLock lock(&mutex_);
  const auto found = std::ranges::find(players_, player, &Player::key);
  if (listeners_.empty() || found == players_.end() || !Counts(*found)) {
    return;
  }
  if (found !=
      std::ranges::find_if(players_, [this](const Player& p) RTC_NO_THREAD_SAFETY_ANALYSIS { return Counts(p); })) {
    found->waiting.insert(found->waiting.end(), block.begin(), block.end());
    if (found->waiting.size() > kMaxWaiting) {
      found->waiting.erase(found->waiting.begin(), found->waiting.end() - kFarEndBlock);
    }
    return;
  }
  sum_.assign(block.begin(), block.end());
  for (Player& other : players_) {
    if (other.key == player || other.waiting.size() < kFarEndBlock) {
      continue;
    }
    std::ranges::transform(sum_, other.waiting, sum_.begin(),
                           [](int a, int b) { return webrtc::saturated_cast<int16_t>(a + b); });
    other.waiting.erase(other.waiting.begin(), other.waiting.begin() + kFarEndBlock);
  }
  for (Listener* listener : listeners_) {
    listener->OnFarEnd(sum_);
  }
}

bool FarEnd::Counts(const Player& player) const {
  return player.kind == Kind::kLoudspeaker ||
         std::ranges::none_of(players_, [](const Player& p) { return p.kind == Kind::kLoudspeaker; });
}

}  // namespace pywebrtc
