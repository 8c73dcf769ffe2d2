#include "core/object.h"

#include <atomic>
#include <unordered_set>
#include <vector>

#include "core/engine.h"
#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {
namespace {

struct Registry {
  webrtc::Mutex mutex;
  std::unordered_set<Object*> objects RTC_GUARDED_BY(mutex);
};

// Never destroyed: objects may be let go of while static destructors run.
Registry& registry() {
  static auto* const instance = new Registry();
  return *instance;
}

}  // namespace

Key NextKey() {
  static std::atomic<Key> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

Object::Object(const char* kind) : key_(NextKey()), kind_(kind) {
  webrtc::MutexLock lock(&registry().mutex);
  registry().objects.insert(this);
}

Object::~Object() {
  webrtc::MutexLock lock(&registry().mutex);
  registry().objects.erase(this);
}

void ObjectAccess::Release(Object* object) {
  if (Engine::forked()) {
    return;
  }
  Engine::PostToSignaling([object] {
    DisposeOnce(*object);
    delete object;
  });
}

void ObjectAccess::DisposeOnce(Object& object) {
  if (!std::exchange(object.disposed_, true)) {
    object.Dispose();
  }
}

void ObjectAccess::DisposeAll() {
  std::vector<Object*> objects;
  {
    webrtc::MutexLock lock(&registry().mutex);
    objects.assign(registry().objects.begin(), registry().objects.end());
  }
  // Objects are deleted on this thread only, so none of the pointers can dangle.
  for (Object* object : objects) {
    DisposeOnce(*object);
  }
}

std::map<std::string, int> LiveObjects() {
  // A connection lets go of its transceivers, a transceiver of its track: each posts anew.
  constexpr int kDepth = 3;
  for (int i = 0; i < kDepth; ++i) {
    Engine::Flush();
  }
  std::map<std::string, int> counts;
  webrtc::MutexLock lock(&registry().mutex);
  for (const Object* object : registry().objects) {
    ++counts[object->kind()];
  }
  return counts;
}

}  // namespace pywebrtc
