// The admin API on the sockets that `nano serve` opens: both faces, and the end.
#include "server/admin/admin_server.h"

#include <sys/un.h>

#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

class Served {
 public:
  explicit Served(Settings settings) {
    uv_loop_init(&loop);
    Result<Sockets> opened = Sockets::Open(std::move(settings));
    if (!opened.ok()) FAIL(opened.error().ToString());
    sockets = std::make_unique<Sockets>(std::move(opened).value());
    deployments = std::make_unique<FakeDeployments>(&loop, folder / "uploads");
    server = std::make_unique<AdminServer>(&loop, *sockets, *deployments, log);
  }
  ~Served() {
    bool stopped = false;
    server->Stop(0, [&] { stopped = true; });
    CHECK(Until([&] { return stopped; }));
    Close();
  }
  void Close() {
    server.reset();
    deployments.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  bool Until(const std::function<bool()>& done) { return test::RunUntil(loop, done); }
  // What comes of a request until it holds a text, or the server closes.
  std::string Ask(int fd, const std::string& request, const std::string& until) {
    REQUIRE(send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
    return Read(fd, until);
  }
  std::string Read(int fd, const std::string& until) {
    std::string received;
    Until([&] {
      char buffer[4096];
      const ssize_t size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (size > 0) received.append(buffer, static_cast<size_t>(size));
      return size == 0 || received.find(until) != std::string::npos;
    });
    return received;
  }

  const test::TemporaryDirectory folder;
  uv_loop_t loop;
  LogSink sink{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log{sink, LogFormat::kJson};
  std::unique_ptr<Sockets> sockets;
  std::unique_ptr<FakeDeployments> deployments;
  std::unique_ptr<AdminServer> server;
};

Descriptor ConnectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

Descriptor ConnectTo(const Listening& listening) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string& name = listening.name();
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(name.substr(name.rfind(':') + 1))));
  Descriptor fd(socket(AF_INET, SOCK_STREAM, 0));
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

constexpr char kGetApps[] = "GET /admin/apps HTTP/1.1\r\nhost: x\r\n\r\n";

TEST_CASE("the socket's owner may do everything, and who asks how it is, that", "[admin]") {
  const test::TemporaryDirectory folder;
  Settings settings;
  settings.socket = folder / "nano.sock";
  settings.max_upload = 1000;
  settings.health = {{"127.0.0.1", 0}};
  Served served(std::move(settings));
  const Descriptor admin = ConnectTo(folder / "nano.sock");
  CHECK(served.Ask(admin.get(), kGetApps, "]}").find("200 OK") != std::string::npos);
  CHECK(served
            .Ask(admin.get(), "POST /admin/apps/shop/rollback HTTP/1.1\r\nhost: x\r\n\r\n",
                 "\"outcome\"")
            .find("200 OK") != std::string::npos);
  const Descriptor health = ConnectTo(served.sockets->health[0]);
  CHECK(served.Ask(health.get(), "GET /ready HTTP/1.1\r\nhost: x\r\n\r\n", "reasons")
            .find("200 OK") != std::string::npos);
  CHECK(served.Ask(health.get(), kGetApps, "problem").find("404") != std::string::npos);
}

TEST_CASE("the end: news end, answers are waited for", "[admin]") {
  const test::TemporaryDirectory folder;
  Settings settings;
  settings.socket = folder / "nano.sock";
  Served served(std::move(settings));
  const Descriptor news = ConnectTo(folder / "nano.sock");
  const Descriptor change = ConnectTo(folder / "nano.sock");
  served.Ask(news.get(), "GET /admin/events HTTP/1.1\r\nhost: x\r\n\r\n", "following");
  served.deployments->holds_ = true;
  const std::string request = "POST /admin/apps/shop/rollback HTTP/1.1\r\nhost: x\r\n\r\n";
  REQUIRE(send(change.get(), request.data(), request.size(), 0) > 0);
  REQUIRE(served.Until([&] { return served.deployments->changes_.size() == 1; }));
  bool stopped = false;
  served.server->Stop(10'000, [&] { stopped = true; });
  CHECK(served.Read(news.get(), "0\r\n\r\n").ends_with("0\r\n\r\n"));
  CHECK_FALSE(stopped);
  served.deployments->Release();
  CHECK(served.Read(change.get(), "\"outcome\"").find("connection: close") != std::string::npos);
  CHECK(served.Until([&] { return stopped; }));
  // As its destructor expects one that serves.
  served.server =
      std::make_unique<AdminServer>(&served.loop, *served.sockets, *served.deployments, served.log);
}

}  // namespace
}  // namespace nano::server::admin::testing
