// Ways to an origin that is spoken to by TLS: straight there, through a proxy's tunnel, and through
// one that is made over TLS itself, TLS within TLS.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "dialer_fixture.h"
#include "tests/unit/net/tls/authority.h"
#include "tests/unit/temporary_directory.h"

namespace nano::http::testing {
namespace {

using net::TlsLayer;
using net::testing::Authority;
using net::testing::TlsServer;

// A peer's end of a connection, on which layers are put one within the other.
class Wire {
 public:
  explicit Wire(Peer& peer) : peer_(peer) {}

  void Secure(TlsServer& server) {
    layers_.push_back(server.Accept());
    std::string hello;
    layers_.back()->Start(hello);
    while (layers_.back()->state() == TlsLayer::State::kHandshake && Receive()) continue;
  }
  // Up to and with `end`; empty if the peer is gone.
  std::string ReadUntil(const std::string& end) {
    while (plain_.find(end) == std::string::npos) {
      if (!Receive()) return {};
    }
    const size_t size = plain_.find(end) + end.size();
    std::string text = plain_.substr(0, size);
    plain_.erase(0, size);
    return text;
  }
  void Send(std::string_view text) { SendThrough(layers_.size(), text); }

 private:
  bool Receive() {
    char part[1000];
    const ssize_t size = recv(peer_.fd(), part, sizeof part, 0);
    if (size <= 0) return false;
    std::string bytes(part, static_cast<size_t>(size));
    for (size_t i = 0; i < layers_.size(); ++i) {
      std::string plain(TlsLayer::kMostKept + bytes.size(), '\0');
      std::string outgoing;
      plain.resize(layers_[i]->Open(bytes, plain.data(), outgoing));
      SendThrough(i, outgoing);
      bytes = std::move(plain);
    }
    plain_ += bytes;
    return true;
  }
  void SendThrough(size_t layers, std::string_view text) {
    std::string bytes(text);
    while (layers-- > 0 && !bytes.empty()) {
      std::string sealed;
      layers_[layers]->Seal(bytes, sealed);
      bytes = std::move(sealed);
    }
    peer_.Send(bytes);
  }

  Peer& peer_;
  std::vector<std::unique_ptr<TlsLayer>> layers_;  // The outermost first.
  std::string plain_;
};

class TlsFixture : public DialerFixture {
 public:
  TlsFixture() {
    auto context = net::TlsClientContext::Make(folder.Write("ca.pem", authority.Pem()));
    REQUIRE(context.ok());
    tls = *context;
    names->v4["a.test"] = {{"127.0.0.1"}};
  }
  // An origin that says how much it was sent, and as much of it back.
  static void Echo(Wire& wire) {
    if (wire.ReadUntil("\r\n\r\n").empty()) return;
    const std::string body = wire.ReadUntil("!");
    wire.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    for (size_t at = 0; at < body.size(); at += 100'000) wire.Send(body.substr(at, 100'000));
    wire.ReadUntil("never");
  }
  // What a large request on the connection that was made comes back as.
  std::string AskForEcho() {
    struct Reader final : http1::ClientConnection::User {
      void OnReady() override {}
      bool TakesMore() override { return true; }
      void OnHead(const http1::ParsedResponse&) override {}
      void OnBody(std::string_view part) override { body += part; }
      void OnResponseEnd() override { done = true; }
      void OnEnded(const http1::ClientConnection::Ending& ending) override {
        body += "! " + ending.reason;
        done = true;
      }
      void OnDrained() override {}
      void OnProgress() override {}
      std::string body;
      bool done = false;
    };
    Reader reader;
    connection->SetUser(reader);
    connection->Begin(http1::ResponseParser::Request::kOrdinary);
    connection->buffer().append("POST / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    connection->Flush(sent);
    RunUntil([&] { return reader.done; });
    return reader.body;
  }

  test::TemporaryDirectory folder;
  Authority authority;
  TlsServer origin{authority.Issue({})};
  TlsServer proxy{authority.Issue({.names = "IP:127.0.0.1"})};
  const std::string sent = std::string(3'000'000, 'x') + "!";
};

}  // namespace

TEST_CASE_METHOD(TlsFixture, "dialer: by TLS straight to the origin") {
  ScriptedServer& server = Serve([this](Peer& peer) {
    Wire wire(peer);
    wire.Secure(origin);
    Echo(wire);
  });
  CHECK(Dial("a.test", server.port, "") == "connected");
  CHECK(AskForEcho() == sent);
}

TEST_CASE_METHOD(TlsFixture, "dialer: by TLS through a tunnel, to the name at its address") {
  std::string& asked = Keep<std::string>();
  ScriptedServer& server = Serve([this, &asked](Peer& peer) {
    Wire wire(peer);
    asked = wire.ReadUntil("\r\n\r\n");
    wire.Send("HTTP/1.1 200 OK\r\n\r\n");
    wire.Secure(origin);
    Echo(wire);
  });
  ProxyAt(server.port);
  CHECK(Dial("a.test", 443, "") == "connected");
  CHECK(asked.starts_with("CONNECT 127.0.0.1:443 HTTP/1.1\r\n"));
  CHECK(AskForEcho() == sent);
  connection->Close();
  CHECK(Dial("a.test", 443, "*") == "connected");
  CHECK(asked.starts_with("CONNECT a.test:443 HTTP/1.1\r\n"));
}

TEST_CASE_METHOD(TlsFixture, "dialer: by TLS through a tunnel within TLS") {
  ScriptedServer& server = Serve([this](Peer& peer) {
    Wire wire(peer);
    wire.Secure(proxy);
    if (wire.ReadUntil("\r\n\r\n").empty()) return;
    wire.Send("HTTP/1.1 200 OK\r\n\r\n");
    wire.Secure(origin);
    Echo(wire);
  });
  ProxyAt(server.port, "https");
  CHECK(Dial("a.test", 443, "") == "connected");
  CHECK(AskForEcho() == sent);
  connection->Close();
  // The certificate that counts is the origin's.
  CHECK(Dial("b.test", 443, "*") == "! ERR_TLS_CERT_ALTNAME_INVALID");
  CHECK(failure->kind == FailureKind::kTls);
}

TEST_CASE_METHOD(TlsFixture, "dialer: the outer TLS breaks while there is the inner handshake") {
  ScriptedServer& server = Serve([this](Peer& peer) {
    Wire wire(peer);
    wire.Secure(proxy);
    if (wire.ReadUntil("\r\n\r\n").empty()) return;
    wire.Send("HTTP/1.1 200 OK\r\n\r\n");
    peer.Send("what is no record");
    wire.ReadUntil("never");
  });
  ProxyAt(server.port, "https");
  CHECK(Dial("a.test", 443, "*") == "! ERR_TLS");
  CHECK(failure->kind == FailureKind::kTls);
  CHECK_FALSE(failure->message.empty());
}

TEST_CASE_METHOD(TlsFixture, "dialer: a proxy that is not whom it should be is told as such") {
  TlsServer other(authority.Issue({.names = "DNS:other.test"}));
  ScriptedServer& server = Serve([&other](Peer& peer) {
    Wire wire(peer);
    wire.Secure(other);
    wire.ReadUntil("never");
  });
  ProxyAt(server.port, "https");
  CHECK(Dial("a.test", 443, "") == "! ERR_TLS_CERT_ALTNAME_INVALID");
  CHECK(failure->kind == FailureKind::kProxy);
  CHECK_THAT(failure->message, Catch::StartsWith("the proxy https://127.0.0.1:"));
}

}  // namespace nano::http::testing
