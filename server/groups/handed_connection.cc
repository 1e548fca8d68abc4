// The order of a packet's fields. See handed_connection.h.
#include "server/groups/handed_connection.h"

#include <utility>

#include "base/byte_stream.h"

namespace nano::server {
namespace {

enum Kind : uint8_t {
  kBare = 0,  // As base/descriptor_passing.h has it.
  kHanded = 1,
};

}  // namespace

Result<OutgoingPacket> PacketOf(const HandedConnection& connection) {
  ByteWriter out;
  out.Number(connection.since);
  out.Number(connection.hops);
  out.Flag(connection.is_call);
  out.Text(connection.input);
  return OutgoingPacket::Make(kHanded, out.Take(), /*has_descriptor=*/true);
}

Result<HandedConnection> ConnectionOf(Packet packet) {
  HandedConnection connection{.socket = std::move(packet.descriptor)};
  const bool is_bare = packet.kind == kBare && packet.body.empty();
  ByteReader in(packet.body);
  if (!is_bare) {
    connection.since = in.Number<uint64_t>();
    connection.hops = in.Number<uint32_t>();
    connection.is_call = in.Flag();
    connection.input = in.Text();
  }
  if (connection.socket.get() < 0 || (!is_bare && packet.kind != kHanded) || !in.Done()) {
    return Error{"a connection that is handed over is malformed", {}, {}};
  }
  return connection;
}

}  // namespace nano::server
