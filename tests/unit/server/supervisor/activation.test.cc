// server/supervisor/activation.h
#include "server/supervisor/activation.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace nano::server {
namespace {

constexpr int kPid = 4711;

Descriptor Tcp(bool listens) {
  Descriptor fd(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  if (listens) REQUIRE(listen(fd.get(), 1) == 0);
  return fd;
}

Descriptor Unix() {
  Descriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};  // Autobind: an abstract name of the kernel's choice.
  address.sun_family = AF_UNIX;
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)) == 0);
  REQUIRE(listen(fd.get(), 1) == 0);
  return fd;
}

Result<std::vector<HandedSockets>> CheckOne(Descriptor socket, const std::string& name) {
  std::vector<Descriptor> sockets;
  sockets.push_back(std::move(socket));
  return CheckGivenSockets(std::move(sockets), {name});
}

TEST_CASE("what the environment says of given sockets") {
  SECTION("nothing") {
    const auto activation = ReadActivation(nullptr, nullptr, nullptr, kPid);
    REQUIRE(activation.ok());
    CHECK(activation->sockets == 0);
  }
  SECTION("of another process") {
    const auto activation = ReadActivation("1", "2", "a:b", kPid);
    REQUIRE(activation.ok());
    CHECK(activation->sockets == 0);
  }
  SECTION("two with names") {
    const auto activation = ReadActivation("4711", "2", "http:admin", kPid);
    REQUIRE(activation.ok());
    CHECK(activation->sockets == 2);
    CHECK(activation->names == std::vector<std::string>{"http", "admin"});
  }
  SECTION("one without a name") {
    const auto activation = ReadActivation("4711", "1", nullptr, kPid);
    REQUIRE(activation.ok());
    CHECK(activation->sockets == 1);
    CHECK(activation->names.empty());
  }
}

TEST_CASE("an environment that is wrong is refused, and the variable named") {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{"x", "1", nullptr}, "LISTEN_PID"},       {{"4711", "one", nullptr}, "LISTEN_FDS"},
      {{"4711", "-1", nullptr}, "LISTEN_FDS"},   {{"4711", "99999", nullptr}, "LISTEN_FDS"},
      {{"4711", "2", "http"}, "LISTEN_FDNAMES"}, {{"4711", "1", "http:admin"}, "LISTEN_FDNAMES"},
  };
  for (const auto& [variables, where] : cases) {
    CAPTURE(where, variables[0], variables[1]);
    const auto activation = ReadActivation(variables[0], variables[1], variables[2], kPid);
    REQUIRE_FALSE(activation.ok());
    CHECK(activation.error().where == where);
  }
}

TEST_CASE("given sockets are the apps' or another listener's, by their names") {
  for (const char* name : {"http", "nano.socket", "unknown", ""}) {
    CAPTURE(name);
    const auto given = CheckOne(Tcp(true), name);
    REQUIRE(given.ok());
    REQUIRE(given->size() == 1);
    CHECK(given->front().name == kHttpSockets);
    CHECK(given->front().given);
    const int fd = given->front().sockets.front().get();
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  }
  const auto admin = CheckOne(Unix(), "admin");
  REQUIRE(admin.ok());
  CHECK(admin->front().name == "admin");
}

TEST_CASE("what is no listening stream socket is refused, and why") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const Descriptor other_end(ends[1]);
  const auto closed = [] {
    const Descriptor fd = Tcp(true);
    return Descriptor(fd.get());  // Its number, after its end.
  };
  std::pair<Descriptor, const char*> cases[] = {
      {Descriptor(ends[0]), "no socket"},
      {Descriptor(socket(AF_INET, SOCK_DGRAM, 0)), "ListenStream="},
      {Tcp(false), "Accept=no"},
      {Unix(), "not of TCP"},
  };
  for (auto& [socket, why] : cases) {
    CAPTURE(why);
    const auto given = CheckOne(std::move(socket), "http");
    REQUIRE_FALSE(given.ok());
    CHECK(given.error().message.find(why) != std::string::npos);
    CHECK(given.error().message.find("descriptor 3 (http)") != std::string::npos);
  }
  CHECK_FALSE(CheckOne(closed(), "http").ok());
  const auto named = CheckOne(Tcp(true), "amdin");
  REQUIRE_FALSE(named.ok());
  CHECK(named.error().message.find("FileDescriptorName=") != std::string::npos);
}

}  // namespace
}  // namespace nano::server
