// Outgoing TLS against servers of the test's own authority: whom it trusts, what it refuses and
// what it says, bytes both ways however they are cut, and sessions. Without sockets.
#include "net/tls/client_context.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "authority.h"
#include "tests/unit/temporary_directory.h"

namespace nano::net {
namespace {

using testing::Authority;
using testing::Identity;
using testing::TlsServer;

// Two layers that are each other's peers, and what each has received.
class Line {
 public:
  Line(std::unique_ptr<TlsLayer> a, std::unique_ptr<TlsLayer> b) : client(*a), server(*b) {
    layers_[0] = std::move(a);
    layers_[1] = std::move(b);
    layers_[0]->Start(out_[0]);
    layers_[1]->Start(out_[1]);
  }

  // Carries everything over, in pieces of `size` bytes.
  void Settle(size_t size = SIZE_MAX) {
    while (!out_[0].empty() || !out_[1].empty()) {
      for (const int from : {0, 1}) {
        const std::string sent = std::exchange(out_[from], {});
        for (size_t at = 0; at < sent.size(); at += std::min(size, sent.size() - at)) {
          Deliver(1 - from, std::string_view(sent).substr(at, size));
        }
      }
    }
  }
  void Send(int from, std::string_view text) { layers_[from]->Seal(text, out_[from]); }
  void End(int from) { layers_[from]->End(out_[from]); }

  TlsLayer& client;
  TlsLayer& server;
  std::string received[2];

 private:
  // In one buffer, as the contract of Open allows.
  void Deliver(int to, std::string_view piece) {
    std::vector<char> buffer(SecureLayer::kMostKept + piece.size());
    char* behind = buffer.data() + SecureLayer::kMostKept;
    std::memcpy(behind, piece.data(), piece.size());
    const size_t size = layers_[to]->Open({behind, piece.size()}, buffer.data(), out_[to]);
    received[to].append(buffer.data(), size);
  }

  std::unique_ptr<TlsLayer> layers_[2];
  std::string out_[2];
};

class Fixture {
 public:
  std::shared_ptr<TlsClientContext> Trusting(const std::string& pem) {
    auto context = TlsClientContext::Make(folder_.Write("authorities.pem", pem));
    REQUIRE(context.ok());
    return std::move(context).value();
  }
  // How a handshake with a server that shows `identity` ends: "ok", or the failure's code.
  std::string Outcome(const std::shared_ptr<TlsClientContext>& context, const Identity& identity,
                      const char* host = "a.test", int newest = TLS1_3_VERSION,
                      const X509* between = nullptr) {
    TlsServer server(identity, newest, between);
    Line line(context->Connect(host, 443, "http/1.1"), server.Accept());
    line.Settle();
    if (line.client.state() == SecureLayer::State::kOpen) {
      CHECK(line.server.state() == SecureLayer::State::kOpen);
      return "ok";
    }
    CHECK(line.client.state() == SecureLayer::State::kFailed);
    CHECK_FALSE(line.client.failure().empty());
    return std::string(line.client.failure_code());
  }

