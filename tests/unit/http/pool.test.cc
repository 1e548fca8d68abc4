// Connections used again: which are, which must not be, how many there are, and how they are
// closed.
#include "http/client/pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client_fixture.h"

namespace nano::http::testing {
namespace {

const char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ScriptedServer::Script Always(std::string answer) {
  return [answer](Peer& peer) {
    while (!peer.ReadHead().empty() && peer.Send(answer)) {
    }
  };
}

}  // namespace

TEST_CASE_METHOD(ClientFixture, "pool: a connection closed by the server is not used again") {
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
  });
  for (int i = 0; i < 3; ++i) {
    CHECK(Ask(server.port) == "200 ok");
    RunUntil([&] { return pool().connections() == 0; });
  }
  CHECK(server.connections() == 3);
}

TEST_CASE_METHOD(ClientFixture, "pool: a byte that nobody asked for is not the next answer") {
  auto& poisoned = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    if (peer.number > 1) return;
    // While the connection waits, in a turn of the loop that has not come yet.
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    poisoned = true;
    peer.ReadHead();
  });
  CHECK(Ask(server.port) == "200 ok");
  while (!poisoned) usleep(100);
  usleep(2'000);
  CHECK(Ask(server.port) == "200 ok");
  CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(ClientFixture, "pool: nor is it for a call that has waited for the connection") {
  settings.connections = 1;
  // An answer that ends where the first read does, with more behind it.
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Length: 65494\r\n\r\n" + std::string(65494, 'x');
  CHECK(answer.size() == http1::ClientLoop::kHeadRead);
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    if (peer.number > 1) {
      peer.Send(kOk);
    } else {
      peer.Send(answer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    }
    peer.ReadHead();
  });
  const auto first = Start(server.port);
  const auto second = Start(server.port);
  RunUntil([&] { return first->done && second->done; });
  CHECK(first->body.size() == 65494);
  CHECK(second->Text() == "200 ok");
  CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(ClientFixture, "pool: nor does the look at it harm what another one is read of") {
  auto& poison = Keep<std::atomic<bool>>();
  auto& poisoned = Keep<std::atomic<bool>>();
  ScriptedServer& evil = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    if (peer.number > 1) return;
    while (!poison) usleep(100);
    peer.Send(std::string(4096, 'x'));
    poisoned = true;
    peer.ReadHead();
  });
  auto& head_read = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!head_read) usleep(100);
    peer.Send("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    peer.ReadHead();
  });
  CHECK(Ask(evil.port) == "200 ok");
  const auto outcome = Start(server.port);
  // As an app does that calls somebody else between two parts of a body.
  std::unique_ptr<Outcome> other;
  outcome->on_body = [&] {
    if (other) return;
    poison = true;
    while (!poisoned) usleep(100);
    usleep(2'000);
    other = Start(evil.port);
  };
  RunUntil([&] { return outcome->status == 200; });
  head_read = true;
  RunUntil([&] { return outcome->done && other && other->done; });
  CHECK(outcome->Text() == "200 onetwo");
  CHECK(other->Text() == "200 ok");
}

TEST_CASE_METHOD(ClientFixture, "pool: the server's time for a connection, less a margin") {
  settings.margin = 1'900;
  ScriptedServer& server =
      Serve(Always("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok"));
  CHECK(Ask(server.port) == "200 ok");
  CHECK(Ask(server.port) == "200 ok");
  CHECK(server.connections() == 1);
  RunFor(150);
  CHECK(Ask(server.port) == "200 ok");
  CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(ClientFixture, "pool: one that waits for too long is closed, in order") {
  settings.keep_alive = 30;
  auto& ended = Keep<std::atomic<int>>();
  ended = -1;
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    ended = static_cast<int>(peer.WaitForEnd(5'000));
  });
  CHECK(Ask(server.port) == "200 ok");
  RunUntil([&] { return pool().connections() == 0; });
  while (ended < 0) usleep(1000);
  CHECK(ended == static_cast<int>(Peer::Ended::kInOrder));
}

TEST_CASE_METHOD(ClientFixture,
                 "pool: a dead connection is found out, and the call asked once more") {
  // The server closes when it gets the second request of a connection: too late to be seen before.
  auto& heads = Keep<std::vector<std::string>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    const std::string head = peer.ReadHead();
    if (!head.empty()) heads.push_back(head);
  });
  CHECK(Ask(server.port) == "200 ok");
  CallRequest request;
  request.method = "POST";
  request.body_kind = CallRequest::Body::kWhole;
  request.body = "body";
  CHECK(Ask(server.port, request) == "200 ok");
  CHECK(server.connections() == 2);
  CHECK(heads.size() == 1);
}

