// A listener on loopback, a scriptable handler and plain socket clients, all on one thread: clients
// turn the server's loop while they wait. Every wait is bounded.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/http1/listener.h"

namespace nano::http1::testing {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Records what happens; what it answers is set by each test.
struct TestHandler final : http::Handler, http::Responder {
  std::function<void(http::ServerExchange&, const http::RequestHead&)> on_request;
  std::function<void(http::ServerExchange&, std::string_view, bool)> on_body;
  std::function<void(http::ServerExchange&)> on_drain;
  std::function<void(const http::ProtocolError&)> on_error;
  std::vector<std::string> events;
  std::vector<int> errors;
  std::vector<std::string> reasons;
  std::vector<http::SlowWith> slow;
  bool has_turn = true;  // For news of what is under way.
  bool goes_on = false;  // Though a request's body breaks off.
  bool calling = false;  // Inside OnRequest or OnBody: nothing else may be called meanwhile.

  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override {
    events.push_back(std::string(head.method) + " " + std::string(head.target));
    CHECK(exchange.responder == nullptr);
    exchange.responder = this;
    Call([&] { on_request(exchange, head); });
  }
  bool HasTurn(const http::ServerExchange&) override { return has_turn; }
  void OnBody(http::ServerExchange& exchange, std::string_view part, bool last) override {
    events.push_back("body " + std::to_string(part.size()) + (last ? " last" : ""));
    Call([&] { on_body(exchange, part, last); });
  }
  void OnBodyError(http::ServerExchange& exchange, std::string_view reason) override {
    events.push_back("body error");
    if (goes_on) return;
    Call([&] { exchange.Fail(); });
  }
  void OnDrain(http::ServerExchange& exchange) override {
    events.push_back("drain");
    Call([&] {
      if (on_drain) on_drain(exchange);
    });
  }
  void OnAborted(http::ServerExchange&) override {
    events.push_back("aborted");
    Call([] {});
  }
  void OnProtocolError(const http::ProtocolError& error) override {
    errors.push_back(error.status);
    reasons.emplace_back(error.reason);
    CHECK(error.peer == "127.0.0.1");
    if (on_error) on_error(error);
  }

  void OnSlowClient(http::SlowWith with) override { slow.push_back(with); }

  bool Saw(const std::string& event) const {
    return std::find(events.begin(), events.end(), event) != events.end();
  }

 private:
  template <typename F>
  void Call(F f) {
    CHECK_FALSE(calling);
    calling = true;
    f();
    calling = false;
  }
};

class Server {
 public:
  explicit Server(http::Limits limits = {}, http::Endpoint endpoint = {}) {
    uv_loop_init(&loop);
    listener = std::make_unique<Listener>(&loop, limits, handler);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = address.sin_port;
    REQUIRE(listener->Listen(fd, std::move(endpoint)).ok());
  }
  ~Server() {
    bool stopped = false;
    if (!stop_called) listener->Stop(0, [&] { stopped = true; });
    // Everything the listener opened is closed by itself: else the loop would stay alive.
    CHECK(Until([&] { return (stopped || stop_called) && listener->connections() == 0; }));
    listener.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  // Turns the loop until `done`, at most five seconds.
  bool Until(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + milliseconds(5000);
    while (!done()) {
      if (Clock::now() > deadline) return false;
      if (uv_run(&loop, UV_RUN_NOWAIT) == 0 || !done()) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    }
    return true;
  }
  // Turns the loop for a while, for what must not happen.
  void Run(int ms) {
    const auto end = Clock::now() + milliseconds(ms);
    Until([&] { return Clock::now() > end; });
  }

  uv_loop_t loop;
  TestHandler handler;
  std::unique_ptr<Listener> listener;
  bool stop_called = false;
  in_port_t port;
};

class Client {
 public:
  explicit Client(Server& server, int receive_buffer = 0) : server_(server) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer != 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = server.port;
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Client() { Close(); }

  void Send(std::string_view data) {
    CHECK(server_.Until([&] {
      const ssize_t sent = send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent > 0) data.remove_prefix(static_cast<size_t>(sent));
      return data.empty();
    }));
  }
  // How long the system remembers the connection once it is closed.
  void ForgetAfter(int seconds) {
    REQUIRE(setsockopt(fd_, IPPROTO_TCP, TCP_LINGER2, &seconds, sizeof seconds) == 0);
  }
  void ShutdownWrite() { shutdown(fd_, SHUT_WR); }
  void Close(bool reset = false) {
    if (fd_ < 0) return;
    const linger hard = {.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd_);
    fd_ = -1;
  }

  // Takes what there is; false when the server has closed.
  void Poll() {
    char buffer[65536];
    ssize_t size;
    while ((size = recv(fd_, buffer, sizeof buffer, 0)) > 0) {
      received.append(buffer, static_cast<size_t>(size));
    }
    if (size == 0) ended = true;
    if (size < 0 && errno == ECONNRESET) ended = was_reset = true;
  }
  // Waits until what came (and was not taken before) contains `text`, and takes it up to its end.
  std::string Read(const std::string& text) {
    size_t at = std::string::npos;
    const bool found = server_.Until([&] {
      Poll();
      at = received.find(text);
      return at != std::string::npos || ended;
    });
    CAPTURE(received.substr(0, 2000), text);
    CHECK((found && at != std::string::npos));
    if (at == std::string::npos) return {};
    std::string taken = received.substr(0, at + text.size());
    received.erase(0, taken.size());
    return taken;
  }
  // Waits for the server to close, and takes everything.
  std::string ReadAll() {
    CHECK(server_.Until([&] {
      Poll();
      return ended;
    }));
    return std::move(received);
  }

  std::string received;
  bool ended = false;
  bool was_reset = false;
  int fd() const { return fd_; }

 private:
  Server& server_;
  int fd_;
};

inline std::string Get(const std::string& target, const std::string& extra = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + extra + "\r\n";
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace nano::http1::testing
