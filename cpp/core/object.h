// The base of everything that Python holds: reference counted from above, owned threads below.
//
// An Object may be let go of on any thread, at any time: its deleter only posts. On the signaling
// thread it disposes of what it holds of libwebrtc and is deleted. After the engine has stopped
// nothing is left to dispose of, and in a forked child nothing may be touched (the threads that the
// locks of libwebrtc belong to do not exist there), so both leak the few bytes that remain.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/events.h"

namespace pywebrtc {

class Object {
 public:
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  Key key() const { return key_; }
  const char* kind() const { return kind_; }

 protected:
  // `kind` names the object in LiveObjects(); a string literal.
  explicit Object(const char* kind);
  virtual ~Object();

 private:
  friend class ObjectAccess;

  // Signaling thread, once: let go of all that belongs to libwebrtc. No callback comes after it.
  virtual void Dispose() = 0;

  const Key key_;
  const char* const kind_;
  bool disposed_ = false;
};

// What the engine and the handle's deleter may do with any object.
class ObjectAccess {
 public:
  // Any thread.
  static void Release(Object* object);
  // Signaling thread.
  static void DisposeOnce(Object& object);
  // Signaling thread, at the end of the engine.
  static void DisposeAll();
};

template <class T, class... Args>
std::shared_ptr<T> MakeObject(Args&&... args) {
  return std::shared_ptr<T>(new T(std::forward<Args>(args)...), [](T* object) { ObjectAccess::Release(object); });
}

// Objects that exist, by kind, after all that was let go of before this call is gone.
std::map<std::string, int> LiveObjects();

// Keys are never used twice in a process.
Key NextKey();

}  // namespace pywebrtc
