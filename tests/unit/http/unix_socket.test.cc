// Connections of the AF_UNIX family: who is at the other end, and when it goes away.
#include <sys/un.h>

#include "tests/unit/http/http_fixture.h"
#include "tests/unit/temporary_directory.h"

namespace nano::http1::testing {
namespace {

// A client of a server's second listening socket.
class UnixClient {
 public:
  explicit UnixClient(Server& server) : server_(server) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ / "s").copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* name = reinterpret_cast<sockaddr*>(&address);
    const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    REQUIRE(bind(listening, name, sizeof address) == 0);
    REQUIRE(server.listener->Listen(listening).ok());
    fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(connect(fd_, name, sizeof address) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~UnixClient() { Close(); }

  void Send(std::string_view text) {
    REQUIRE(send(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  std::string Read(const std::string& text) {
    server_.Until([&] {
      char buffer[4096];
      const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
      if (size > 0) received_.append(buffer, static_cast<size_t>(size));
      return Contains(received_, text);
    });
    CHECK(Contains(received_, text));
    return received_;
  }
  void ShutdownWrite() { shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  Server& server_;
  const test::TemporaryDirectory folder_;
  int fd_;
  std::string received_;
};

TEST_CASE("the peer of a Unix socket is a user", "[unix]") {
  Server server;
  UnixClient client(server);
  server.handler.on_request = [](http::ServerExchange& exchange, const http::RequestHead&) {
    exchange.Respond({}, exchange.peer());
  };
  client.Send(Get("/"));
  client.Read("unix:" + std::to_string(getuid()));
}

TEST_CASE("a client of a Unix socket that goes away is noticed, one that only ends is not",
          "[unix]") {
  http::Limits limits;
  limits.presence_check = 5;
  Server server(limits);
  UnixClient client(server);
  http::ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead&) {
    waiting = &exchange;
  };
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  SECTION("ends its input") {
    client.ShutdownWrite();
    server.Run(50);
    CHECK_FALSE(server.handler.Saw("aborted"));
    waiting->Respond({}, "there");
    client.Read("there");
  }
  SECTION("goes away") {
    client.Close();
    CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  }
  SECTION("ends its input, then goes away") {
    client.ShutdownWrite();
    server.Run(20);
    client.Close();
    CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  }
}

}  // namespace
}  // namespace nano::http1::testing
