// libwebrtc's log for Python's logging: lines wait in a bounded ring, nobody waits for Python.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/mailbox.h"
#include "rtc_base/logging.h"

namespace pywebrtc {

struct LogLine {
  webrtc::LoggingSeverity severity;
  std::string text;
};

struct LogBatch {
  std::deque<LogLine> lines;
  // Lines that were lost since the last batch: the ring keeps the newest.
  uint64_t dropped;
};

// Lines of at least `severity` wait for `mailbox`, which gets LogWaiting{target}. Replaces the
// mailbox of an earlier call. LS_NONE turns it off.
void SetLog(std::shared_ptr<Mailbox> mailbox, Key target, webrtc::LoggingSeverity severity);

LogBatch TakeLog();

}  // namespace pywebrtc
