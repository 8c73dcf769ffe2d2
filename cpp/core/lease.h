// Memory of Python's that frames of libwebrtc use.
//
// Python keeps the memory alive under the key of its lease; libwebrtc's buffer holds the lease. When nobody uses the
// buffer any more, on whatever thread, the key is put down here and the loop is told. Keys that no loop has taken (it
// was closed, or there was none) wait for the next one that looks: nothing is lost with a mailbox.
#pragma once

#include <memory>
#include <vector>

#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc {

class Lease {
 public:
  // `target` is whom the message is for. Without a mailbox nobody is told.
  Lease(std::shared_ptr<Mailbox> mailbox, Key target);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Key key() const { return key_; }

  // Any thread: the keys that were returned since the last call.
  static std::vector<Key> TakeReturned();

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const Key target_;
  const Key key_;
};

}  // namespace pywebrtc
