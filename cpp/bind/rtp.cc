#include "core/rtp.h"

#include "bind/init.h"

namespace pywebrtc::bind {

void init_rtp(py::module_& m) {
  py::class_<RtpTransceiver, std::shared_ptr<RtpTransceiver>>(m, "RtpTransceiver")
      .def_property_readonly("key", &RtpTransceiver::key)
      .def_property_readonly("receiver_track", &RtpTransceiver::receiver_track);
}

}  // namespace pywebrtc::bind
