#include "core/datagrams.h"

#if defined(__linux__)

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "api/transport/ecn_marking.h"
#include "api/units/timestamp.h"
#include "rtc_base/buffer.h"
#include "rtc_base/socket_address.h"

namespace pywebrtc {
namespace {

// Of the kernel's buffers for one call. More would let one socket keep the others waiting for milliseconds.
constexpr size_t kReceived = 8;
// Of each, a whole IP packet.
constexpr size_t kBufferBytes = 65536;
// Of the datagrams for one call; the kernel's limit for a buffer that it cuts.
constexpr size_t kSent = 64;
// What fits into an IP packet with its headers.
constexpr size_t kSentBytes = 65000;

template <class T>
T ControlData(const cmsghdr& control) {
  T value;
  std::memcpy(&value, CMSG_DATA(&control), sizeof(value));
  return value;
}

// What the kernel says of a buffer.
struct Description {
  explicit Description(msghdr& header) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
        segment = static_cast<size_t>(ControlData<int>(*c));
      } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMP) {
        const auto time = ControlData<timeval>(*c);
        arrival_time = webrtc::Timestamp::Micros(int64_t{1000000} * time.tv_sec + time.tv_usec);
      } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
        ecn = Ecn(ControlData<uint8_t>(*c));
      } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
        ecn = Ecn(ControlData<int>(*c));
      }
    }
  }

  // The lower two bits (RFC 3168, 5), of which the enumeration has the values.
  static webrtc::EcnMarking Ecn(int traffic_class) { return static_cast<webrtc::EcnMarking>(traffic_class & 3); }

  // Bytes of a datagram, where there are several.
  size_t segment = 0;
  std::optional<webrtc::Timestamp> arrival_time;
  webrtc::EcnMarking ecn = webrtc::EcnMarking::kNotEct;
};

}  // namespace

struct Inbox::Messages {
  char* buffer(size_t i) { return buffers.get() + i * kBufferBytes; }

  // No memory before the first datagram touches it.
  const std::unique_ptr<char[]> buffers = std::make_unique_for_overwrite<char[]>(kReceived * kBufferBytes);
  std::array<mmsghdr, kReceived> headers;
  std::array<iovec, kReceived> slices;
  std::array<sockaddr_storage, kReceived> sources;
  struct alignas(cmsghdr) Control {
    std::array<char, 128> bytes;
  };
  std::array<Control, kReceived> controls;

  // The datagram that is taken next, and what is said of its buffer.
  size_t next = 0;
  size_t offset = 0;
  std::optional<Description> description;
};

Inbox::Inbox() : messages_(std::make_unique<Messages>()) {}
Inbox::~Inbox() = default;

void Inbox::Prepare(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on));
}

int Inbox::Fill(int fd) {
  Messages& m = *messages_;
  left_ = m.next = m.offset = 0;
  m.description.reset();
  for (size_t i = 0; i < kReceived; ++i) {
    m.slices[i] = {.iov_base = m.buffer(i), .iov_len = kBufferBytes};
    msghdr& header = m.headers[i].msg_hdr;
    header = {};
    header.msg_name = &m.sources[i];
    header.msg_namelen = sizeof(m.sources[i]);
    header.msg_iov = &m.slices[i];
    header.msg_iovlen = 1;
    header.msg_control = m.controls[i].bytes.data();
    header.msg_controllen = m.controls[i].bytes.size();
  }
  const int received = ::recvmmsg(fd, m.headers.data(), kReceived, MSG_DONTWAIT, nullptr);
  if (received < 0) {
    return errno;
  }
  for (size_t i = 0; i < static_cast<size_t>(received); ++i) {
    const size_t length = m.headers[i].msg_len;
    const size_t segment = Description(m.headers[i].msg_hdr).segment;
    left_ += segment > 0 ? std::max<size_t>(1, (length + segment - 1) / segment) : 1;
  }
  return 0;
}

int Inbox::Take(webrtc::Socket::ReceiveBuffer& buffer) {
  Messages& m = *messages_;
  if (!m.description) {
    m.description.emplace(m.headers[m.next].msg_hdr);
  }
  const size_t rest = m.headers[m.next].msg_len - m.offset;
  const size_t size = m.description->segment > 0 ? std::min(m.description->segment, rest) : rest;
  buffer.payload.SetData(m.buffer(m.next) + m.offset, size);
  webrtc::SocketAddressFromSockAddrStorage(m.sources[m.next], &buffer.source_address);
  buffer.arrival_time = m.description->arrival_time;
  buffer.ecn = m.description->ecn;
  --left_;
  m.offset += size;
  if (size == rest) {
    ++m.next;
    m.offset = 0;
    m.description.reset();
  }
  return static_cast<int>(size);
}

struct Outbox::Messages {
  struct Datagram {
    size_t offset;
    size_t length;
    sockaddr_storage to;
    socklen_t to_length;

    bool HasDestinationOf(const Datagram& other) const {
      return to_length == other.to_length && std::memcmp(&to, &other.to, to_length) == 0;
    }
  };

