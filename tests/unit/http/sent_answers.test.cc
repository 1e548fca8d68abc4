// When a request has ended: as soon as the system has all of its answer, and how, if it never does.
#include <sys/eventfd.h>

#include <algorithm>
#include <map>

#include "net/handles.h"
#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::Ending;
using nano::http::Exchange;
using nano::http::Limits;
using nano::http::ProtocolError;
using nano::http::RequestHead;
using nano::http::ServerExchange;

namespace {

constexpr size_t kLarge = size_t{32} << 20;  // More than the system keeps for a connection.

// Notes ends, of answers that are as long as the target says.
struct Ends final : nano::http::ExchangeObserver {
  struct End {
    uint64_t request = 0;
    Ending ending = Ending::kWhole;
    uint64_t sent = 0;
    std::string why;
    bool operator==(const End&) const = default;
  };
  explicit Ends(Server& server) {
    server.handler.on_request = [this](ServerExchange& exchange, const RequestHead& head) {
      exchange.observer = this;
      exchange.request_id = ++asked;
      const std::string body(std::stoul(std::string(head.target.substr(2))), 'b');
      if (head.target[1] == 'w') return exchange.Respond({}, body);
      exchange.StartBody({}, head.target[1] == 'l' ? std::optional(body.size()) : std::nullopt);
      exchange.WriteBody(body);
      if (head.target[1] == 'f') return exchange.Fail();
      if (head.target[1] != 'o') exchange.EndBody();
    };
  }
  void OnEnded(Exchange& exchange, Ending ending) override {
    seen.push_back({exchange.request_id, ending, exchange.sent,
                    exchange.refusal == nullptr ? "" : exchange.refusal});
  }

  uint64_t asked = 0;
  std::vector<End> seen;
};

std::string Of(char kind, size_t size) { return "/" + std::string(1, kind) + std::to_string(size); }

}  // namespace

TEST_CASE("sent: an answer that the system takes at once has ended in its turn") {
  Server server;
  Ends ends(server);
  Client client(server);
  for (const char kind : {'w', 'l', 'c'}) {
    client.Send(Get(Of(kind, 1000)));
    CHECK(server.Until([&] { return ends.seen.size() == ends.asked && ends.asked > 0; }));
    client.Read("b");
    CHECK(ends.seen.back() == Ends::End{ends.asked, Ending::kWhole, 1000, ""});
  }
  client.Send("HEAD " + Of('w', 1000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(server.Until([&] { return ends.seen.size() == 4; }));
  CHECK(ends.seen.back().sent == 0);
}

TEST_CASE("sent: an answer has ended when its client has taken what the system does not keep") {
  Server server;
  Ends ends(server);
  Client client(server, 4096);
  const char kind = GENERATE('w', 'l', 'c');
  client.Send(Get(Of(kind, kLarge)));
  REQUIRE(server.Until([&] { return ends.asked == 1; }));
  server.Run(50);
  CHECK(ends.seen.empty());
  size_t taken = 0;
  CHECK(server.Until([&] {
    client.Poll();
    taken += std::exchange(client.received, {}).size();
    return taken > kLarge;
  }));
  CHECK(ends.seen == std::vector{Ends::End{1, Ending::kWhole, kLarge, ""}});
}

TEST_CASE("sent: a client that leaves before has aborted its request, and took what it took") {
  Server server;
  Ends ends(server);
  Client client(server, 4096);
  // Whole ones, and one that goes on.
  const char kind = GENERATE('w', 'l', 'c', 'o');
  client.Send(Get(Of(kind, kLarge)));
  REQUIRE(server.Until([&] { return ends.asked == 1; }));
  server.Run(20);
  CHECK(ends.seen.empty());
  client.Close(/*reset=*/true);
  CHECK(server.Until([&] { return ends.seen.size() == 1; }));
  CHECK(ends.seen[0].ending == Ending::kAborted);
  CHECK(ends.seen[0].sent > 0);
  CHECK(ends.seen[0].sent < kLarge);
  CHECK(ends.seen[0].why.empty());
}

TEST_CASE("sent: who cut the client is told, and whose answer it was") {
  Limits limits;
  limits.write_timeout = 200;
  Server server(limits);
  Ends ends(server);
  std::vector<std::pair<uint64_t, uint64_t>> cuts;
  server.handler.on_error = [&](const ProtocolError& error) {
    REQUIRE(error.exchange != nullptr);
    CHECK(error.exchange->request_id == 1);
    CHECK(std::string(error.with) == "write_timeout");
    cuts.emplace_back(error.sent, error.unsent);
  };
  Client client(server, 4096);
  const char kind = GENERATE('w', 'c', 'o');
  client.Send(Get(Of(kind, kLarge)));
  REQUIRE(server.Until([&] { return ends.seen.size() == 1; }));
  CHECK(ends.seen[0].ending == Ending::kCut);
  CHECK(ends.seen[0].why == "write_timeout");
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].first == ends.seen[0].sent);
  CHECK(cuts[0].first > 0);
  CHECK(cuts[0].first + cuts[0].second >= kLarge);
  CHECK(cuts[0].first + cuts[0].second < kLarge + 1000);
}

TEST_CASE("sent: a response that its app broke off is cut, however its client takes it") {
  Server server;
  Ends ends(server);
  Client client(server, 4096);
  client.Send(Get(Of('f', kLarge)));
  REQUIRE(server.Until([&] { return ends.asked == 1; }));
  server.Run(20);
  CHECK(ends.seen.empty());
  const bool reads = GENERATE(true, false);
  if (reads) {
    client.ReadAll();
  } else {
    client.Close(/*reset=*/true);
  }
  CHECK(server.Until([&] { return ends.seen.size() == 1; }));
  CHECK(ends.seen[0].ending == Ending::kCut);
  CHECK((ends.seen[0].sent == kLarge) == reads);
}

