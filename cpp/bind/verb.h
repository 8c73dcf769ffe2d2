// A core method as a Python method: the GIL is released while it runs, an RTCError is raised.
//
// No native thread ever takes the GIL, so a verb that waits for one cannot deadlock with Python.
#pragma once

#include <pybind11/pybind11.h>
#include <unistd.h>

#include <utility>

#include "api/rtc_error.h"
#include "bind/errors.h"
#include "core/engine.h"

namespace pywebrtc::bind {

// Releases the GIL for its lifetime.
//
// Up to Python 3.13 a daemon thread that wants the GIL back while the interpreter exits is ended by
// pthread_exit, whose unwinding aborts the process at the first noexcept function, such as the destructor
// of pybind11's own guard. The thread hangs here instead, as Python 3.14 has it: the process ends anyway.
class ReleasedGil {
 public:
  ReleasedGil() : state_(PyEval_SaveThread()) {}
  ~ReleasedGil() noexcept(false) {
    HangWhenUnwound guard;
    PyEval_RestoreThread(state_);
    guard.armed = false;
  }
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;

 private:
  struct HangWhenUnwound {
    bool armed = true;
    ~HangWhenUnwound() {
      while (armed) {
        ::pause();
      }
    }
  };

  PyThreadState* const state_;
};

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