  // Makes messages of the datagrams from `first` on; how many.
  size_t Make(size_t first, bool segmentation) {
    size_t count = 0;
    for (size_t end = first; end < datagrams.size(); ++count) {
      Datagram& head = datagrams[end++];
      size_t length = head.length;
      // All are as long as the first, but the last may be shorter.
      while (segmentation && end < datagrams.size() && datagrams[end - 1].length == head.length &&
             datagrams[end].length <= head.length && datagrams[end].HasDestinationOf(head)) {
        length += datagrams[end++].length;
      }
      slices[count] = {.iov_base = bytes.data() + head.offset, .iov_len = length};
      msghdr& header = headers[count].msg_hdr;
      header = {};
      header.msg_name = &head.to;
      header.msg_namelen = head.to_length;
      header.msg_iov = &slices[count];
      header.msg_iovlen = 1;
      if (length > head.length) {
        header.msg_control = controls[count].bytes.data();
        header.msg_controllen = controls[count].bytes.size();
        cmsghdr* const control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        const auto segment = static_cast<uint16_t>(head.length);
        std::memcpy(CMSG_DATA(control), &segment, sizeof(segment));
      }
      ends[count] = end;
    }
    return count;
  }

  std::vector<char> bytes;
  std::vector<Datagram> datagrams;
  std::array<mmsghdr, kSent> headers;
  std::array<iovec, kSent> slices;
  struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(sizeof(uint16_t))> bytes;
  };
  std::array<Control, kSent> controls;
  // The datagram after those of a message.
  std::array<size_t, kSent> ends;
};

Outbox::Outbox() : messages_(std::make_unique<Messages>()) {}
Outbox::~Outbox() = default;

bool Outbox::Add(Sender& sender, std::span<const char> datagram, const sockaddr* to, socklen_t to_length) {
  Messages& m = *messages_;
  if (sender_ != &sender || m.datagrams.size() == kSent || m.bytes.size() + datagram.size() > kSentBytes) {
    Flush();
  }
  if (datagram.size() > kSentBytes) {
    return false;
  }
  sender_ = &sender;
  m.datagrams.push_back({.offset = m.bytes.size(), .length = datagram.size(), .to = {}, .to_length = to_length});
  std::memcpy(&m.datagrams.back().to, to, to_length);
  m.bytes.insert(m.bytes.end(), datagram.begin(), datagram.end());
  return true;
}

void Outbox::Flush() {
  Messages& m = *messages_;
  for (size_t first = 0; first < m.datagrams.size();) {
    const size_t count = m.Make(first, sender_->segmentation);
    const int sent = ::sendmmsg(sender_->fd, m.headers.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
    if (sent > 0) {
      first = m.ends[static_cast<size_t>(sent) - 1];
    } else if (errno != EAGAIN && sender_->segmentation && m.ends[0] - first > 1) {
      // The path's MTU is too small, or the network card cannot.
      sender_->segmentation = false;
    } else {
      sender_->error = errno;
      // What follows would meet the same.
      first = errno == EAGAIN ? m.datagrams.size() : m.ends[0];
    }
  }
  m.datagrams.clear();
  m.bytes.clear();
}

void Outbox::Forget(Sender& sender) {
  if (sender_ == &sender) {
    Flush();
    sender_ = nullptr;
  }
}

}  // namespace pywebrtc

#else

#include <cerrno>

#include "rtc_base/buffer.h"
#include "rtc_base/socket_address.h"

// One datagram for each call, without its time of arrival and its ECN bits.
namespace pywebrtc {

struct Inbox::Messages {
  char buffer[65536];
  sockaddr_storage source;
  size_t length;
};

Inbox::Inbox() : messages_(std::make_unique<Messages>()) {}
Inbox::~Inbox() = default;

void Inbox::Prepare(int /*fd*/) {}

int Inbox::Fill(int fd) {
  Messages& m = *messages_;
  socklen_t source_length = sizeof(m.source);
  const ssize_t length =
      ::recvfrom(fd, m.buffer, sizeof(m.buffer), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&m.source), &source_length);
  left_ = length < 0 ? 0 : 1;
  m.length = length < 0 ? 0 : static_cast<size_t>(length);
  return length < 0 ? errno : 0;
}

int Inbox::Take(webrtc::Socket::ReceiveBuffer& buffer) {
  buffer.payload.SetData(messages_->buffer, messages_->length);
  webrtc::SocketAddressFromSockAddrStorage(messages_->source, &buffer.source_address);
  left_ = 0;
  return static_cast<int>(messages_->length);
}

struct Outbox::Messages {};

Outbox::Outbox() = default;
Outbox::~Outbox() = default;

bool Outbox::Add(Sender& /*sender*/, std::span<const char> /*datagram*/, const sockaddr* /*to*/, socklen_t /*length*/) {
  return false;
}

void Outbox::Flush() {}
void Outbox::Forget(Sender& /*sender*/) {}

}  // namespace pywebrtc

#endif
