// What a call comes to when the server does not do as it should, or does nothing: each has its code
// and its words. And bodies that nobody reads.
#include <linux/filter.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "client_fixture.h"

namespace nano::http::testing {
namespace {

const char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace

TEST_CASE_METHOD(ClientFixture, "call: answers that are none, or end early") {
  struct Case {
    std::string answer, outcome;
  };
  for (const Case& c : std::vector<Case>{
           {"", "! ECONNRESET"},
           {"HTTP/1.1 200", "! ECONNRESET"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "200 ab! ECONNRESET"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            "200 ab! ECONNRESET"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n",
            "200 ab! ERR_HTTP_PROTOCOL"},
           {"SSH-2.0-OpenSSH\r\n", "! ERR_HTTP_PROTOCOL"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "! ERR_HTTP_PROTOCOL"},
           {"HTTP/1.1 101 Switching\r\n\r\n", "! ERR_HTTP_PROTOCOL"},
           // The end of the connection is the end of the body.
           {"HTTP/1.1 200 OK\r\n\r\nab", "200 ab"},
       }) {
    INFO(c.answer);
    ScriptedServer& server = Serve([answer = c.answer](Peer& peer) {
      peer.ReadHead();
      peer.Send(answer);
    });
    CHECK(Ask(server.port) == c.outcome);
  }
}

TEST_CASE_METHOD(ClientFixture, "call: a reset, before and within the answer") {
  for (const std::string& before : {std::string(), std::string(kOk, sizeof kOk - 2)}) {
    ScriptedServer& server = Serve([before](Peer& peer) {
      peer.ReadHead();
      peer.Send(before);
      usleep(20'000);
      peer.Reset();
    });
    CHECK(Ask(server.port) == (before.empty() ? "! ECONNRESET" : "200 o! ECONNRESET"));
  }
}

TEST_CASE_METHOD(ClientFixture, "call: nobody listens") {
  uint16_t port = 0;
  {
    ScriptedServer gone([](Peer&) {});
    port = gone.port;
  }
  const auto outcome = Start(port);
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "! ECONNREFUSED");
  CHECK(outcome->failure->message == "Connection refused");
}

TEST_CASE_METHOD(ClientFixture, "call: the policy is asked of the address") {
  const auto deny = HostRule::ParseList("127.0.0.0/8", HostRule::Bare::kExact);
  settings.policy = OutboundPolicy({}, *deny);
  ScriptedServer& server = Serve([](Peer&) {});
  const auto outcome = Start(server.port);
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "! ERR_OUTBOUND_DENIED");
  CHECK_THAT(outcome->failure->message,
             Catch::Contains("outbound.deny of nano.yaml has '127.0.0.0/8'"));
  CHECK(server.connections() == 0);
}

TEST_CASE_METHOD(ClientFixture, "call: each time limit has its own words") {
  settings.timeouts = {.connect = 60, .first_byte = 60, .idle = 60, .total = 0};
  settings.connections = 1;
  auto& over = Keep<std::atomic<bool>>();
  const auto hang = [&](const char* first) {
    return [&over, first](Peer& peer) {
      peer.ReadHead();
      peer.Send(first);
      while (!over) usleep(1'000);
    };
  };
  const auto first_byte = Start(Serve(hang("")).port);
  // It has to wait for the one connection that the pool may have.
  const auto waiting = Start(Serve(hang("")).port);
  RunUntil([&] { return waiting->done && first_byte->done; });
  CHECK(first_byte->Text() == "! ERR_FIRST_BYTE_TIMEOUT");
  CHECK(first_byte->failure->message == "no answer came within 60 ms");
  CHECK(waiting->Text() == "! ERR_CONNECT_TIMEOUT");
  CHECK(waiting->failure->message ==
        "waited longer than 60 ms for one of the 1 connections that the app may have open");

  const auto idle = Start(Serve(hang("HTTP/1.1 200 OK\r\n\r\nab")).port);
  RunUntil([&] { return idle->done; });
  CHECK(idle->Text() == "200 ab! ERR_IDLE_TIMEOUT");
  over = true;
}

TEST_CASE_METHOD(ClientFixture, "call: an answer waits for its turn, and is not late meanwhile") {
  settings.timeouts = {.connect = 0, .first_byte = 400, .idle = 400, .total = 0};
  const auto outcome = Start(Serve([](Peer& peer) {
                               peer.ReadHead();
                               peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
                               peer.ReadHead();
                             }).port);
  outcome->has_turn = false;
  RunFor(1000);
  CHECK(outcome->Text().empty());
  outcome->has_turn = true;
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "200 fine");
  // The same of a server that has gone.
  const auto reset = Start(Serve([](Peer& peer) {
                             peer.ReadHead();
                             peer.Reset();
                           }).port);
  reset->has_turn = false;
  RunFor(100);
  CHECK_FALSE(reset->done);
  reset->has_turn = true;
  RunUntil([&] { return reset->done; });
  CHECK(reset->Text() == "! ECONNRESET");
}

TEST_CASE_METHOD(ClientFixture, "call: the whole of it is limited, however much comes") {
  settings.timeouts.total = 80;
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.Send("x")) usleep(2'000);
  });
  const auto outcome = Start(server.port);
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->failure->code == "ERR_TOTAL_TIMEOUT");
  CHECK(outcome->failure->message == "the call took longer than 80 ms");
  CHECK(outcome->body.size() > 2);
}