  Authority authority;
  const test::TemporaryDirectory folder_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "tls: the certificate has to be right in all respects") {
  const auto context = Trusting(authority.Pem());
  CHECK(Outcome(context, authority.Issue({})) == "ok");
  CHECK(Outcome(context, authority.Issue({}), "A.test") == "ok");
  CHECK(Outcome(context, authority.Issue({}), "a.test.") == "ok");
  CHECK(Outcome(context, authority.Issue({.names = "DNS:*.a.test"}), "b.a.test") == "ok");
  CHECK(Outcome(context, authority.Issue({.names = "IP:192.0.2.1"}), "192.0.2.1") == "ok");
  CHECK(Outcome(context, authority.Issue({.names = "IP:2001:db8::1"}), "2001:db8::1") == "ok");

  const char kWrongName[] = "ERR_TLS_CERT_ALTNAME_INVALID";
  CHECK(Outcome(context, authority.Issue({}), "b.test") == kWrongName);
  CHECK(Outcome(context, authority.Issue({}), "b.test.") == kWrongName);
  CHECK(Outcome(context, authority.Issue({}), ".") == kWrongName);
  CHECK(Outcome(context, authority.Issue({.names = "DNS:*.a.test"}), "c.b.a.test") == kWrongName);
  CHECK(Outcome(context, authority.Issue({.names = "DNS:a*.a.test"}), "ab.a.test") == kWrongName);
  CHECK(Outcome(context, authority.Issue({.names = "DNS:192.0.2.1"}), "192.0.2.1") == kWrongName);
  CHECK(Outcome(context, authority.Issue({.begins = -7200, .ends = -60})) == "CERT_HAS_EXPIRED");
  CHECK(Outcome(context, authority.Issue({.begins = 3600, .ends = 7200})) == "CERT_NOT_YET_VALID");
  CHECK(Outcome(context, authority.IssueSelfSigned({})) == "DEPTH_ZERO_SELF_SIGNED_CERT");
  Authority other("Another");
  CHECK(Outcome(context, other.Issue({})) == "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
}

TEST_CASE_METHOD(Fixture, "tls: versions older than 1.2 are refused") {
  const auto context = Trusting(authority.Pem());
  CHECK(Outcome(context, authority.Issue({}), "a.test", TLS1_2_VERSION) == "ok");
  CHECK(Outcome(context, authority.Issue({}), "a.test", TLS1_1_VERSION) == "ERR_TLS");
}

TEST_CASE_METHOD(Fixture, "tls: revocation lists that are given are looked at") {
  const Identity revoked = authority.Issue({});
  const std::string list = authority.RevocationList({revoked.certificate.get()});
  CHECK(Outcome(Trusting(authority.Pem()), revoked) == "ok");
  const auto context = Trusting(list + authority.Pem());
  CHECK(Outcome(context, revoked) == "CERT_REVOKED");
  CHECK(Outcome(context, authority.Issue({})) == "ok");
  // An authority without a list is trusted as before.
  Authority other("Another");
  const auto both = Trusting(authority.Pem() + list + other.Pem());
  CHECK(Outcome(both, other.Issue({})) == "ok");
  CHECK(Outcome(both, revoked) == "CERT_REVOKED");
  // What is wrong otherwise is not forgiven for want of a list.
  CHECK(Outcome(both, Authority("A third").Issue({})) == "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
  CHECK(Outcome(both, other.Issue({}), "b.test") == "ERR_TLS_CERT_ALTNAME_INVALID");
  CHECK(Outcome(both, other.Issue({.begins = -60, .ends = -30})) == "CERT_HAS_EXPIRED");
}

TEST_CASE_METHOD(Fixture, "tls: a chain is looked up in the lists of all who have signed it") {
  Authority between("Between", authority);
  const Identity server = between.Issue({});
  const auto outcome = [&](const std::string& lists) {
    return Outcome(Trusting(authority.Pem() + lists), server, "a.test", TLS1_3_VERSION,
                   between.certificate());
  };
  CHECK(outcome("") == "ok");
  // There is a list by one of the two alone.
  CHECK(outcome(authority.RevocationList({})) == "ok");
  CHECK(outcome(authority.RevocationList({between.certificate()})) == "CERT_REVOKED");
  CHECK(outcome(between.RevocationList({})) == "ok");
  CHECK(outcome(between.RevocationList({server.certificate.get()})) == "CERT_REVOKED");
}

TEST_CASE_METHOD(Fixture, "tls: a revocation list that is no good lets nobody through") {
  const auto outcome = [&](const std::string& list) {
    return Outcome(Trusting(authority.Pem() + list), authority.Issue({}));
  };
  const std::string old = authority.RevocationList({}, -7200, -60);
  CHECK(outcome(old) == "CRL_HAS_EXPIRED");
  CHECK(outcome(authority.RevocationList({}, 3600, 7200)) == "CRL_NOT_YET_VALID");
  CHECK(outcome(Authority().RevocationList({})) == "CRL_SIGNATURE_FAILURE");
  // It may stay in the file beside the next one.
  CHECK(outcome(old + authority.RevocationList({})) == "ok");
}

TEST_CASE_METHOD(Fixture, "tls: lists may be all that a file has") {
  const auto context =
      TlsClientContext::Make(folder_.Write("lists.pem", authority.RevocationList({})));
  REQUIRE(context.ok());
  CHECK(Outcome(*context, authority.Issue({})) == "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
}

TEST_CASE_METHOD(Fixture, "tls: bytes both ways, however they are cut") {
  const auto context = Trusting(authority.Pem());
  TlsServer server(authority.Issue({}));
  std::string much;
  for (int i = 0; i < 100'000; ++i) much += static_cast<char>('a' + i % 23);
  for (const size_t size : {size_t{1}, size_t{1000}, SIZE_MAX}) {
    Line line(context->Connect("a.test", 443, "http/1.1"), server.Accept());
    line.Settle(size);
    CHECK(line.client.protocol() == "http/1.1");
    CHECK(line.client.version() == "TLSv1.3");
    line.Send(0, "question");
    line.Send(1, much);
    line.Settle(size);
    CHECK(line.received[1] == "question");
    CHECK(line.received[0] == much);
    // One side ends, the other still speaks.
    line.End(0);
    line.Settle(size);
    CHECK(line.server.state() == SecureLayer::State::kEnded);
    line.Send(1, "last");
    line.End(1);
    line.Settle(size);
    CHECK(line.received[0] == much + "last");
    CHECK(line.client.state() == SecureLayer::State::kEnded);
  }
}

TEST_CASE_METHOD(Fixture, "tls: nonsense is a failure, at any time") {
  const auto context = Trusting(authority.Pem());
  TlsServer server(authority.Issue({}));
  std::string out;
  char plain[SecureLayer::kMostKept];
  const auto early = context->Connect("a.test", 443, "http/1.1");
  early->Start(out);
  CHECK(early->Open("HTTP/1.1 400 Bad Request\r\n\r\n", plain, out) == 0);
  CHECK(early->state() == SecureLayer::State::kFailed);

  Line line(context->Connect("a.test", 443, "http/1.1"), server.Accept());
  line.Settle();
  CHECK(line.client.Open("HTTP/1.1 400 Bad Request\r\n\r\n", plain, out) == 0);
  CHECK(line.client.state() == SecureLayer::State::kFailed);
  CHECK(line.client.failure_code() == "ERR_TLS");
  out.clear();
  line.client.Seal("after it failed", out);
  line.client.End(out);
  CHECK(out.empty());
}

TEST_CASE_METHOD(Fixture, "tls: a session shortens the next handshake with the same server only") {
  const auto context = Trusting(authority.Pem());
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(authority.Issue({.names = "DNS:a.test,DNS:b.test"}), newest);
    const auto resumes = [&](const std::shared_ptr<TlsClientContext>& with, const char* host,
                             uint16_t port) {
      Line line(with->Connect(host, port, "http/1.1"), server.Accept());
      line.Settle();
      CHECK(line.client.state() == SecureLayer::State::kOpen);
      return line.client.resumed();
    };
    const auto port = static_cast<uint16_t>(newest);
    CHECK_FALSE(resumes(context, "a.test", port));
    CHECK(resumes(context, "a.test", port));
    CHECK(resumes(context, "a.test", port));
    CHECK_FALSE(resumes(context, "b.test", port));
    CHECK_FALSE(resumes(context, "a.test", 1));
    CHECK_FALSE(resumes(Trusting(authority.Pem()), "a.test", port));
  }
}

TEST_CASE("tls: files of authorities that are none") {
  const test::TemporaryDirectory folder;
  for (const char* text : {"", "not a certificate",
                           "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    const std::string path = folder.Write("a.pem", text);
    const auto context = TlsClientContext::Make(path);
    REQUIRE_FALSE(context.ok());
    CHECK(context.error().where == path);
  }
  const auto missing = TlsClientContext::Make(folder / "none.pem");
  REQUIRE_FALSE(missing.ok());
  CHECK_THAT(missing.error().ToString(),
             Catch::Contains("none.pem") && Catch::Contains("No such file or directory"));
  const auto directory = TlsClientContext::Make(folder.path());
  REQUIRE_FALSE(directory.ok());
  CHECK_THAT(directory.error().ToString(), Catch::Contains("directory"));
}

TEST_CASE("tls: a system's file of authorities that is not there") {
  setenv("SSL_CERT_FILE", "/nowhere/all.pem", 1);
  std::string said;
  // The system's authorities are read once in a thread.
  std::thread([&said] {
    const auto context = TlsClientContext::Make("");
    said = context.ok() ? "" : context.error().ToString();
  }).join();
  unsetenv("SSL_CERT_FILE");
  CHECK_THAT(said, Catch::StartsWith("/nowhere/all.pem: SSL_CERT_FILE: ") &&
                       Catch::Contains("No such file or directory"));
}

}  // namespace nano::net
