// What libwebrtc finds wrong in a description only when it has begun to apply it.
//
// It then keeps the error for the rest of the connection's life, and takes no other description.
#pragma once

#include "api/jsep.h"
#include "api/rtc_error.h"

namespace pywebrtc {

// `offer` is what an answer answers, or null.
webrtc::RTCError CheckBeforeItIsApplied(const webrtc::SessionDescriptionInterface& description,
                                        const webrtc::SessionDescriptionInterface* offer);

}  // namespace pywebrtc