TEST_CASE_METHOD(ClientFixture,
                 "call: a body that nobody reads is parked, and goes on when it is") {
  auto& sent = Keep<std::atomic<size_t>>();
  constexpr size_t kSize = 20'000'000;
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
    const std::string part(100'000, 'x');
    while (sent < kSize && peer.Send(part)) sent += part.size();
  });
  const auto outcome = std::make_unique<Outcome>();
  outcome->reads = false;
  CallRequest request;
  request.method = "GET";
  request.target = "/";
  request.authority = "a.test";
  outcome->call = std::make_unique<PooledCall>(
      pool(), Route{false, "127.0.0.1", server.port, nullptr}, request, *outcome);
  RunUntil([&] { return outcome->status == 200; });
  // Until nothing more goes: what is not parked goes on to the end.
  size_t parked = 0;
  do {
    parked = sent;
    RunFor(100);
  } while (sent != parked);
  CHECK(parked < kSize);
  CHECK(outcome->parts == 0);
  outcome->reads = true;
  outcome->call->Read();
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->ended);
  CHECK(outcome->body.size() == kSize);
}

TEST_CASE_METHOD(ClientFixture, "call: a server whose host vanishes while it is sent something") {
  client_loop->longest_silence = 80;
  auto& gone = Keep<std::atomic<bool>>();
  auto& over = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const sock_fprog program{1, drop};
    setsockopt(peer.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    gone = true;
    while (!over) usleep(1'000);
  });
  CallRequest request;
  request.method = "PUT";
  request.body_kind = CallRequest::Body::kStream;
  const auto outcome = Start(server.port, request);
  RunUntil([&] { return gone.load(); });
  // While all is confirmed, nothing is amiss.
  RunFor(200);
  CHECK_FALSE(outcome->done);
  outcome->call->Write("lost");
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "! ECONNRESET");
  CHECK(outcome->failure->message == "the server's host does not confirm what is sent to it");
  over = true;
}

TEST_CASE_METHOD(ClientFixture, "call: a small body that nobody reads lets its connection go") {
  ScriptedServer& server = Serve([](Peer& peer) {
    while (!peer.ReadHead().empty()) peer.Send(kOk);
  });
  const auto outcome = Start(server.port);
  outcome->reads = false;
  RunUntil([&] { return outcome->status == 200 && pool().idle() == 1; });
  CHECK(Ask(server.port) == "200 ok");
  CHECK(server.connections() == 1);
  outcome->reads = true;
  outcome->call->Read();
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "200 ok");
}

TEST_CASE_METHOD(ClientFixture, "call: who reads in parts is not read ahead of") {
  auto& sent = Keep<std::atomic<bool>>();
  auto& go = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    while (!go) usleep(100);
    peer.Send("other");
    sent = true;
    peer.ReadHead();
  });
  const auto slow = Start(server.port);
  slow->reads = false;
  RunUntil([&] { return slow->status == 200; });
  slow->call->Read();
  RunUntil([&] { return slow->parts == 1; });
  // It is the app's turn. What the server says meanwhile stays with the system.
  go = true;
  while (!sent) usleep(100);
  for (int turn = 0; turn < 10; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
  CHECK(slow->parts == 1);
  CHECK(pool().idle() == 0);
  slow->reads = true;
  slow->call->Read();
  RunUntil([&] { return slow->done; });
  CHECK(slow->body == "firstother");
  CHECK(pool().idle() == 1);
}

TEST_CASE_METHOD(ClientFixture, "call: a body that broke off may be dropped before it is read") {
  settings.drain = 20;
  auto& ends = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
    while (!ends) usleep(1'000);
  });
  // Dropped when it has broken off already, and before: then the rest is waited for in vain.
  for (const bool before : {false, true}) {
    ends = false;
    const auto outcome = Start(server.port);
    outcome->reads = false;
    RunUntil([&] { return outcome->status == 200; });
    if (before) outcome->call.reset();
    ends = true;
    RunUntil([&] { return pool().connections() == 0; });
    outcome->call.reset();
    RunFor(30);
  }
}

TEST_CASE_METHOD(ClientFixture, "call: an answer before the request is sent ends the connection") {
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno");
    peer.ReadUntil("never");
  });
  CallRequest request;
  request.method = "PUT";
  request.body_kind = CallRequest::Body::kStream;
  const auto outcome = Start(server.port, request);
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "413 no");
  CHECK(outcome->call->Write("goes nowhere"));
  outcome->call->EndRequest();
  RunUntil([&] { return pool().connections() == 0; });
}

TEST_CASE_METHOD(ClientFixture, "call: an answer to an upload outlives the reset that follows it") {
  // What the server has not read when it closes makes its system break the connection.
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
  });
  const std::string body(10'000'000, 'x');
  CallRequest request;
  request.method = "PUT";
  for (const auto kind : {CallRequest::Body::kWhole, CallRequest::Body::kStream}) {
    request.body_kind = kind;
    const bool whole = kind == CallRequest::Body::kWhole;
    request.body = whole ? std::string_view(body) : std::string_view();
    for (int i = 0; i < 10; ++i) {
      const auto outcome = Start(server.port, request);
      size_t left = 100;
      const auto write = [&] {
        while (left > 0 && outcome->call->Write(std::string_view(body).substr(0, 100'000))) --left;
      };
      if (!whole) {
        outcome->on_drained = write;
        if (outcome->call->Ready()) write();
      }
      RunUntil([&] { return outcome->done; });
      CHECK(outcome->Text() == "413 no");
      CHECK(pool().idle() == 0);
    }
  }
}

}  // namespace nano::http::testing
