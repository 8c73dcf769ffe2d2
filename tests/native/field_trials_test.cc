#include "core/field_trials.h"

#include <gtest/gtest.h>

namespace pywebrtc {
namespace {

TEST(FieldTrials, AreFoundByName) {
  auto trials = FieldTrials::Parse("WebRTC-A/Enabled/WebRTC-B/x:1,y:2/");
  ASSERT_TRUE(trials);
  EXPECT_EQ(trials->Lookup("WebRTC-A"), "Enabled");
  EXPECT_EQ(trials->Lookup("WebRTC-B"), "x:1,y:2");
  EXPECT_EQ(trials->Lookup("WebRTC"), "");
  EXPECT_TRUE(trials->IsEnabled("WebRTC-A"));
  EXPECT_EQ(trials->CreateCopy()->Lookup("WebRTC-B"), "x:1,y:2");
}

TEST(FieldTrials, MayBeNone) {
  auto trials = FieldTrials::Parse("");
  ASSERT_TRUE(trials);
  EXPECT_EQ(trials->Lookup("WebRTC-A"), "");
}

TEST(FieldTrials, RefuseWhatIsMalformed) {
  for (const char* text : {"A", "/", "//", "A/", "A/B", "A//", "/B/", "A/B/C", "A/B/C/", "A/B/C/D", "A/B//"}) {
    EXPECT_FALSE(FieldTrials::Parse(text)) << text;
  }
}

}  // namespace
}  // namespace pywebrtc
