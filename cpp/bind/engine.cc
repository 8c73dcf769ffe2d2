#include "core/engine.h"

#include <pybind11/stl.h>

#include "bind/enums.h"
#include "bind/init.h"
#include "bind/verb.h"
#include "core/log.h"
#include "core/object.h"

namespace pywebrtc::bind {

void init_engine(py::module_& m) {
  m.def(
      "configure",
      [](int network_threads, std::optional<bool> loopback, std::string field_trials,
         std::optional<std::string> tls_roots) {
        WithoutGil([&] {
          return Engine::Configure({.network_threads = network_threads,
                                    .loopback = loopback,
                                    .field_trials = std::move(field_trials),
                                    .tls_roots = std::move(tls_roots)});
        });
      },
      py::kw_only(), py::arg("network_threads"), py::arg("loopback"), py::arg("field_trials"), py::arg("tls_roots"));
  m.def("start", Verb(&Engine::Start));
  // Not a verb: it runs in a forked child too, where it does nothing.
  m.def("shutdown", &Engine::Shutdown, py::call_guard<ReleasedGil>());
  // Threads are joined here and nowhere else, whichever module of the package started them. Whatever is still open is
  // closed without an event.
  py::module_::import("atexit").attr("register")(m.attr("shutdown"));
  m.def("thread_count", Verb(&Engine::thread_count));
  m.def("live_objects", Verb(&LiveObjects));
  m.def("set_log", Verb(&SetLog), py::arg("mailbox").none(true), py::arg("target"), py::arg("severity"));
  m.def("take_log", [] {
    LogBatch batch = TakeLog();
    py::list lines;
    for (const LogLine& line : batch.lines) {
      lines.append(py::make_tuple(line.severity, py::bytes(line.text)));
    }
    return py::make_tuple(lines, batch.dropped);
  });
}

}  // namespace pywebrtc::bind
