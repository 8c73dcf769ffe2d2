#include "core/data_channel.h"

#include <pybind11/stl.h>

#include "bind/enums.h"
#include "bind/init.h"
#include "bind/text.h"
#include "bind/verb.h"

namespace pywebrtc::bind {
namespace {

// One copy, out of whatever the caller may change after the call.
void Send(DataChannel& channel, const py::buffer& data, bool binary) {
  RefuseInForkedChild();
  Py_buffer view;
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) {
    throw py::error_already_set();
  }
  const webrtc::CopyOnWriteBuffer copy(static_cast<const uint8_t*>(view.buf), static_cast<size_t>(view.len));
  PyBuffer_Release(&view);
  channel.Send(copy, binary);
}

}  // namespace

void init_data_channel(py::module_& m) {
  auto channel = py::class_<DataChannel, std::shared_ptr<DataChannel>>(m, "DataChannel");
  auto information = [&](const char* name, auto member) {
    channel.def_property_readonly(name, [member](const DataChannel& self) { return self.information().*member; });
  };
  channel.def_property_readonly("key", &DataChannel::key);
  channel.def_property_readonly("label", [](const DataChannel& self) { return Text(self.information().label); });
  channel.def_property_readonly("protocol", [](const DataChannel& self) { return Text(self.information().protocol); });
  information("ordered", &DataChannel::Information::ordered);
  information("negotiated", &DataChannel::Information::negotiated);
  information("max_packet_life_time", &DataChannel::Information::max_packet_life_time);
  information("max_retransmits", &DataChannel::Information::max_retransmits);
  information("id", &DataChannel::Information::id);
  channel.def_property_readonly("priority", [](const DataChannel& self) {
    // RFC 8831, section 6.4: the four values of webrtc-priority; others are rounded down to one.
    const int value = self.information().priority.value();
    return value >= 1024 ? "high" : value >= 512 ? "medium" : value >= 256 ? "low" : "very-low";
  });
  channel.def("send", &Send, py::arg("data"), py::arg("binary")).def("close", Verb(&DataChannel::Close));
}

}  // namespace pywebrtc::bind
