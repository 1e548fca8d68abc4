// A connection on its way from a worker to one of another group, as a packet of the channel that
// all workers of that group read. What is in a channel outlives the workers on both sides.
//
// Owns the descriptor. Decoding trusts nothing. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "server/control/packet.h"

namespace nano::server {

struct HandedConnection {
  Descriptor socket;
  std::string input;  // See http/departure.h.
  bool is_call =
      false;           // An app calls another one by it (service_client.h); else it is a client's.
  uint64_t since = 0;  // When its request first left a worker, by the loops' clock; 0: never.
  uint32_t hops = 0;   // How often it has been handed on since.
};

// The socket goes along when it is sent.
Result<OutgoingPacket> PacketOf(const HandedConnection& connection);

// Also of one without a word besides (base/descriptor_passing.h): a connection of which nothing was
// read.
Result<HandedConnection> ConnectionOf(Packet packet);

}  // namespace nano::server
