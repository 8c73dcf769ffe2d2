// A report of statistics as a list of dicts, in libwebrtc's order.
//
// Not by way of RTCStatsReport::ToJson(): that escapes nothing, and labels of channels are a remote peer's.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "api/scoped_refptr.h"
#include "api/stats/attribute.h"
#include "api/stats/rtc_stats.h"
#include "api/stats/rtc_stats_report.h"
#include "bind/text.h"

namespace pywebrtc::bind {

template <class T>
pybind11::object StatsValue(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return Text(value);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    pybind11::list texts;
    for (const std::string& text : value) {
      texts.append(Text(text));
    }
    return texts;
  } else {
    return pybind11::cast(value);
  }
}

inline pybind11::dict StatsEntry(const webrtc::RTCStats& stats) {
  pybind11::dict entry;
  entry["type"] = stats.type();
  entry["id"] = Text(stats.id());
  // https://w3c.github.io/webrtc-pc/#dom-rtcstats-timestamp: milliseconds since 1970.
  entry["timestamp"] = static_cast<double>(stats.timestamp().us()) / 1000;
  for (const webrtc::Attribute& attribute : stats.Attributes()) {
    std::visit(
        [&](const auto* value) {
          if (value->has_value()) {
            entry[attribute.name()] = StatsValue(**value);
          }
        },
        attribute.as_variant());
  }
  return entry;
}

}  // namespace pywebrtc::bind

namespace pybind11::detail {

template <>
struct type_caster<webrtc::scoped_refptr<const webrtc::RTCStatsReport>> {
  PYBIND11_TYPE_CASTER(webrtc::scoped_refptr<const webrtc::RTCStatsReport>, const_name("list"));

  bool load(handle, bool) { return false; }  // they only go up

  // No report is an empty one.
  static handle cast(const webrtc::scoped_refptr<const webrtc::RTCStatsReport>& report,
                     return_value_policy /*policy*/,
                     handle /*parent*/) {
    list entries;
    if (report) {
      for (const webrtc::RTCStats& stats : *report) {
        entries.append(pywebrtc::bind::StatsEntry(stats));
      }
    }
    return entries.release();
  }
};

}  // namespace pybind11::detail
