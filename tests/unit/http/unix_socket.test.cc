// Connections of the AF_UNIX family: who is at the other end, when it goes away, and what a forked
// process gives up.
#include <sys/un.h>
#include <sys/wait.h>

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

TEST_CASE("a forked process gives its copies up without a word", "[unix]") {
  Server server;
  UnixClient client(server);
  Client over_tcp(server);
  http::ServerExchange* waiting[2] = {};
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead& head) {
    waiting[head.target == "/tcp" ? 1 : 0] = &exchange;
  };
  client.Send(Get("/"));
  over_tcp.Send(Get("/tcp"));
  REQUIRE(server.Until([&] { return waiting[0] != nullptr && waiting[1] != nullptr; }));
  const pid_t pid = fork();
  if (pid == 0) {
    bool done = uv_loop_fork(&server.loop) == 0;
    bool abandoned = false;
    server.listener->Abandon([&] { abandoned = true; });
    uv_run(&server.loop, UV_RUN_DEFAULT);
    done = done && abandoned && server.handler.Saw("aborted");
    server.listener.reset();
    uv_run(&server.loop, UV_RUN_DEFAULT);
    _exit(done && uv_loop_close(&server.loop) == 0 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  waiting[0]->Respond({}, "still here");
  waiting[1]->Respond({}, "still here");
  client.Read("still here");
  over_tcp.Read("still here");
  CHECK_FALSE(over_tcp.ended);
}

}  // namespace
}  // namespace nano::http1::testing
