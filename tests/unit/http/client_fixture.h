// A client on a loop, and a server on a thread that does to each connection what the test says.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/client/pool.h"
#include "http/client/pooled_call.h"
#include "http/http1/client_loop.h"
#include "net/pipe.h"

namespace nano::http::testing {

// One accepted connection, blocking. Thread: the server's.
class Peer {
 public:
  Peer(int fd, int number) : number(number), fd_(fd) {}
  ~Peer() { Close(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Up to and with `end`; empty if the client has closed before.
  std::string ReadUntil(const std::string& end) {
    while (input_.find(end) == std::string::npos) {
      char part[4096];
      const ssize_t size = recv(fd_, part, sizeof part, 0);
      if (size <= 0) return {};
      input_.append(part, static_cast<size_t>(size));
    }
    const size_t length = input_.find(end) + end.size();
    std::string out = input_.substr(0, length);
    input_.erase(0, length);
    return out;
  }
  // What came behind what was read until now.
  std::string TakeInput() { return std::exchange(input_, {}); }
  std::string ReadHead() { return ReadUntil("\r\n\r\n"); }
  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      text.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }
  // Whether the client has closed: in order, by FIN, if so.
  enum class Ended { kOpen, kInOrder, kReset };
  Ended WaitForEnd(int milliseconds) {
    pollfd poll{fd_, POLLIN, 0};
    if (::poll(&poll, 1, milliseconds) == 0) return Ended::kOpen;
    char part[4096];
    const ssize_t size = recv(fd_, part, sizeof part, 0);
    if (size > 0) return Ended::kOpen;
    return size == 0 ? Ended::kInOrder : Ended::kReset;
  }
  void Reset() {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    Close();
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int fd() const { return fd_; }

  const int number;  // 1 for the first connection.

 private:
  int fd_;
  std::string input_;
};

// Serves each connection on a thread of its own.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer& peer)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 128) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (std::thread& peer : peers_) peer.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int connections() const { return connections_; }

  uint16_t port = 0;

 private:
  void Accept() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int number = ++connections_;
      peers_.emplace_back([this, fd, number] {
        Peer peer(fd, number);
        script_(peer);
      });
    }
  }

  const Script script_;
  int listener_ = -1;
  std::atomic<int> connections_{0};
  std::thread thread_;
  std::vector<std::thread> peers_;
};

// What became of one call, read to its end.
struct Outcome final : Caller {
  bool HasTurn() override { return has_turn; }
  void OnHead(const CallResponse& response) override {
    status = response.status;
    headers = response.headers;
    has_body = response.has_body;
    if (on_head) on_head();
    if (reads) Read();
  }
  void OnBody(std::string_view part) override {
    body += part;
    ++parts;
    if (on_body) on_body();
    if (reads) Read();
  }
  void OnPiped(net::Pipe& part) override {
    CHECK(piped);
    const size_t before = body.size();
    body.resize(before + part.held());
    CHECK(part.Read(std::span(body).subspan(before)) == body.size() - before);
    ++parts;
    if (reads) Read();
  }
  void OnEnd() override { done = ended = true; }
  void OnFailed(const Failure& with) override {
    failure = with;
    done = true;
  }
  void OnDrained() override {
    if (on_drained) on_drained();
  }

  void Read() { piped ? call->ReadPiped() : call->Read(); }

  std::unique_ptr<Call> call;
  bool reads = true;   // Everything, as it comes …
  bool piped = false;  // … as who passes it on.
  bool has_turn = true;
  std::function<void()> on_head, on_body, on_drained;
  int status = 0;
  std::string headers, body;
  int parts = 0;
  bool has_body = false;
  bool done = false, ended = false;
  std::optional<Failure> failure;

  // "200 body", or "! CODE", with what came before it.
  std::string Text() const {
    std::string text = status == 0 ? "" : std::to_string(status) + " " + body;
    if (failure) text += "! " + failure->code;
    return text;
  }
};

class ClientFixture {
 public:
  ClientFixture() {
    uv_loop_init(&loop);
    client_loop.emplace(&loop);
    watchdog.emplace(&loop, [] { FAIL("nothing happened for 20 s"); });
    watchdog->Unref();
  }
  ~ClientFixture() {
    pool_.reset();
    client_loop.reset();
    watchdog.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  ClientFixture(const ClientFixture&) = delete;
  ClientFixture& operator=(const ClientFixture&) = delete;

  // What servers refer to, who live on when a test's body has ended.
  template <typename T>
  T& Keep() {
    auto kept = std::make_shared<T>();
    kept_.push_back(kept);
    return *kept;
  }
  // Served until the client is gone.
  ScriptedServer& Serve(ScriptedServer::Script script) {
    return servers_.emplace_back(std::move(script));
  }
  Pool& pool() {
    if (!pool_) pool_.emplace(*client_loop, settings);
    return *pool_;
  }
  void EndPool() { pool_.reset(); }
  std::unique_ptr<Outcome> Start(uint16_t port, CallRequest request = {}) {
    auto outcome = std::make_unique<Outcome>();
    if (request.method.empty()) request.method = "GET";
    if (request.target.empty()) request.target = "/";
    if (request.authority.empty()) request.authority = "a.test";
    outcome->call = std::make_unique<PooledCall>(pool(), Route{false, "127.0.0.1", port, proxy},
                                                 request, *outcome);
    return outcome;
  }
  std::string Ask(uint16_t port, CallRequest request = {}) {
    const auto outcome = Start(port, request);
    RunUntil([&] { return outcome->done; });
    return outcome->Text();
  }
  void RunUntil(const std::function<bool()>& done) {
    watchdog->Start(20'000);
    while (!done()) uv_run(&loop, UV_RUN_ONCE);
    watchdog->Stop();
  }
  // Turns the loop for a time in which something might happen that must not.
  void RunFor(uint64_t milliseconds) {
    bool over = false;
    net::Timer timer(&loop, [&] { over = true; });
    timer.Start(milliseconds);
    RunUntil([&] { return over; });
  }

  uv_loop_t loop;
  std::optional<http1::ClientLoop> client_loop;
  std::optional<net::Timer> watchdog;
  Pool::Settings settings;
  const Proxy* proxy = nullptr;  // Through which calls go.

 private:
  std::list<std::shared_ptr<void>> kept_;
  std::list<ScriptedServer> servers_;
  std::optional<Pool> pool_;
};

}  // namespace nano::http::testing
