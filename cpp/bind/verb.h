// A core method as a Python method: the GIL is released while it runs, an RTCError is raised.
//
// No native thread ever takes the GIL, so a verb that waits for one cannot deadlock with Python.
#pragma once

#include <pybind11/pybind11.h>

#include <utility>

#include "api/rtc_error.h"
#include "bind/errors.h"
#include "bind/gil.h"
#include "core/engine.h"

namespace pywebrtc::bind {

inline void RefuseInForkedChild() {
  if (Engine::forked()) {
    throw RtcException{Engine::Start()};
  }
}

inline void Unwrap(webrtc::RTCError error) {
  if (!error.ok()) {
    throw RtcException{std::move(error)};
  }
}

template <class T>
T Unwrap(webrtc::RTCErrorOr<T> result) {
  if (!result.ok()) {
    throw RtcException{result.MoveError()};
  }
  return result.MoveValue();
}

template <class T>
T Unwrap(T result) {
  return result;
}

template <class Call>
auto WithoutGil(Call call) {
  RefuseInForkedChild();
  ReleasedGil released;
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
  } else {
    return Unwrap(call());
  }
}

template <class Class, class Result, class... Args>
auto Verb(Result (Class::*method)(Args...)) {
  return [method](Class& self, std::decay_t<Args>... args) {
    return WithoutGil([&] { return (self.*method)(std::move(args)...); });
  };
}

template <class Class, class Result, class... Args>
auto Verb(Result (Class::*method)(Args...) const) {
  return [method](const Class& self, std::decay_t<Args>... args) {
    return WithoutGil([&] { return (self.*method)(std::move(args)...); });
  };
}

template <class Result, class... Args>
auto Verb(Result (*function)(Args...)) {
  return [function](std::decay_t<Args>... args) { return WithoutGil([&] { return function(std::move(args)...); }); };
}

}  // namespace pywebrtc::bind
