// libwebrtc's switches for experiments, from their usual form "Name/Value/Name2/Value2/".
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "api/field_trials_view.h"

namespace pywebrtc {

class FieldTrials : public webrtc::FieldTrialsView {
 public:
  // Null where the text does not have the form.
  static std::unique_ptr<FieldTrials> Parse(absl::string_view text);

  std::string Lookup(absl::string_view key) const override;
  std::unique_ptr<webrtc::FieldTrialsView> CreateCopy() const override;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace pywebrtc
