// The GIL, released for the time of a verb.
#pragma once

#include <Python.h>

namespace pywebrtc::bind {

// PyEval_RestoreThread, but a thread that the interpreter's exit ends here hangs.
//
// Up to Python 3.13 a daemon thread that wants the GIL while the interpreter exits is ended with pthread_exit,
// whose unwinding aborts the process in the first frame of C++ (libgcc_s unwinds, the module has an unwinder
// of its own). Python 3.14 hangs the thread instead, and so does this: the process ends anyway.
void TakeGilOrHang(PyThreadState* state);

class ReleasedGil {
 public:
  ReleasedGil() : state_(PyEval_SaveThread()) {}
  ~ReleasedGil() { TakeGilOrHang(state_); }
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;

 private:
  PyThreadState* const state_;
};

}  // namespace pywebrtc::bind
