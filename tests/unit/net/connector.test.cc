// Connecting, against listeners of the test's own: which address wins, and what is said when none
// does. Addresses of 198.51.100.0/24 lead nowhere; where a test needs an attempt that neither
// connects nor fails, a listener with a full queue is one.
#include "net/connector.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "name_server.h"

namespace nano::net {
namespace {

// A port of one address that is listened on, or of which connections hang.
class Listening {
 public:
  explicit Listening(const char* address, uint16_t port = 0, bool hangs = false) {
    sockaddr_storage where;
    const socklen_t size = IpAddress::Parse(address)->ToSockaddr(port, where);
    fd_ = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&where), size) == 0);
    REQUIRE(listen(fd_, hangs ? 0 : 16) == 0);
    sockaddr_storage bound;
    socklen_t bound_size = sizeof bound;
    REQUIRE(getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &bound_size) == 0);
    this->port = ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
    // Its queue takes one more than asked for; what comes then is neither taken nor refused.
    for (int i = 0; hangs && i < 4; ++i) {
      fillers_.push_back(socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      connect(fillers_.back(), reinterpret_cast<sockaddr*>(&bound), bound_size);
    }
  }
  ~Listening() {
    for (const int fd : fillers_) close(fd);
    close(fd_);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  uint16_t port = 0;

 private:
  int fd_ = -1;
  std::vector<int> fillers_;
};

class Fixture {
 public:
  Fixture() {
    uv_loop_init(&loop);
    server.emplace(&loop);
    Resolver::Settings settings;
    settings.servers = server->address();
    settings.timeout = 50;
    settings.tries = 1;
    resolver.emplace(&loop, settings);
  }
  ~Fixture() {
    resolver.reset();
    server->Close();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  // The address that was connected to, or "! kind: reason".
  std::string Connect(const std::string& host, uint16_t port) {
    std::optional<std::string> outcome;
    std::optional<Connector> connector;
    connector.emplace(&loop, *resolver,
                      Connector::Events{
                          [&](int fd, const IpAddress& address) {
                            outcome = address.ToString();
                            CHECK(close(fd) == 0);
                            connector.reset();
                          },
                          [&](const ConnectFailure& failure) {
                            static const char* const kNames[] = {
                                "no name", "name timeout", "name failed", "denied",
                                "refused", "unreachable",  "timeout",     "failed"};
                            outcome = "! " +
                                      std::string(kNames[static_cast<size_t>(failure.error)]) +
                                      ": " + failure.reason;
                            connector.reset();
                          },
                          [&](const IpAddress& address) {
                            asked.push_back(address.ToString());
                            return denied.has_value() && denied->Contains(address)
                                       ? std::optional<std::string>("not allowed")
                                       : std::nullopt;
                          },
                      });
    connector->Start(host, port);
    CHECK_FALSE(outcome.has_value());
    while (!outcome) uv_run(&loop, UV_RUN_ONCE);
    return *outcome;
  }

  uv_loop_t loop;
  std::optional<NameServer> server;
  std::optional<Resolver> resolver;
  std::optional<Network> denied;
  std::vector<std::string> asked;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "connector: to an address, which is no name") {
  const Listening v4("127.0.0.1");
  const Listening v6("::1");
  CHECK(Connect("127.0.0.1", v4.port) == "127.0.0.1");
  CHECK(Connect("::1", v6.port) == "::1");
  CHECK(server->asked.empty());
}

TEST_CASE_METHOD(Fixture, "connector: IPv6 comes first, the other family next") {
  const Listening v6("::1");
  server->v4["both.test"] = {{"127.0.0.1", "127.0.0.2"}};
  server->v6["both.test"] = {{"::1"}};
  CHECK(Connect("both.test", v6.port) == "::1");
  CHECK(asked == std::vector<std::string>{"::1"});

  asked.clear();
  const Listening v4("127.0.0.2");
  CHECK(Connect("both.test", v4.port) == "127.0.0.2");
  CHECK(asked == std::vector<std::string>{"::1", "127.0.0.1", "127.0.0.2"});
}

TEST_CASE_METHOD(Fixture, "connector: an address that hangs is raced, not waited for") {
  const Listening hangs("::1", 0, true);
  const Listening answers("127.0.0.1", hangs.port);
  server->v4["half.test"] = {{"127.0.0.1"}};
  server->v6["half.test"] = {{"::1"}};
  CHECK(Connect("half.test", hangs.port) == "127.0.0.1");
  CHECK(asked == std::vector<std::string>{"::1", "127.0.0.1"});
}

TEST_CASE_METHOD(Fixture, "connector: a family whose name server is silent is not waited for") {
  const Listening v4("127.0.0.1");
  server->v4["a.test"] = {{"127.0.0.1"}};
  server->v6["a.test"] = {{}, 60, 0, true};
  CHECK(Connect("a.test", v4.port) == "127.0.0.1");
}

TEST_CASE_METHOD(Fixture, "connector: what is said when nothing can be connected to") {
  uint16_t closed = 0;
  {
    const Listening listening("127.0.0.1");
    closed = listening.port;
  }
  server->v4["a.test"] = {{"127.0.0.1", "127.0.0.2"}};
  server->v4["mute.test"] = server->v6["mute.test"] = {{}, 60, 0, true};
  server->v4["ill.test"] = server->v6["ill.test"] = {{}, 60, 2};
  CHECK(Connect("127.0.0.1", closed) == "! refused: 127.0.0.1: Connection refused");
  CHECK(Connect("a.test", closed) ==
        "! refused: 127.0.0.1: Connection refused; 127.0.0.2: Connection refused");
  CHECK_THAT(Connect("none.test", closed), Catch::StartsWith("! no name: "));
  CHECK_THAT(Connect("mute.test", closed), Catch::StartsWith("! name timeout: "));
  CHECK_THAT(Connect("ill.test", closed), Catch::StartsWith("! name failed: "));
}

TEST_CASE_METHOD(Fixture, "connector: no address is connected to that is not allowed") {
  const Listening v4("127.0.0.1");
  server->v4["a.test"] = {{"127.0.0.1"}};
  server->v6["a.test"] = {{"::ffff:127.0.0.1"}};
  denied = Network::Parse("127.0.0.0/8");
  CHECK(Connect("127.0.0.1", v4.port) == "! denied: 127.0.0.1: not allowed");
  CHECK_THAT(Connect("a.test", v4.port), Catch::StartsWith("! denied: 127.0.0.1: not allowed"));
  // Another one may be.
  const Listening v6("::1");
  server->v4["b.test"] = {{"127.0.0.1"}};
  server->v6["b.test"] = {{"::1"}};
  CHECK(Connect("b.test", v6.port) == "::1");
}

TEST_CASE_METHOD(Fixture, "connector: it may end at any stage") {
  const Listening hangs("127.0.0.1", 0, true);
  server->v4["mute.test"] = server->v6["mute.test"] = {{}, 60, 0, true};
  const auto never = [](auto&&...) { FAIL("called after its end"); };
  const Connector::Events events{never, never,
                                 [](const IpAddress&) { return std::optional<std::string>(); }};
  for (const char* host : {"mute.test", "127.0.0.1"}) {
    for (int turns = 0; turns < 3; ++turns) {
      Connector connector(&loop, *resolver, events);
      connector.Start(host, hangs.port);
      for (int i = 0; i < turns; ++i) uv_run(&loop, UV_RUN_NOWAIT);
    }
  }
}

}  // namespace nano::net