TEST_CASE_METHOD(ClientFixture, "pool: a stream that has begun is not sent again") {
  ScriptedServer& server = Serve([&](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    peer.ReadUntil("part");
  });
  CHECK(Ask(server.port) == "200 ok");
  CallRequest request;
  request.method = "POST";
  request.body_kind = CallRequest::Body::kStream;
  const auto outcome = Start(server.port, request);
  RunUntil([&] { return outcome->call->Ready(); });
  outcome->call->Write("part");
  RunUntil([&] { return outcome->done; });
  CHECK(outcome->Text() == "! ECONNRESET");
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture,
                 "pool: a fresh connection that dies is a failure, not asked again") {
  ScriptedServer& server = Serve([&](Peer& peer) { peer.ReadHead(); });
  CHECK(Ask(server.port) == "! ECONNRESET");
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "pool: more calls than connections wait for their turn") {
  settings.connections = 3;
  auto& open = Keep<std::atomic<int>>();
  auto& most = Keep<std::atomic<int>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    most = std::max<int>(most, ++open);
    while (!peer.ReadHead().empty()) {
      usleep(2'000);
      peer.Send(kOk);
    }
    --open;
  });
  std::vector<std::unique_ptr<Outcome>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(Start(server.port));
  for (const auto& call : calls) {
    RunUntil([&] { return call->done; });
    CHECK(call->Text() == "200 ok");
  }
  CHECK(most == 3);
  CHECK(server.connections() == 3);
}