TEST_CASE("sent: requests that wait behind each other end one by one, each once") {
  Server server;
  Ends ends(server);
  Client client(server, 4096);
  constexpr size_t kSize = 30'000;
  constexpr uint64_t kRequests = 400;
  std::string requests;
  for (uint64_t i = 0; i < kRequests; ++i) requests += Get(Of('w', kSize));
  client.Send(requests);
  // Until the client has to read some first.
  REQUIRE(server.Until([&, before = uint64_t{0}]() mutable {
    server.Run(20);
    return std::exchange(before, ends.asked) == ends.asked && ends.asked > 0;
  }));
  CHECK(ends.asked < kRequests);
  CHECK(ends.asked >= ends.seen.size() + 3);
  const bool reads = GENERATE(true, false);
  if (reads) {
    size_t taken = 0;
    CHECK(server.Until([&] {
      client.Poll();
      taken += std::exchange(client.received, {}).size();
      return taken > kRequests * kSize && ends.seen.size() == kRequests;
    }));
  } else {
    client.Close(/*reset=*/true);
    CHECK(server.Until([&] { return server.listener->connections() == 0; }));
  }
  REQUIRE(ends.seen.size() == ends.asked);
  bool whole = true;
  for (size_t i = 0; i < ends.seen.size(); ++i) {
    CHECK(ends.seen[i].request == i + 1);
    // None is whole behind one that is not.
    if (ends.seen[i].ending != Ending::kWhole) whole = false;
    CHECK(ends.seen[i].ending == (whole ? Ending::kWhole : Ending::kAborted));
    CHECK((ends.seen[i].sent == kSize) == whole);
  }
  CHECK(whole == reads);
}

TEST_CASE("sent: a request ends though the next one on its connection does not") {
  Server server;
  Ends ends(server);
  Client client(server);
  client.Send(Get(Of('w', 10)) + Get(Of('w', 20)) + Get(Of('o', 30)));
  CHECK(server.Until([&] { return ends.seen.size() == 2; }));
  CHECK(ends.asked == 3);
  CHECK(ends.seen[1] == Ends::End{2, Ending::kWhole, 20, ""});
  client.Close(/*reset=*/true);
  CHECK(server.Until([&] { return ends.seen.size() == 3; }));
}

TEST_CASE("sent: a server that has waited long enough cuts what is not sent") {
  Server server;
  Ends ends(server);
  Client client(server, 4096);
  client.Send(Get(Of('w', kLarge)));
  REQUIRE(server.Until([&] { return ends.asked == 1; }));
  server.stop_called = true;
  bool stopped = false;
  server.listener->Stop(100, [&] { stopped = true; });
  CHECK(server.Until([&] { return stopped; }));
  REQUIRE(ends.seen.size() == 1);
  CHECK(ends.seen[0].ending == Ending::kCut);
  CHECK(ends.seen[0].why == "shutdown_timeout");
}

TEST_CASE(
    "sent: a client may take its time for an answer, though its connection were idle by now") {
  Limits limits;
  limits.idle_timeout = 100;
  Server server(limits);
  Ends ends(server);
  Client client(server, 4096);
  client.Send(Get(Of('w', kLarge)));
  REQUIRE(server.Until([&] { return ends.asked == 1; }));
  server.Run(400);
  CHECK(server.listener->connections() == 1);
  size_t taken = 0;
  CHECK(server.Until([&] {
    client.Poll();
    taken += std::exchange(client.received, {}).size();
    return taken > kLarge;
  }));
  // Then it is idle.
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("sent: a few answers at most are remembered until they are sent") {
  Server server;
  Ends ends(server);
  const auto answer = server.handler.on_request;
  size_t most = 0;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    most = std::max(most, ends.asked - ends.seen.size());
    answer(exchange, head);
  };
  constexpr uint64_t kRequests = 500;
  Client client(server);
  std::string requests;
  for (uint64_t i = 0; i < kRequests; ++i) requests += Get(Of('w', 1));
  client.Send(requests);
  CHECK(server.Until([&] { return ends.seen.size() == kRequests; }));
  CHECK(most > 1);
  CHECK(most < 20);
}

TEST_CASE(
    "sent: an answer that the system has is whole, though the server stops before it is told") {
  Server server;
  Ends ends(server);
  Client client(server);
  client.Send(Get(Of('w', 1)));
  client.Read("b");
  // In one turn: what the loop has found to be ready comes in this order.
  const int stop = eventfd(0, EFD_NONBLOCK);
  bool stopped = false;
  nano::Result<nano::net::Poll> poll = nano::net::Poll::Of(&server.loop, stop, [&](int) {
    poll->Stop();
    CHECK(ends.asked == 2);
    server.stop_called = true;
    server.listener->Stop(1000, [&] { stopped = true; });
  });
  REQUIRE(poll.ok());
  poll->Start(UV_READABLE);
  server.Run(5);
  client.Send(Get(Of('w', 20'000)));
  eventfd_write(stop, 1);
  CHECK(server.Until([&] { return stopped; }));
  CHECK(ends.seen.size() == 2);
  CHECK(ends.seen.back() == Ends::End{2, Ending::kWhole, 20'000, ""});
  CHECK(client.ReadAll().size() > 20'000);
  close(stop);
}
