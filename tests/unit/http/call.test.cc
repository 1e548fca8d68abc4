// Calls against a server that does what the test says: answers of every kind, connections used
// again or not, and the ways to fail.
#include "http/client/pooled_call.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "client_fixture.h"
#include "http/client/proxy.h"

namespace nano::http::testing {
namespace {

const char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request of a connection with the same.
ScriptedServer::Script Always(std::string answer) {
  return [answer](Peer& peer) {
    while (!peer.ReadHead().empty() && peer.Send(answer)) {
    }
  };
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "call: the request as it is sent") {
  auto& seen = Keep<std::string>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    seen = peer.ReadHead();
    peer.Send(kOk);
    peer.ReadHead();
  });
  CallRequest request;
  request.method = "GET";
  request.target = "/a?b=c";
  request.authority = "a.test:81";
  request.headers = "accept: */*\r\nx-y: z\r\n";
  CHECK(Ask(server.port, request) == "200 ok");
  CHECK(seen == "GET /a?b=c HTTP/1.1\r\nhost: a.test:81\r\naccept: */*\r\nx-y: z\r\n\r\n");
}

TEST_CASE_METHOD(ClientFixture, "call: a proxy that is asked for the URL, and may refuse") {
  auto& seen = Keep<std::string>();
  const char kRefusal[] = "HTTP/1.1 407 Who\r\nContent-Length: 4\r\n\r\nwho?";
  ScriptedServer& server = Serve([&](Peer& peer) {
    seen = peer.ReadHead();
    peer.Send(kOk);
    peer.ReadHead();
    peer.Send(kRefusal);
    peer.ReadHead();
  });
  const std::string name = "127.0.0.1:" + std::to_string(server.port);
  const Proxy known = *ParseProxy("http://u:p@" + name);
  proxy = &known;
  CallRequest request;
  request.headers = "x-y: z\r\nproxy-authorization: of-the-app\r\n";
  CHECK(Ask(server.port, request) == "200 ok");
  CHECK(seen == "GET http://" + name +
                    "/ HTTP/1.1\r\nhost: a.test\r\nx-y: z\r\n"
                    "proxy-authorization: Basic dTpw\r\n\r\n");
  const auto refused = Start(server.port, request);
  RunUntil([&] { return refused->done; });
  REQUIRE(refused->failure);
  CHECK(refused->failure->code == "ERR_PROXY_AUTHENTICATION");
  CHECK(refused->failure->message ==
        "the proxy http://" + name + " wants other credentials (status 407)");
  // An origin may say what it likes.
  proxy = nullptr;
  ScriptedServer& origin = Serve(Always(kRefusal));
  CHECK(Ask(origin.port) == "407 who?");
}

TEST_CASE_METHOD(ClientFixture, "call: bodies of requests") {
  auto& seen = Keep<std::string>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    for (;;) {
      const std::string head = peer.ReadHead();
      if (head.empty()) return;
      seen = head.substr(head.find("a.test\r\n") + 8);
      seen += head.find("chunked") != std::string::npos     ? peer.ReadUntil("0\r\n\r\n")
              : head.find("length: 0") != std::string::npos ? ""
                                                            : peer.ReadUntil("end");
      peer.Send(kOk);
    }
  });
  CallRequest request;
  request.method = "POST";
  request.body_kind = CallRequest::Body::kWhole;
  CHECK(Ask(server.port, request) == "200 ok");
  CHECK(seen == "content-length: 0\r\n\r\n");
  request.body = "the end";
  CHECK(Ask(server.port, request) == "200 ok");
  CHECK(seen == "content-length: 7\r\n\r\nthe end");

  request.body_kind = CallRequest::Body::kStream;
  request.body = {};
  for (const bool counted : {false, true}) {
    request.length = counted ? std::optional<uint64_t>(7) : std::nullopt;
    const auto outcome = Start(server.port, request);
    RunUntil([&] { return outcome->call->Ready(); });
    outcome->call->Write("the ");
    RunFor(5);
    outcome->call->Write("end");
    outcome->call->EndRequest();
    RunUntil([&] { return outcome->done; });
    CHECK(outcome->Text() == "200 ok");
    CHECK(seen == (counted
                       ? "content-length: 7\r\n\r\nthe end"
                       : "transfer-encoding: chunked\r\n\r\n4\r\nthe \r\n3\r\nend\r\n0\r\n\r\n"));
  }
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "call: a large stream is taken only as fast as the server reads") {
  // More than the system takes for both of them.
  constexpr size_t kSize = 100'000'000;
  auto& reads = Keep<std::atomic<bool>>();
  auto& received = Keep<std::atomic<size_t>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    received += peer.TakeInput().size();
    while (!reads) usleep(1000);
    char part[65536];
    while (received < kSize) {
      const ssize_t size = recv(peer.fd(), part, sizeof part, 0);
      if (size <= 0) return;
      received += static_cast<size_t>(size);
    }
    peer.Send(kOk);
  });
  CallRequest request;
  request.method = "PUT";
  request.body_kind = CallRequest::Body::kStream;
  request.length = kSize;
  const auto outcome = Start(server.port, request);
  const std::string part(50'000, 'x');
  size_t sent = 0;
  bool blocked = false;
  const auto write = [&] {
    while (sent < kSize) {
      sent += part.size();
      if (!outcome->call->Write(part)) {
        blocked = true;
        return;
      }
    }
    outcome->call->EndRequest();
  };
  outcome->on_drained = write;
  if (outcome->call->Ready()) write();
  RunUntil([&] { return blocked; });
  RunFor(20);
  CHECK(sent < kSize);
  reads = true;
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "200 ok");
}