TEST_CASE_METHOD(ClientFixture, "pool: a call may be given up when another gets its connection") {
  settings.connections = 1;
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send(kOk);
    peer.ReadUntil("0\r\n\r\n");
    peer.Send(kOk);
    peer.ReadHead();
  });
  const auto first = Start(server.port);
  CallRequest request;
  request.method = "PUT";
  request.body_kind = CallRequest::Body::kStream;
  const auto second = Start(server.port, request);
  CHECK_FALSE(second->call->Ready());
  std::optional<bool> first_ended;
  second->on_drained = [&] {
    // Not in the middle of what the first one is told.
    first_ended = first->ended;
    first->call.reset();
    second->call->EndRequest();
  };
  RunUntil([&] { return second->done; });
  CHECK(first_ended == true);
  CHECK(second->Text() == "200 ok");
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "pool: a head without a body lets its connection go at once") {
  ScriptedServer& server = Serve(Always("HTTP/1.1 204 No Content\r\n\r\n"));
  std::unique_ptr<Outcome> second;
  const auto first = Start(server.port);
  first->on_head = [&] { second = Start(server.port); };
  RunUntil([&] { return first->done && second->done; });
  CHECK(second->Text() == "204 ");
  CHECK(pool().connections() == 1);
  CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(ClientFixture, "pool: one that waits makes room for another host") {
  settings.connections = 2;
  ScriptedServer& a = Serve(Always(kOk));
  ScriptedServer& b = Serve(Always(kOk));
  ScriptedServer& c = Serve(Always(kOk));
  for (int round = 0; round < 3; ++round) {
    for (ScriptedServer* server : {&a, &b, &c}) CHECK(Ask(server->port) == "200 ok");
    CHECK(pool().connections() <= 2);
  }
}

TEST_CASE_METHOD(ClientFixture, "pool: connections that make room, or end with it, end in order") {
  settings.connections = 1;
  auto& ended = Keep<std::atomic<int>>();
  auto& in_order = Keep<std::atomic<int>>();
  const auto serve = [&]() -> ScriptedServer& {
    return Serve([&](Peer& peer) {
      peer.ReadHead();
      peer.Send(kOk);
      if (peer.WaitForEnd(5'000) == Peer::Ended::kInOrder) ++in_order;
      ++ended;
    });
  };
  CHECK(Ask(serve().port) == "200 ok");
  CHECK(Ask(serve().port) == "200 ok");
  while (ended < 1) usleep(1000);
  EndPool();
  while (ended < 2) usleep(1000);
  CHECK(in_order == 2);
}

TEST_CASE_METHOD(ClientFixture, "pool: the rest of a body is not waited for while a call waits") {
  settings.connections = 1;
  settings.drain = 0;  // For ever.
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send(peer.number == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart" : kOk);
    peer.ReadHead();
  });
  for (const bool waits : {false, true}) {
    ScriptedServer& other = Serve(Always(kOk));
    auto first = Start(server.port);
    first->reads = false;
    RunUntil([&] { return first->status == 200; });
    std::unique_ptr<Outcome> second;
    if (waits) second = Start(other.port);
    first.reset();
    if (!waits) second = Start(other.port);
    RunUntil([&] { return second->done; });
    CHECK(second->Text() == "200 ok");
  }
}

TEST_CASE_METHOD(ClientFixture, "pool: who is asked again gets a connection that is new") {
  settings.connections = 2;
  auto& asked = Keep<std::atomic<bool>>();
  ScriptedServer& server = Serve([&](Peer& peer) {
    for (;;) {
      const std::string head = peer.ReadHead();
      if (head.empty() || (head.starts_with("GET /x") && peer.number <= 2)) return;
      while (head.starts_with("GET /y") && !asked) usleep(100);
      peer.Send(kOk);
    }
  });
  ScriptedServer& other = Serve([&](Peer& peer) {
    peer.ReadHead();
    asked = true;
    peer.Send(kOk);
    peer.ReadHead();
  });
  {
    const auto first = Start(server.port);
    const auto second = Start(server.port);
    RunUntil([&] { return first->done && second->done; });
  }
  CallRequest x, y;
  x.target = "/x";
  y.target = "/y";
  // Both are used by now. The room of the one that ends is taken by who has waited for longer, and
  // the other one is free again while the call has none.
  const auto slow = Start(server.port, y);
  const auto again = Start(server.port, x);
  const auto waiting = Start(other.port);
  RunUntil([&] { return slow->done && again->done && waiting->done; });
  CHECK(slow->Text() == "200 ok");
  CHECK(again->Text() == "200 ok");
  CHECK(server.connections() == 3);
}

TEST_CASE_METHOD(ClientFixture, "pool: a host that is asked without end leaves others their turn") {
  settings.connections = 1;
  ScriptedServer& busy = Serve(Always(kOk));
  ScriptedServer& other = Serve(Always(kOk));
  // There is always a call that waits for the busy one.
  std::vector<std::unique_ptr<Outcome>> calls;
  std::unique_ptr<Outcome> waiting;
  const auto start = [&](const auto& again) -> void {
    calls.push_back(Start(busy.port));
    calls.back()->on_head = [&] {
      if (!waiting || !waiting->done) again(again);
    };
  };
  start(start);
  start(start);
  waiting = Start(other.port);
  RunUntil([&] { return waiting->done; });
  CHECK(waiting->Text() == "200 ok");
  for (const auto& call : calls) RunUntil([&] { return call->done; });
}

TEST_CASE_METHOD(ClientFixture, "pool: who waits in vain has others given up") {
  settings.connections = 1;
  std::unique_ptr<Outcome> held;
  int told = 0;
  settings.on_starving = [&] {
    if (++told == 2) held.reset();
  };
  ScriptedServer& server = Serve([](Peer& peer) {
    peer.ReadHead();
    peer.Send(peer.number == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin" : kOk);
    peer.ReadHead();
  });
  held = Start(server.port);
  RunUntil([&] { return held->status == 200; });
  CHECK(told == 0);
  CHECK(Ask(server.port) == "200 ok");
  CHECK(told == 2);
}

TEST_CASE_METHOD(ClientFixture, "pool: calls that are given up leave nothing behind") {
  settings.connections = 2;
  ScriptedServer& server = Serve([](Peer& peer) {
    while (!peer.ReadHead().empty()) peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
  });
  for (int turns = 0; turns < 6; ++turns) {
    std::vector<std::unique_ptr<Outcome>> calls;
    for (int i = 0; i < 5; ++i) calls.push_back(Start(server.port));
    for (int i = 0; i < turns; ++i) uv_run(&loop, UV_RUN_NOWAIT);
    calls.clear();
    RunUntil([&] { return pool().connections() == pool().idle(); });
  }
  ScriptedServer& good = Serve(Always(kOk));
  CHECK(Ask(good.port) == "200 ok");
}

}  // namespace nano::http::testing
