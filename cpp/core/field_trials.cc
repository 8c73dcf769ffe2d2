#include "core/field_trials.h"

#include <vector>

#include "absl/strings/str_split.h"

namespace pywebrtc {

std::unique_ptr<FieldTrials> FieldTrials::Parse(absl::string_view text) {
  auto trials = std::make_unique<FieldTrials>();
  if (text.empty()) {
    return trials;
  }
  std::vector<std::string> parts = absl::StrSplit(text, '/');
  // The last slash leaves an empty part behind it.
  if (parts.size() % 2 == 0 || !parts.back().empty()) {
    return nullptr;
  }
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    if (parts[i].empty() || parts[i + 1].empty()) {
      return nullptr;
    }
    trials->values_[parts[i]] = parts[i + 1];
  }
  return trials;
}

std::string FieldTrials::Lookup(absl::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second;
}

std::unique_ptr<webrtc::FieldTrialsView> FieldTrials::CreateCopy() const {
  return std::make_unique<FieldTrials>(*this);
}

}  // namespace pywebrtc
