// Tests of connections as packets: what goes in comes out, and nothing else is taken for one.
#include "server/groups/handed_connection.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>

#include "base/descriptor_passing.h"
#include "tests/unit/mutation.h"

namespace nano::server {
namespace {

struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    sender = Descriptor(ends[0]);
    receiver = Descriptor(ends[1]);
  }
  Descriptor sender, receiver;
};

// Something that can be told from others by what it holds.
Descriptor FileSaying(const std::string& text) {
  Descriptor file(memfd_create("test", MFD_CLOEXEC));
  REQUIRE(write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return file;
}

std::string SaidBy(const Descriptor& file) {
  char text[64];
  const ssize_t size = pread(file.get(), text, sizeof text, 0);
  return size < 0 ? std::string() : std::string(text, static_cast<size_t>(size));
}

HandedConnection Passed(const HandedConnection& connection) {
  Pair pair;
  const auto packet = PacketOf(connection);
  REQUIRE(packet.ok());
  REQUIRE(packet->Send(pair.sender.get(), connection.socket.get()) == OutgoingPacket::Sent::kSent);
  ReceivedPacket received = ReceivePacket(pair.receiver.get());
  REQUIRE(std::holds_alternative<Packet>(received));
  auto passed = ConnectionOf(std::get<Packet>(std::move(received)));
  REQUIRE(passed.ok());
  return std::move(passed).value();
}

TEST_CASE("a connection comes as it was sent, however much was read of it", "[groups]") {
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{32'000}, size_t{32'768}, size_t{200'000}}) {
    CAPTURE(size);
    HandedConnection connection{.socket = FileSaying("client"),
                                .input = std::string(size, 'i'),
                                .is_call = size == 1,
                                .since = 0x123456789abcdef0,
                                .hops = 7};
    const HandedConnection passed = Passed(connection);
    CHECK(SaidBy(passed.socket) == "client");
    CHECK(passed.socket.get() != connection.socket.get());
    CHECK((passed.input == connection.input));
    CHECK(passed.is_call == connection.is_call);
    CHECK(passed.since == connection.since);
    CHECK(passed.hops == connection.hops);
  }
}

TEST_CASE("a connection without a word is one of which nothing was read", "[groups]") {
  Pair pair;
  const Descriptor client = FileSaying("bare");
  REQUIRE(SendDescriptor(pair.sender.get(), client.get()));
  ReceivedPacket received = ReceivePacket(pair.receiver.get());
  REQUIRE(std::holds_alternative<Packet>(received));
  const auto passed = ConnectionOf(std::get<Packet>(std::move(received)));
  REQUIRE(passed.ok());
  CHECK(SaidBy(passed->socket) == "bare");
  CHECK(passed->input.empty());
  CHECK_FALSE(passed->is_call);
}

TEST_CASE("what is no connection is not taken for one", "[groups]") {
  const auto is_one = [](uint8_t kind, std::string body, bool has_descriptor) {
    return ConnectionOf({.kind = kind,
                         .body = std::move(body),
                         .descriptor = has_descriptor ? FileSaying("x") : Descriptor()})
        .ok();
  };
  const std::string whole =
      std::string(8, '\1') + std::string(4, '\0') + '\0' + std::string("\2\0\0\0hi", 6);
  REQUIRE(is_one(1, whole, true));
  CHECK_FALSE(is_one(1, whole, false));
  CHECK_FALSE(is_one(2, whole, true));
  CHECK_FALSE(is_one(0, whole, true));
  CHECK_FALSE(is_one(0, "", false));
  CHECK_FALSE(is_one(1, "", true));
  CHECK_FALSE(is_one(1, whole + "more", true));
  for (size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(is_one(1, whole.substr(0, size), true));
  std::string neither = whole;
  neither[12] = '\2';
  CHECK_FALSE(is_one(1, neither, true));
  testing::Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::string damaged =
        testing::Mutated(random, whole, {"\xff\xff\xff\xff", "GET"}, 4, 8, 8);
    const auto read =
        ConnectionOf({.kind = 1, .body = damaged, .descriptor = Descriptor(dup(STDIN_FILENO))});
    if (read.ok()) CHECK(read->input.size() == damaged.size() - 17);
  }
}

}  // namespace
}  // namespace nano::server
