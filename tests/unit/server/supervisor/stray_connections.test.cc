// Tests of what is left of a group's channel: all of it goes to the others', as it was.
#include "server/supervisor/stray_connections.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <variant>

#include "server/groups/handed_connection.h"
#include "tests/unit/run_until.h"

namespace nano::server {
namespace {

TEST_CASE("what is left in channels is passed on, also while there is no room", "[groups]") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  int relay[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, relay) == 0);
  const Descriptor sender(relay[0]), receiver(relay[1]);
  const int least = 1;
  REQUIRE(setsockopt(sender.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least) == 0);
  std::optional<StrayConnections> strays(std::in_place, &loop, sender.get());
  constexpr size_t kEach = 40;
  for (const char* of : {"first ", "second "}) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    const Descriptor in(ends[0]);
    Descriptor out(ends[1]);
    for (size_t i = 0; i < kEach; ++i) {
      const HandedConnection connection{.socket = Descriptor(memfd_create("test", MFD_CLOEXEC)),
                                        .input = of + std::to_string(i)};
      const auto packet = PacketOf(connection);
      REQUIRE(packet.ok());
      REQUIRE(packet->Send(in.get(), connection.socket.get()) == OutgoingPacket::Sent::kSent);
    }
    // As a group's channel is ended.
    REQUIRE(shutdown(out.get(), SHUT_RD) == 0);
    strays->Collect(std::move(out));
  }
  size_t first = 0, second = 0;
  REQUIRE(test::RunUntil(loop, [&] {
    for (;;) {
      ReceivedPacket received = ReceivePacket(receiver.get());
      auto* const packet = std::get_if<Packet>(&received);
      if (packet == nullptr) break;
      const auto connection = ConnectionOf(std::move(*packet));
      REQUIRE(connection.ok());
      if (connection->input == "first " + std::to_string(first)) ++first;
      if (connection->input == "second " + std::to_string(second)) ++second;
    }
    return first == kEach && second == kEach;
  }));
  strays.reset();
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

}  // namespace
}  // namespace nano::server
