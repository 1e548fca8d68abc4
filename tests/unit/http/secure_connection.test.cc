// Tests of HTTP over secured sockets: what a connection does over a plain one, it does over these.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/unit/http/http_fixture.h"
#include "tests/unit/toy_secure_layer.h"

namespace nano::http1::testing {
namespace {

using net::SecureLayer;
using net::testing::ToyPeer;
using net::testing::ToySecureLayer;

http::Endpoint SecureEndpoint() {
  return {.scheme = "https",
          .secure = [] { return std::make_unique<ToySecureLayer>(ToySecureLayer::Side::kServer); }};
}

// A client whose bytes go through the toy layer.
class SecureClient {
 public:
  explicit SecureClient(Server& server, int receive_buffer = 0)
      : server_(server), line_(server, receive_buffer), peer_(ToySecureLayer::Side::kClient) {}

  void Send(std::string_view text) {
    REQUIRE(server_.Until([&] {
      Exchange();
      return peer_.layer().state() != SecureLayer::State::kHandshake;
    }));
    peer_.Send(text);
    Exchange();
  }
  void End() {
    peer_.End();
    Exchange();
  }
  void Exchange() {
    if (!peer_.outgoing.empty()) line_.Send(std::exchange(peer_.outgoing, {}));
    line_.Poll();
    peer_.Take(std::exchange(line_.received, {}));
  }
  // Waits for text, and takes what came up to its end.
  std::string Read(const std::string& text) {
    size_t at = std::string::npos;
    CHECK(server_.Until([&] {
      Exchange();
      at = peer_.received.find(text);
      return at != std::string::npos;
    }));
    if (at == std::string::npos) return {};
    std::string taken = peer_.received.substr(0, at + text.size());
    peer_.received.erase(0, taken.size());
    return taken;
  }
  // Waits for the server to close.
  std::string ReadAll() {
    CHECK(server_.Until([&] {
      Exchange();
      return line_.ended;
    }));
    return std::exchange(peer_.received, {});
  }
  bool told_end() const { return peer_.layer().state() == SecureLayer::State::kEnded; }
  bool was_reset() const { return line_.was_reset; }
  Client& line() { return line_; }

 private:
  Server& server_;
  Client line_;
  ToyPeer peer_;
};

TEST_CASE("a secured connection serves requests, whose scheme is the endpoint's", "[secure]") {
  Server server({}, SecureEndpoint());
  std::string scheme;
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead& head) {
    scheme = head.scheme;
    exchange.Respond({.status = 200}, "hello " + std::string(head.target));
  };
  SecureClient client(server);
  client.Send(Get("/1"));
  CHECK(Contains(client.Read("hello /1"), "HTTP/1.1 200 OK\r\n"));
  CHECK(scheme == "https");
  client.Send(Get("/2") + Get("/3"));
  client.Read("hello /2");
  client.Read("hello /3");
  // The last answer: told to be the last one by HTTP, by the layer and by the system.
  client.Send(Get("/4", "Connection: close\r\n"));
  CHECK(Contains(client.ReadAll(), "hello /4"));
  CHECK(client.told_end());
  CHECK_FALSE(client.was_reset());

