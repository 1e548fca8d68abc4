// Calls whose bodies are asked for by who passes them on: they come in pipes where they can, and
// are whole, cut short, limited and given up as those that are looked at.
#include <sys/syscall.h>

#include <catch2/catch.hpp>
#include <string>

#include "client_fixture.h"
#include "tests/unit/refused_calls.h"

namespace nano::http::testing {
namespace {

constexpr size_t kThreshold = 64 * 1024;
constexpr size_t kHead = http1::ClientLoop::kHeadRead;

// Lines that differ, so that what is lost, twice or elsewhere can be told.
std::string Text(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + "\n";
  text.resize(size);
  return text;
}

std::string Counted(size_t length) {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(length) + "\r\n\r\n";
}

class PipedFixture : public ClientFixture {
 public:
  std::unique_ptr<Outcome> StartPiped(uint16_t port, CallRequest request = {}) {
    auto outcome = Start(port, request);
    outcome->piped = true;
    return outcome;
  }
  std::unique_ptr<Outcome> AskPiped(uint16_t port, CallRequest request = {}) {
    auto outcome = StartPiped(port, request);
    RunUntil([&] { return outcome->done; });
    return outcome;
  }
  uint64_t moved() const { return client_loop->pipes.moved(); }
};

}  // namespace

TEST_CASE_METHOD(PipedFixture, "piped: bodies of all sizes, on one connection") {
  ScriptedServer& server = Serve([](Peer& peer) {
    for (std::string head; !(head = peer.ReadHead()).empty();) {
      const size_t size = std::stoul(head.substr(5));
      peer.Send(Counted(size) + Text(size));
    }
  });
  for (const size_t size :
       {size_t{0}, size_t{1}, kHead, kThreshold - 1, kThreshold, kThreshold + 1, kThreshold + kHead,
        size_t{262'143}, size_t{262'144}, size_t{262'145}, size_t{1'000'003}, size_t{20'000'000}}) {
    CAPTURE(size);
    const uint64_t before = moved();
    const std::string target = "/" + std::to_string(size);
    const auto outcome = AskPiped(server.port, {.target = target});
    CHECK(outcome->ended);
    CHECK(outcome->body.size() == size);
    CHECK(outcome->body == Text(size));
    // The head came with some of it, and less than the threshold may be left at the end.
    const uint64_t piped = moved() - before;
    CHECK((piped > 0) == (size >= kThreshold + kHead));
    if (size > 2 * kThreshold) CHECK(piped >= size - kHead - kThreshold);
  }
  CHECK(server.connections() == 1);
  CHECK(client_loop->pipes.open() == 1);
}

TEST_CASE_METHOD(PipedFixture, "piped: what has come before goes first") {
  auto& goes_on = Keep<std::atomic<bool>>();
  const std::string text = Text(1'000'000);
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(Counted(text.size()) + text.substr(0, 100'000));
    while (!goes_on) usleep(1000);
    peer.Send(text.substr(100'000));
    peer.ReadHead();
  });
  const auto outcome = StartPiped(server.port);
  outcome->reads = false;
  RunUntil([&] { return outcome->status == 200; });
  RunFor(20);
  outcome->reads = true;
  outcome->Read();
  CHECK(outcome->body.size() >= 16'000);
  CHECK(moved() == 0);
  goes_on = true;
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->body == text);
  CHECK(moved() > 500'000);
}

TEST_CASE_METHOD(PipedFixture, "piped: what comes behind a body ends the connection, not it") {
  ScriptedServer& server = Serve([](Peer& peer) {
    while (!peer.ReadHead().empty()) {
      peer.Send(Counted(500'000) + Text(500'000) + "HTTP/1.1 200 OK\r\n");
    }
  });
  for (int i = 0; i < 3; ++i) {
    const auto outcome = AskPiped(server.port);
    CHECK(outcome->body == Text(500'000));
    RunFor(5);
  }
  CHECK(server.connections() == 3);
  CHECK(moved() > 1'000'000);
}

// The system does not move anything past it, and tells of input for as long as it is there.
TEST_CASE_METHOD(PipedFixture, "piped: urgent data is left out, and nothing else") {
  const bool ends = GENERATE(false, true);
  CAPTURE(ends);
  const std::string& text = Keep<std::string>() = Text(900'000);
  ScriptedServer& server = Serve([&text, ends](Peer& peer) {
    peer.ReadHead();
    peer.Send(Counted(text.size()));
    peer.Send(std::string_view(text).substr(0, 300'000));
    send(peer.fd(), "!", 1, MSG_OOB);
    usleep(20'000);
    peer.Send(std::string_view(text).substr(300'000));
    if (!ends) peer.ReadHead();
  });
  const auto outcome = AskPiped(server.port);
  CHECK(outcome->ended);
  CHECK(outcome->body == text);
  CHECK(moved() > 0);
}

TEST_CASE_METHOD(PipedFixture, "piped: bodies that break off") {
  const bool resets = GENERATE(false, true);
  const bool counted = GENERATE(false, true);
  CAPTURE(resets, counted);
  auto& taken = Keep<std::atomic<bool>>();
  const std::string text = Text(300'000);
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(counted ? Counted(text.size() + 1) : "HTTP/1.1 200 OK\r\n\r\n");
    peer.Send(text);
    while (!taken) usleep(1000);
    if (resets) peer.Reset();
  });
  const auto outcome = StartPiped(server.port);
  RunUntil([&] { return outcome->body.size() == text.size(); });
  CHECK_FALSE(outcome->done);
  taken = true;
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->body == text);
  CHECK(moved() > 0);
  if (!resets && !counted) {
    CHECK(outcome->ended);
  } else {
    REQUIRE(outcome->failure);
    CHECK(outcome->failure->code == "ECONNRESET");
  }
}

TEST_CASE_METHOD(PipedFixture, "piped: not what is framed, nor for who looks at it") {
  ScriptedServer& server = Serve([](Peer& peer) {
    for (std::string head; !(head = peer.ReadHead()).empty();) {
      if (head.starts_with("HEAD")) {
        peer.Send(Counted(1'000'000));
      } else if (head.starts_with("GET /chunked")) {
        peer.Send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n30d40\r\n" + Text(200'000) +
                  "\r\n0\r\n\r\n");
      } else {
        peer.Send(Counted(200'000) + Text(200'000));
      }
    }
  });
  CHECK(AskPiped(server.port, {.target = "/chunked"})->body == Text(200'000));
  const auto bodiless = AskPiped(server.port, {.method = "HEAD"});
  CHECK(bodiless->ended);
  CHECK_FALSE(bodiless->has_body);
  CHECK(Ask(server.port) == "200 " + Text(200'000));
  CHECK(moved() == 0);
  CHECK(client_loop->pipes.open() == 0);
}

TEST_CASE_METHOD(PipedFixture, "piped: who does not ask for more stops the server") {
  // More than the system takes for both of them.
  constexpr size_t kSize = 100'000'000;
  auto& sent = Keep<std::atomic<size_t>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(Counted(kSize));
    const std::string part(100'000, 'x');
    while (sent < kSize && peer.Send(part)) sent += part.size();
    peer.ReadHead();
  });
  const auto outcome = StartPiped(server.port);
  RunUntil([&] { return moved() > 0; });
  outcome->reads = false;
  RunFor(50);
  const uint64_t stands = moved();
  const size_t body = outcome->body.size();
  RunFor(50);
  CHECK(moved() == stands);
  CHECK(outcome->body.size() == body);
  CHECK(sent < kSize / 2);
  outcome->reads = true;
  outcome->Read();
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->body.size() == kSize);
}

TEST_CASE("piped: time limits hold") {
  const bool idle = GENERATE(true, false);
  const std::string sent = Text(500'000);
  // All that the server sends has come before, once the machine has the time for it.
  bool whole = false;
  for (uint64_t limit = 40; !whole && limit < 5'000; limit *= 2) {
    PipedFixture fixture;
    (idle ? fixture.settings.timeouts.idle : fixture.settings.timeouts.total) = limit;
    ScriptedServer& server = fixture.Serve([&](Peer& peer) {
      peer.ReadHead();
      peer.Send(Counted(1'000'000) + sent);
      peer.ReadHead();
    });
    const auto outcome = fixture.AskPiped(server.port);
    REQUIRE(outcome->failure);
    CHECK(outcome->failure->code == (idle ? "ERR_IDLE_TIMEOUT" : "ERR_TOTAL_TIMEOUT"));
    CHECK(sent.starts_with(outcome->body));
    whole = outcome->body == sent && fixture.moved() > 0;
  }
  CHECK(whole);
}

TEST_CASE_METHOD(PipedFixture, "piped: a call that is given up in the middle of a part") {
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send(Counted(10'000'000) + Text(10'000'000));
  });
  // Leaves the part where it is, and the call.
  struct Leaver final : Caller {
    void OnHead(const CallResponse&) override { call->ReadPiped(); }
    void OnBody(std::string_view) override { call->ReadPiped(); }
    void OnPiped(net::Pipe& part) override {
      CHECK(part.held() > 0);
      call.reset();
    }
    void OnEnd() override {}
    void OnFailed(const Failure&) override {}
    void OnDrained() override {}
    std::unique_ptr<Call> call;
  } leaver;
  CallRequest request{.authority = "a.test", .method = "GET", .target = "/"};
  leaver.call = std::make_unique<PooledCall>(
      pool(), Route{false, "127.0.0.1", server.port, nullptr}, request, leaver);
  RunUntil([&] { return leaver.call == nullptr; });
  RunUntil([&] { return pool().connections() == 0; });
  // Nobody else gets what it held.
  CHECK(client_loop->pipes.open() == 0);
}

TEST_CASE_METHOD(PipedFixture, "piped: without a pipe, bodies are read") {
  ScriptedServer& server = Serve([](Peer& peer) {
    while (!peer.ReadHead().empty()) peer.Send(Counted(500'000) + Text(500'000));
  });
  std::vector<net::Pipe> others;
  while (net::Pipe pipe = client_loop->pipes.Take()) others.push_back(std::move(pipe));
  CHECK(AskPiped(server.port)->body == Text(500'000));
  CHECK(moved() == 0);
  others.clear();
  CHECK(AskPiped(server.port)->body == Text(500'000));
  CHECK(moved() > 0);
  CHECK(server.connections() == 1);
}

TEST_CASE("piped: where the system does not move bytes, bodies are read", "[refused]") {
  nano::testing::RunWhereRefused({SYS_splice, EINVAL}, [] {
    PipedFixture fixture;
    ScriptedServer& server = fixture.Serve([](Peer& peer) {
      while (!peer.ReadHead().empty()) peer.Send(Counted(500'000) + Text(500'000));
    });
    for (int i = 0; i < 2; ++i) CHECK(fixture.AskPiped(server.port)->body == Text(500'000));
    CHECK(fixture.moved() == 0);
    CHECK(server.connections() == 1);
  });
}

}  // namespace nano::http::testing
