// Which devices there are.
#pragma once

#include <memory>

#include "api/rtc_error.h"
#include "core/events.h"
#include "core/mailbox.h"

namespace pywebrtc {

// Awaitable, any thread: asking waits for the system. A part that does not answer has no devices.
webrtc::RTCError ListDevices(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation);

}  // namespace pywebrtc
