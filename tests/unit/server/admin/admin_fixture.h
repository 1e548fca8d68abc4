// The API on a listener, and a client that asks it over sockets, on one thread: the client turns
// the loop while it waits. Every wait is bounded.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/json.h"
#include "http/http1/listener.h"
#include "server/admin/api.h"
#include "tests/unit/run_until.h"
#include "tests/unit/server/admin/fake_deployments.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server::admin::testing {

inline constexpr char kToken[] = "a-token-that-is-long-enough";
inline constexpr char kReadToken[] = "a-token-that-only-reads";
inline constexpr char kShopToken[] = "a-token-for-the-shop-alone";

inline Access TestAccess() {
  return Access::ForTokens(
      {{kToken, {"admin"}}, {kReadToken, {"read"}}, {kShopToken, {"deploy:shop"}}}, false,
      {"admin.example.com"});
}

struct Answered {
  int status = 0;
  std::string head;  // The status line and fields, names in lower case as the server writes them.
  std::string body;

  std::string Field(const std::string& name) const {
    const std::string begin = "\r\n" + name + ": ";
    const size_t at = head.find(begin);
    if (at == std::string::npos) return {};
    const size_t value = at + begin.size();
    return head.substr(value, head.find("\r\n", value) - value);
  }
  Json json() const {
    Result<Json> value = Json::Parse(body);
    if (!value.ok()) FAIL(value.error().message << " in " << body);
    return std::move(value).value();
  }
  std::string Text(std::string_view member) const {
    const Json value = json();
    const Json* found = value.Find(member);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
  }
  // Of a problem: "stale".
  std::string Slug() const {
    const std::string type = Text("type");
    return type.substr(std::min(type.size(), std::string("urn:nano:problem:").size()));
  }
};

class Fixture {
 public:
  explicit Fixture(Access access = TestAccess(), Api::Options options = {}) {
    uv_loop_init(&loop);
    deployments = std::make_unique<FakeDeployments>(&loop, folder / "uploads");
    const int fds = open("/dev/null", O_WRONLY | O_CLOEXEC);
    sink = std::make_unique<LogSink>(fds);
    log = std::make_unique<Log>(*sink, LogFormat::kJson);
    api = std::make_unique<Api>(&loop, std::move(access), *deployments, *log, options);
    http::Limits limits;
    limits.body_bytes = 0;
    limits.presence_check = 5;
    listener = std::make_unique<http1::Listener>(&loop, limits, *api);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = address.sin_port;
    REQUIRE(listener->Listen(fd).ok());
  }
  ~Fixture() {
    api->StopFollowing(true);
    bool stopped = false;
    listener->Stop(0, [&] { stopped = true; });
    CHECK(Until([&] { return stopped; }));
    listener.reset();
    api.reset();
    deployments.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  bool Until(const std::function<bool()>& done) { return test::RunUntil(loop, done); }

  // What lies in the folder for uploads.
  size_t Files() const {
    size_t count = 0;
    std::error_code status;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "uploads", status)) {
      if (entry.exists()) ++count;
    }
    return count;
  }

  const test::TemporaryDirectory folder;
  uv_loop_t loop;
  std::unique_ptr<FakeDeployments> deployments;
  std::unique_ptr<LogSink> sink;
  std::unique_ptr<Log> log;
  std::unique_ptr<Api> api;
  std::unique_ptr<http1::Listener> listener;
  in_port_t port;
};

class Client {
 public:
  explicit Client(Fixture& fixture, int receive_buffer = 0) : fixture_(fixture) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer != 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = fixture.port;
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Client() { Close(); }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  void Send(std::string_view data) {
    CHECK(fixture_.Until([&] {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent > 0) data.remove_prefix(static_cast<size_t>(sent));
      return data.empty();
    }));
  }
  void Poll() {
    char buffer[65536];
    ssize_t size;
    while ((size = recv(fd_, buffer, sizeof buffer, 0)) > 0) {
      received.append(buffer, static_cast<size_t>(size));
    }
    if (size == 0 || (size < 0 && errno == ECONNRESET)) ended = true;
  }
  // Waits until what came contains a text.
  bool Await(const std::string& text) {
    return fixture_.Until([&] {
      Poll();
      return received.find(text) != std::string::npos || ended;
    }) && received.find(text) != std::string::npos;
  }
  // A whole answer, with its length.
  Answered Read(bool head_only = false) {
    Answered answer;
    CHECK(Await("\r\n\r\n"));
    const size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) return answer;
    answer.head = received.substr(0, end + 2);
    received.erase(0, end + 4);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const std::string length = answer.Field("content-length");
    const size_t size = head_only || length.empty() ? 0 : std::stoul(length);
    CHECK(fixture_.Until([&] {
      Poll();
      return received.size() >= size || ended;
    }));
    answer.body = received.substr(0, size);
    received.erase(0, answer.body.size());
    return answer;
  }

  std::string received;
  bool ended = false;

 private:
  Fixture& fixture_;
  int fd_;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string RequestText(const std::string& method, const std::string& target,
                               const Fields& fields, const std::string& body,
                               const std::string& token) {
  std::string text = method + " " + target + " HTTP/1.1\r\n";
  bool host = false;
  for (const auto& [name, value] : fields) {
    text += name + ": " + value + "\r\n";
    host = host || name == "host";
  }
  if (!host) text += "host: localhost\r\n";
  if (!token.empty()) text += "authorization: Bearer " + token + "\r\n";
  if (!body.empty()) text += "content-length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

inline Answered Ask(Fixture& fixture, const std::string& method, const std::string& target,
                    const Fields& fields = {}, const std::string& body = "",
                    const std::string& token = kToken) {
  Client client(fixture);
  client.Send(RequestText(method, target, fields, body, token));
  return client.Read(method == "HEAD");
}

inline const Fields kJsonType = {{"content-type", "application/json"}};

inline Fields With(Fields fields, const std::string& name, const std::string& value) {
  fields.emplace_back(name, value);
  return fields;
}

// A form as curl -F sends it.
inline constexpr char kFormType[] = "multipart/form-data; boundary=----x7";
inline std::string Form(const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string body;
  for (const auto& [name, contents] : parts) {
    body += "------x7\r\nContent-Disposition: form-data; name=\"" + name + "\"" +
            (name == "snapshot" ? "; filename=\"a.bin\"\r\nContent-Type: application/octet-stream"
                                : "") +
            "\r\n\r\n" + contents + "\r\n";
  }
  return body + "------x7--\r\n";
}

}  // namespace nano::server::admin::testing
