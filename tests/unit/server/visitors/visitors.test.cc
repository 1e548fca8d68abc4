// Tests of what apps are told of clients, by peers and by what `server.clients` says.
#include "server/visitors/visitors.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

namespace nano::server {
namespace {

class ClientExchange final : public http::ServerExchange {
 public:
  explicit ClientExchange(std::string peer, std::string protocol = "HTTP/1.1")
      : peer_(std::move(peer)), protocol_(std::move(protocol)) {}
  std::string_view peer() override { return peer_; }
  std::string_view protocol() const override { return protocol_; }
  void RespondError(int, std::string_view) override {}
  void ReadBody(bool) override {}
  void Respond(const http::ResponseHead&, std::string_view) override {}
  void StartBody(const http::ResponseHead&, std::optional<uint64_t>) override {}
  bool WriteBody(std::string_view) override { return true; }
  void EndBody() override {}
  void Fail() override {}

 private:
  const std::string peer_;
  const std::string protocol_;
};

config::ClientSettings Settings() {
  config::ClientSettings settings;
  settings.trusted_proxies.push_back(*Network::Parse("10.0.0.0/8"));
  settings.headers = {"cf-connecting-ip", "x-real-ip", "x-forwarded-for", "x-forwarded-proto"};
  return settings;
}

constexpr const char* kHeaders =
    "x-forwarded-for\n1.1.1.1, 203.0.113.7, 10.0.0.2\n"
    "x-forwarded-proto\nhttps\ncf-ipcountry\nDE\nx-asn\n64496\n";

// What an app is told of a request with those, and the scheme of its URL.
std::string Told(const config::ClientSettings& settings, ClientExchange& exchange,
                 std::string_view* scheme = nullptr) {
  const Visitors visitors(settings);
  const http::RequestHead head = visitors.Find(exchange, {.scheme = "http", .headers = kHeaders});
  if (scheme != nullptr) *scheme = head.scheme;
  return visitors.Describe(&exchange);
}

}  // namespace

TEST_CASE("by default an app is told the peer's address, and the protocol") {
  const config::ClientSettings settings;
  CHECK_FALSE(Visitors(settings).has_proxies());
  ClientExchange exchange("203.0.113.7");
  CHECK(Told(settings, exchange) ==
        "{\"httpProtocol\":\"HTTP/1.1\"}\ncf-connecting-ip\n203.0.113.7\n");
  CHECK(exchange.visitor == nullptr);
  CHECK(exchange.client() == "203.0.113.7");
  ClientExchange old("2001:db8::1", "HTTP/1.0");
  CHECK(Told(settings, old) == "{\"httpProtocol\":\"HTTP/1.0\"}\ncf-connecting-ip\n2001:db8::1\n");
}

TEST_CASE("what has no address has none, whatever it has sent") {
  const config::ClientSettings settings;
  for (const char* peer : {"unix:1000", ""}) {
    ClientExchange exchange(peer);
    CHECK(Told(settings, exchange) == "{\"httpProtocol\":\"HTTP/1.1\"}\ncf-connecting-ip\n\n");
  }
  // Nobody knows any more.
  CHECK(Visitors(settings).Describe(nullptr) == "\ncf-connecting-ip\n\n");
}

TEST_CASE("a peer that is not trusted speaks for itself") {
  ClientExchange exchange("192.0.2.66");
  std::string_view scheme;
  CHECK(Told(Settings(), exchange, &scheme) ==
        "{\"httpProtocol\":\"HTTP/1.1\"}\ncf-connecting-ip\n192.0.2.66\nx-real-ip\n192.0.2.66\n"
        "x-forwarded-for\n192.0.2.66\nx-forwarded-proto\nhttp\n");
  CHECK(scheme == "http");
  CHECK(exchange.client() == "192.0.2.66");
}

TEST_CASE("a trusted one speaks for its client") {
  config::ClientSettings settings = Settings();
  settings.cf = {{"colo", "\"FRA\""}, {"country", "\"XX\""}};
  settings.cf_headers = {{"country", "cf-ipcountry"}, {"asn", "x-asn"}, {"city", "x-city"}};
  ClientExchange exchange("10.0.0.1");
  std::string_view scheme;
  // By which protocol the client speaks to the proxy, nobody says.
  CHECK(Told(settings, exchange, &scheme) ==
        "{\"colo\":\"FRA\",\"country\":\"DE\",\"asn\":64496}\n"
        "cf-connecting-ip\n203.0.113.7\nx-real-ip\n203.0.113.7\n"
        "x-forwarded-for\n203.0.113.7, 10.0.0.2\nx-forwarded-proto\nhttps\n");
  CHECK(scheme == "https");
  CHECK(exchange.client() == "203.0.113.7");

  settings.cf_headers.clear();
  ClientExchange plain("10.0.0.1");
  CHECK(Told(settings, plain).starts_with("{\"colo\":\"FRA\",\"country\":\"XX\"}\ncf-connecting"));

  ClientExchange stranger("192.0.2.66");
  CHECK(Told(settings, stranger)
            .starts_with("{\"httpProtocol\":\"HTTP/1.1\",\"colo\":\"FRA\",\"country\":\"XX\"}\n"));
}

TEST_CASE("a calling app's word is passed on, and its fields are its own") {
  const Visitors visitors(Settings());
  ClientExchange call("");
  call.depth = 1;
  CHECK(visitors.Describe(&call) == "\n");
  call.visitor = std::make_unique<const http::Visitor>(http::Visitor{.cf = "{\"colo\":\"FRA\"}"});
  CHECK(visitors.Describe(&call) == "{\"colo\":\"FRA\"}\n");
}

}  // namespace nano::server
