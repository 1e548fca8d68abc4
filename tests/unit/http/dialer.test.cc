// The ways to an origin: straight there and through a proxy, by name and by address, and what the
// policy has to say on each. Proxies and origins are one scripted server; names are the test's.
#include "http/client/dialer.h"

#include <catch2/catch.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dialer_fixture.h"

namespace nano::http::testing {
namespace {

const char kTunnel[] = "HTTP/1.1 200 Connection established\r\n\r\n";

// Keeps the first lines that a proxy is asked with, and answers each with the next answer.
struct ProxyLog {
  std::mutex lock;
  std::vector<std::string> heads;
  std::vector<std::string> answers;

  ScriptedServer::Script Script() {
    return [this](Peer& peer) {
      const std::string head = peer.ReadHead();
      if (head.empty()) return;
      std::string answer = kTunnel;
      {
        const std::lock_guard<std::mutex> held(lock);
        if (heads.size() < answers.size()) answer = answers[heads.size()];
        heads.push_back(head.substr(0, head.find("\r\n")));
      }
      peer.Send(answer);
      peer.ReadUntil("never");
    };
  }
  std::vector<std::string> Taken() {
    const std::lock_guard<std::mutex> held(lock);
    return std::exchange(heads, {});
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(DialerFixture, "dialer: who may not be called is not looked up") {
  names->v4["a.test"] = {{"127.0.0.1"}};
  CHECK(Dial("a.test", 80, OutboundPolicy::Nobody()) == "! ERR_OUTBOUND_DENIED");
  CHECK(Dial("a.test", 80, "b.test") == "! ERR_OUTBOUND_DENIED");
  CHECK(Dial("a.test", 80, "", "*.test") == "! ERR_OUTBOUND_DENIED");
  CHECK(failure->kind == FailureKind::kDenied);
  CHECK(failure->message == "outbound.deny of nano.yaml has '*.test'");
  CHECK(questions() == 0);
}

TEST_CASE_METHOD(DialerFixture, "dialer: a name is as good as its addresses") {
  ScriptedServer& server = Serve([](Peer& peer) { peer.ReadUntil("never"); });
  names->v4["a.test"] = {{"169.254.169.254", "127.0.0.1"}};
  names->v4["b.test"] = {{"169.254.169.254"}};
  names->v6["b.test"] = {{"64:ff9b::a9fe:a9fe"}};
  CHECK(Dial("a.test", server.port, "") == "connected");
  CHECK(Dial("b.test", server.port, "*") == "! ERR_OUTBOUND_DENIED");
  CHECK_THAT(failure->message, Catch::Contains("169.254.169.254: it is a link-local address"));
  CHECK_THAT(failure->message, Catch::Contains("64:ff9b::a9fe:a9fe: it leads to 169.254.169.254"));
}

TEST_CASE_METHOD(DialerFixture, "dialer: a proxy is asked for the address that was checked") {
  auto& log = Keep<ProxyLog>();
  ProxyAt(Serve(log.Script()).port);
  names->v4["a.test"] = {{"169.254.169.254", "192.0.2.1"}};
  names->v6["c.test"] = {{"2001:db8::1"}};
  CHECK(Dial("a.test", 8080, "") == "connected");
  CHECK(log.Taken() == Lines{"CONNECT 192.0.2.1:8080 HTTP/1.1"});
  connection->Close();
  CHECK(Dial("c.test", 8080, "2001:db8::/32") == "connected");
  CHECK(log.Taken() == Lines{"CONNECT [2001:db8::1]:8080 HTTP/1.1"});
  connection->Close();

  CHECK(Dial("169.254.169.254", 80, "*") == "! ERR_OUTBOUND_DENIED");
  names->v4["b.test"] = {{"169.254.169.254"}};
  CHECK(Dial("b.test", 80, "") == "! ERR_OUTBOUND_DENIED");
  CHECK(Dial("b.test", 80, "10.0.0.0/8") == "! ERR_OUTBOUND_DENIED");
  CHECK(log.Taken() == Lines{});
}

TEST_CASE_METHOD(DialerFixture, "dialer: a proxy looks up what the operator allows by name") {
  auto& log = Keep<ProxyLog>();
  ProxyAt(Serve(log.Script()).port);
  // It is asked for the whole URL, by the call.
  CHECK(Dial("a.test", 8080, "*.test") == "connected");
  connection->Close();
  // As it is for an address, which means the same everywhere.
  CHECK(Dial("192.0.2.7", 8080, "*") == "connected");
  connection->Close();
  CHECK(Dial("192.0.2.7", 8080, "") == "connected");
  CHECK(questions() == 0);
  CHECK(log.Taken() == Lines{});
}

TEST_CASE_METHOD(DialerFixture, "dialer: the next address, if the proxy has no way to one") {
  auto& log = Keep<ProxyLog>();
  log.answers = {"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n"};
  ProxyAt(Serve(log.Script()).port);
  names->v4["a.test"] = {{"192.0.2.1", "192.0.2.2"}};
  names->v6["a.test"] = {{"2001:db8::1"}};
  CHECK(Dial("a.test", 80, "") == "connected");
  CHECK(log.Taken() == Lines{"CONNECT 192.0.2.1:80 HTTP/1.1", "CONNECT 192.0.2.2:80 HTTP/1.1",
                             "CONNECT [2001:db8::1]:80 HTTP/1.1"});
}

TEST_CASE_METHOD(DialerFixture, "dialer: a proxy's refusal, and what to do") {
  auto& log = Keep<ProxyLog>();
  log.answers = {"HTTP/1.0 200 It is\r\n\r\n", "HTTP/1.1 200 It is\r\n\r\nand more",
                 "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
                 "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"};
  ScriptedServer& proxy = Serve(log.Script());
  ProxyAt(proxy.port);
  const std::string name = "the proxy http://127.0.0.1:" + std::to_string(proxy.port);
  names->v4["a.test"] = {{"192.0.2.1", "192.0.2.2"}};
  CHECK(Dial("a.test", 80, "") == "connected");
  connection->Close();
  CHECK(Dial("a.test", 80, "") == "! ERR_PROXY_TUNNEL");
  CHECK(failure->message == name + " says more than that there is a tunnel");
  CHECK(Dial("a.test", 80, "") == "! ERR_PROXY_TUNNEL");
  CHECK(failure->kind == FailureKind::kProxy);
  CHECK_THAT(failure->message,
             Catch::StartsWith(name + " refused the tunnel to 192.0.2.1:80 (status 403)") &&
                 Catch::Contains("no rule of outbound.allow"));
  CHECK(Dial("a.test", 80, "") == "! ERR_PROXY_AUTHENTICATION");
  CHECK(failure->message == name + " wants other credentials (status 407)");
  CHECK(Dial("unknown.test", 80, "") == "! ENOTFOUND");
  CHECK(failure->kind == FailureKind::kName);
  CHECK_THAT(failure->message, Catch::Contains("no rule of outbound.allow in nano.yaml has"));
}

}  // namespace nano::http::testing