TEST_CASE_METHOD(ClientFixture, "call: a server that closes does so with every status") {
  // "/204/1" is answered by that status and the ending of that number.
  ScriptedServer& server = Serve([](Peer& peer) {
    static const std::string kEndings[][2] = {
        {"HTTP/1.1 ", "Content-Length: 0\r\nConnection: close\r\n"},
        {"HTTP/1.1 ", "connection: x, Close\r\nContent-Length: 0\r\n"},
        {"HTTP/1.0 ", "Content-Length: 0\r\n"}};
    for (std::string head; !(head = peer.ReadHead()).empty();) {
      const auto& [version, fields] = kEndings[head.at(sizeof "GET /200/" - 1) - '0'];
      peer.Send(version + head.substr(sizeof "GET /" - 1, 3) + " Any\r\n" + fields + "\r\n");
    }
  });
  int asked = 0;
  for (int status = 200; status < 600; ++status) {
    for (const char* ending : {"0", "1", "2"}) {
      const std::string target = "/" + std::to_string(status) + "/" + ending;
      INFO(target);
      CallRequest request;
      request.target = target;
      CHECK(Ask(server.port, request) == std::to_string(status) + " ");
      CHECK(pool().connections() == 0);
      REQUIRE(server.connections() == ++asked);
    }
  }
}

TEST_CASE_METHOD(ClientFixture, "call: a connection is used again when the response allows it") {
  struct Case {
    std::string answer;
    bool again;
  };
  for (const Case& c : std::vector<Case>{
           {kOk, true},
           {"HTTP/1.1 204 No Content\r\n\r\n", true},
           {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: x\r\n\r\n",
            true},
           {"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=10\r\nContent-Length: 2\r\n\r\nok",
            true},
           {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", true},
           {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", true},
           {"HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false},
           {"HTTP/1.1 404 No\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", false},
           {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
           {"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok", false},
           // A byte that nobody asked for.
           {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokX", false},
           {"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", false},
       }) {
    INFO(c.answer);
    ScriptedServer& server = Serve(Always(c.answer));
    const auto first = Start(server.port);
    RunUntil([&] { return first->done; });
    CHECK(first->ended);
    const auto second = Start(server.port);
    RunUntil([&] { return second->done; });
    CHECK(second->ended);
    CHECK(second->Text() == first->Text());
    CHECK(server.connections() == (c.again ? 1 : 2));
  }
}

namespace {

// Who does not ask for an end that is known.
void LeaveAtEnd(Outcome& outcome) {
  outcome.on_body = [&outcome] {
    if (!outcome.call->AtEnd()) return;
    outcome.done = true;
    outcome.reads = false;
    outcome.call.reset();
  };
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "call: who sees that all has been read need not ask for the end") {
  ScriptedServer& server = Serve(Always(kOk));
  for (int i = 0; i < 2; ++i) {
    const auto outcome = Start(server.port);
    LeaveAtEnd(*outcome);
    RunUntil([&] { return outcome->done; });
    CHECK(outcome->Text() == "200 ok");
    CHECK_FALSE(outcome->ended);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "call: a body that breaks off is not at its end") {
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok");
  });
  const auto outcome = Start(server.port);
  LeaveAtEnd(*outcome);
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "200 ok! ECONNRESET");
}

}  // namespace nano::http::testing