  Server plain;
  plain.handler.on_request = server.handler.on_request;
  Client other(plain);
  other.Send(Get("/5"));
  other.Read("hello /5");
  CHECK(scheme == "http");
}

TEST_CASE("bodies go through a secured connection, both ways and whole", "[secure]") {
  const size_t size = 3'000'000;
  Server server({}, SecureEndpoint());
  std::string uploaded;
  server.handler.on_request = [](http::ServerExchange& exchange, const http::RequestHead&) {
    exchange.ReadBody(true);
  };
  server.handler.on_body = [&](http::ServerExchange& exchange, std::string_view body, bool) {
    uploaded = body;
    exchange.Respond({.status = 200}, body);
  };
  std::string body;
  while (body.size() < size) body += std::to_string(body.size()) + ",";
  SecureClient client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n");
  client.Send(body);
  client.Read("content-length: " + std::to_string(body.size()) + "\r\n\r\n");
  CHECK(client.Read(body.substr(body.size() - 20)).size() == body.size());
  CHECK(uploaded == body);
}

TEST_CASE("a stream waits for the client of a secured connection", "[secure]") {
  Server server({}, SecureEndpoint());
  constexpr size_t kParts = 200;
  const std::string part(20'000, 'x');
  http::ServerExchange* streaming = nullptr;
  size_t written = 0;
  const auto pump = [&](http::ServerExchange& exchange) {
    while (written < kParts) {
      ++written;
      if (!exchange.WriteBody(part)) return;
    }
    exchange.EndBody();
  };
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead&) {
    streaming = &exchange;
    exchange.StartBody({.status = 200}, std::nullopt);
    pump(exchange);
  };
  server.handler.on_drain = pump;
  SecureClient client(server, 4096);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return written > 0; }));
  server.Run(50);
  CHECK(written < kParts);  // It does not read.
  const std::string answer = client.Read("\r\n0\r\n\r\n");
  CHECK(written == kParts);
  CHECK(static_cast<size_t>(std::count(answer.begin(), answer.end(), 'x')) >= kParts * part.size());
}

TEST_CASE("a secured client that ends its input gets its answer", "[secure]") {
  Server server({}, SecureEndpoint());
  http::ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](http::ServerExchange& exchange, const http::RequestHead&) {
    waiting = &exchange;
  };
  SecureClient client(server);
  client.Send(Get("/"));
  client.End();
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  server.Run(20);
  CHECK_FALSE(server.handler.Saw("aborted"));
  waiting->Respond({.status = 200}, "late");
  CHECK(Contains(client.ReadAll(), "late"));
  CHECK(client.told_end());
}

TEST_CASE("a secured client that goes without a word has gone", "[secure]") {
  Server server({}, SecureEndpoint());
  server.handler.on_request = [](http::ServerExchange&, const http::RequestHead&) {};
  SecureClient client(server);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return server.handler.Saw("GET /"); }));
  client.line().Close();
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
  CHECK(server.handler.errors.empty());
}

TEST_CASE("a handshake that never ends is cut by the head's timeout", "[secure]") {
  Server server({.header_timeout = 30}, SecureEndpoint());
  Client client(server);
  client.Send("H");
  CHECK(client.ReadAll().empty());
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("who speaks without security to a secured endpoint is not served", "[secure]") {
  Server server({}, SecureEndpoint());
  Client client(server);
  client.Send(Get("/"));
  client.ReadAll();
  CHECK(server.handler.events.empty());
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
  CHECK(server.handler.errors == std::vector<int>{0});
  CHECK(server.handler.reasons ==
        std::vector<std::string>{"its security failed: there are no such frames"});
}

TEST_CASE("why the security of a connection failed is told, also when an answer is written",
          "[secure]") {
  http::Endpoint endpoint = SecureEndpoint();
  endpoint.secure = [] {
    return std::make_unique<ToySecureLayer>(ToySecureLayer::Side::kServer, 10);
  };
  Server server({}, std::move(endpoint));
  server.handler.on_request = [](http::ServerExchange& exchange, const http::RequestHead&) {
    exchange.Respond({.status = 200}, "hello");
  };
  SecureClient client(server);
  client.Send(Get("/"));
  CHECK(client.ReadAll().empty());
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
  CHECK(server.handler.errors == std::vector<int>{0});
  CHECK(server.handler.reasons ==
        std::vector<std::string>{"its security failed: its keys are worn out"});
}

TEST_CASE("a secured client that asks, ends and stays is not waited for in haste", "[secure]") {
  Server server({}, SecureEndpoint());
  server.handler.on_request = [](http::ServerExchange& exchange, const http::RequestHead&) {
    exchange.Respond({.status = 413, .headers = "connection: close\r\n"}, "no");
  };
  SecureClient client(server);
  // Its end comes with what nobody reads any more.
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
  client.End();
  CHECK(Contains(client.ReadAll(), "413"));
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

}  // namespace
}  // namespace nano::http1::testing
