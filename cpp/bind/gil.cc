// Compiled without exceptions: POSIX's cleanup handlers are then reached by a jump, and no frame of C++ is
// unwound.
#include "bind/gil.h"

#include <pthread.h>
#include <unistd.h>

namespace pywebrtc::bind {
namespace {

void Hang(void* /*unused*/) {
  while (true) {
    ::pause();
  }
}

}  // namespace

void TakeGilOrHang(PyThreadState* state) {
  pthread_cleanup_push(Hang, nullptr);
  PyEval_RestoreThread(state);
  pthread_cleanup_pop(0);
}

}  // namespace pywebrtc::bind
