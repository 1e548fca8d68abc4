// A packet between processes of the server: a kind, bytes and maybe a descriptor, as one message of
// a socket pair of the kind SOCK_SEQPACKET (unix(7)).
//
// What is too large for a message goes in a file in memory (memfd_create(2)) whose descriptor the
// message carries. A message of one byte with a descriptor, as base/descriptor_passing.h
// sends it, is a packet of that kind. What comes in is not trusted: a worker runs strangers' code.
//
// Owns what it holds. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

inline constexpr size_t kMaxPacketBody = size_t{256} << 20;

struct Packet {
  uint8_t kind = 0;
  std::string body;
  Descriptor descriptor;  // Or none.
};

// One to be sent, as often as it takes.
class OutgoingPacket {
 public:
  // With a descriptor, or without. Fails if the body is larger than kMaxPacketBody, or the system
  // has no memory for it.
  static Result<OutgoingPacket> Make(uint8_t kind, std::string_view body, bool has_descriptor);

  enum class Sent {
    kSent,
    kLater,  // The socket takes no more at present.
    kGone,   // Nobody is there to read it, or there never will be.
  };
  // Does not wait. A copy of `descriptor` goes, if the packet has one.
  Sent Send(int socket, int descriptor = -1) const;

 private:
  std::string bytes_;  // Header and body, or the header alone.
  Descriptor file_;    // Of the body, or none.
  bool has_descriptor_ = false;
};

// There is none yet.
struct NoPacket {};
// There will be none: the other side is gone, or `error` says what is wrong with what came.
struct NoMorePackets {
  std::string error;
};
using ReceivedPacket = std::variant<Packet, NoPacket, NoMorePackets>;

// The next one. Does not wait.
ReceivedPacket ReceivePacket(int socket);

}  // namespace nano::server
