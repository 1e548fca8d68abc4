// server/supervisor/handover.h, and listening sockets that go from one server to the next.
#include "server/supervisor/handover.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor_passing.h"
#include "server/supervisor/connection_relay.h"
#include "server/supervisor/listening_sockets.h"

namespace nano::server {
namespace {

struct Channel {
  Channel() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    old_end = Descriptor(ends[0]);
    new_end = Descriptor(ends[1]);
  }
  Descriptor old_end, new_end;
};

Descriptor Connect(uint16_t port) {
  Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// Accepts all that waits in sockets; how many they were.
size_t AcceptAll(const ListeningSockets& sockets, size_t slots) {
  size_t accepted = 0;
  for (size_t slot = 0; slot < slots; ++slot) {
    for (const int fd : sockets.of_slot(slot)) {
      for (;;) {
        const Descriptor connection(accept4(fd, nullptr, nullptr, SOCK_NONBLOCK));
        if (connection.get() < 0) break;
        ++accepted;
      }
    }
  }
  return accepted;
}

// Through a channel, as another process gets it.
Handover Pass(const Handover& handover) {
  const Channel channel;
  REQUIRE(SendHandover(channel.old_end.get(), handover).ok());
  Result<Handover> received = ReceiveHandover(channel.new_end.get());
  REQUIRE(received.ok());
  return std::move(received).value();
}

Result<Handover> Receive(const std::string& text) {
  const Channel channel;
  FILE* const file = tmpfile();
  REQUIRE(file != nullptr);
  fputs(text.c_str(), file);
  fflush(file);
  REQUIRE(SendDescriptor(channel.old_end.get(), fileno(file)));
  fclose(file);
  shutdown(channel.old_end.get(), SHUT_WR);
  return ReceiveHandover(channel.new_end.get());
}

TEST_CASE("what is handed over arrives, however many sockets it is") {
  for (const size_t slots : {size_t{1}, size_t{3}, size_t{300}}) {
    CAPTURE(slots);
    auto sockets = ListeningSockets::Open({{"127.0.0.1", 0}, {"127.0.0.1", 0}}, slots);
    REQUIRE(sockets.ok());
    Handover handover{.pid = 4194304};
    handover.sockets = sockets->Copies().value();
    handover.apps = {"shop", "blog"};
    const Handover received = Pass(handover);
    CHECK(received.pid == 4194304);
    CHECK(received.apps == handover.apps);
    REQUIRE(received.sockets.size() == 2);
    for (const HandedSockets& group : received.sockets) {
      CHECK(group.name == kHttpSockets);
      CHECK_FALSE(group.given);
      CHECK(group.address == "127.0.0.1:0");
      CHECK(group.sockets.size() == slots);
    }
    CHECK(received.relay_sender.get() < 0);
  }
}

TEST_CASE(
    "connections that wait are there for a server of more, of as many, and of fewer workers") {
  constexpr size_t kOld = 3;
  constexpr size_t kClients = 24;
  for (const size_t slots : {size_t{1}, size_t{2}, kOld, size_t{7}}) {
    CAPTURE(slots);
    const std::vector<config::Address> asked = {{"127.0.0.1", 0}};
    auto old_sockets = ListeningSockets::Open(asked, kOld);
    REQUIRE(old_sockets.ok());
    const config::Address address = old_sockets->addresses()[0];
    std::vector<Descriptor> clients;
    for (size_t i = 0; i < kClients; ++i) clients.push_back(Connect(address.port));

    Handover handover = Pass({.sockets = old_sockets->Copies().value()});
    auto new_sockets = ListeningSockets::Continue(handover.sockets, asked, slots);
    REQUIRE(new_sockets.ok());
    CHECK(new_sockets->addresses()[0] == address);
    old_sockets->Close();
    for (size_t i = 0; i < kClients; ++i) clients.push_back(Connect(address.port));
    for (size_t slot = 0; slot < slots; ++slot) CHECK_FALSE(new_sockets->of_slot(slot).empty());
    CHECK(AcceptAll(*new_sockets, slots) == 2 * kClients);
  }
}

TEST_CASE("addresses that are new are opened, those that are gone are not") {
  auto old_sockets = ListeningSockets::Open({{"127.0.0.1", 0}}, 1);
  REQUIRE(old_sockets.ok());
  std::vector<HandedSockets> handed = old_sockets->Copies().value();
  auto other = ListeningSockets::Continue(handed, {{"127.0.0.2", 0}}, 2);
  REQUIRE(other.ok());
  CHECK(other->addresses()[0].host == "127.0.0.2");
  CHECK(handed.empty());
}

TEST_CASE("sockets of other listeners are left to them") {
  auto mine = ListeningSockets::Open({{"127.0.0.1", 0}}, 1);
  REQUIRE(mine.ok());
  std::vector<HandedSockets> handed = mine->Copies().value();
  std::vector<HandedSockets> more = mine->Copies().value();
  more[0].name = "admin";
  handed.insert(handed.begin(), std::move(more[0]));
  REQUIRE(ListeningSockets::Continue(handed, {{"127.0.0.1", 0}}, 1).ok());
  REQUIRE(handed.size() == 1);
  CHECK(handed[0].name == "admin");
  CHECK(handed[0].sockets.size() == 1);
}

TEST_CASE("a socket that was given is every worker's, and no worker's alone") {
  auto given = ListeningSockets::Open({{"127.0.0.1", 0}}, 1);
  REQUIRE(given.ok());
  std::vector<HandedSockets> handed = given->Copies().value();
  handed[0].given = true;
  auto sockets = ListeningSockets::Continue(handed, {{"127.0.0.9", 1}}, 3);
  REQUIRE(sockets.ok());
  CHECK(sockets->addresses() == given->addresses());
  for (size_t slot = 0; slot < 3; ++slot) {
    CHECK(sockets->of_slot(slot) == sockets->of_slot(0));
    CHECK(sockets->of_slot(slot).size() == 1);
    CHECK(sockets->of_slot_alone(slot).empty());
  }
  CHECK(Pass({.sockets = sockets->Copies().value()}).sockets[0].given);
}

TEST_CASE("connections that were accepted already come out at the other server's end") {
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  {
    const ListeningSockets none;
    ConnectionRelay relay(&loop, none, 0);
    auto copies = relay.Copies();
    REQUIRE(copies.ok());
    const Descriptor connection(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(SendDescriptor(copies->sender.get(), connection.get()));
    Handover handover;
    handover.relay_sender = std::move(copies->sender);
    handover.relay_receiver = std::move(copies->receiver);
    Handover received = Pass(handover);
    ConnectionRelay next(&loop, none, 0,
                         {.sender = std::move(received.relay_sender),
                          .receiver = std::move(received.relay_receiver)});
    const Descriptor receiver(next.TakeReceiver());
    const Descriptor passed(ReceiveDescriptor(receiver.get(), MSG_DONTWAIT));
    CHECK(passed.get() >= 0);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("snapshots that are handed over are those of their lines, behind all sockets") {
  for (const size_t count : {size_t{1}, size_t{300}}) {
    CAPTURE(count);
    auto sockets = ListeningSockets::Open({{"127.0.0.1", 0}}, 2);
    REQUIRE(sockets.ok());
    Handover handover{.pid = 7};
    handover.sockets = sockets->Copies().value();
    std::vector<Descriptor> files;
    for (size_t i = 0; i < count; ++i) {
      const std::string digest = std::to_string(i);
      files.emplace_back(memfd_create("site", MFD_CLOEXEC));
      REQUIRE(write(files.back().get(), digest.data(), digest.size()) > 0);
      handover.sites.push_back({.app = "shop",
                                .digest = digest,
                                .bytes = 1000 + i,
                                .modified = -5,
                                .time = std::chrono::milliseconds(90),
                                .descriptor = files.back().get()});
    }
    const Channel channel;
    REQUIRE(SendHandover(channel.old_end.get(), handover).ok());
    REQUIRE(SendText(channel.old_end.get(), "serve"));
    const Result<Handover> received = ReceiveHandover(channel.new_end.get());
    REQUIRE(received.ok());
    CHECK(received->sockets[0].sockets.size() == 2);
    REQUIRE(received->sites.size() == count);
    size_t taken = 0;
    const auto take = [&](const HandedSite& site, const Descriptor& copy) {
      std::string digest(site.digest.size(), ' ');
      CHECK(pread(copy.get(), digest.data(), digest.size(), 0) > 0);
      CHECK(site.digest == digest);
      CHECK(site.bytes == 1000 + taken);
      ++taken;
    };
    CHECK(ReceiveSites(channel.new_end.get(), received->sites, take).ok());
    CHECK(taken == count);
    CHECK(received->sites[0].app == "shop");
    CHECK(received->sites[0].modified == -5);
    CHECK(received->sites[0].time.count() == 90);
    CHECK(ReceiveText(channel.new_end.get()) == "serve");
  }
}

TEST_CASE("what cannot be understood is refused, and lines that are not known are passed over") {
  for (const char* text :
       {"", "nano handover 2\n", "hello\n", "nano handover 1\nsocket http\n",
        "nano handover 1\nsocket http x own 127.0.0.1:80\n",
        "nano handover 1\nsocket http -1 own 127.0.0.1:80\n",
        "nano handover 1\nsocket http 1 own 127.0.0.1:80\n", "nano handover 1\nrelay\n",
        "nano handover 1\nsite abc 5\n", "nano handover 1\npid x\n"}) {
    CAPTURE(text);
    CHECK_FALSE(Receive(text).ok());
  }
  const auto received = Receive("nano handover 1\npid 5\nweather fine\napp a\n");
  REQUIRE(received.ok());
  CHECK(received->pid == 5);
  CHECK(received->apps == std::vector<std::string>{"a"});
}

TEST_CASE("words go both ways, and an end is told from silence") {
  Channel channel;
  CHECK(ReceiveText(channel.new_end.get()).empty());
  CHECK(errno == EAGAIN);
  REQUIRE(SendText(channel.old_end.get(), "serve"));
  CHECK(ReceiveText(channel.new_end.get()) == "serve");
  channel.old_end = Descriptor();
  CHECK(ReceiveText(channel.new_end.get()).empty());
  CHECK(errno == 0);
}

}  // namespace
}  // namespace nano::server
