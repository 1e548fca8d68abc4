// Clients that are slow, go away or break the rules; handlers that fail; and stopping.
#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::RequestHead;
using nano::http::ServerExchange;

namespace {

Limits ShortTimeouts() {
  Limits limits;
  limits.idle_timeout = 60;
  limits.header_timeout = 80;
  limits.body_timeout = 60;
  limits.write_timeout = 100;
  limits.linger_timeout = 50;
  return limits;
}

void Hello(ServerExchange& exchange, const RequestHead& head) {
  exchange.Respond({}, "hello " + std::string(head.target));
}

}  // namespace

TEST_CASE("failures: a client that reads slowly is served, one that does not read is cut off") {
  Limits limits;
  limits.write_timeout = 500;
  Server server(limits);
  const std::string body(32 << 20, 'b');  // More than the systems of both ends keep.
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({}, body);
  };
  Client client(server, 4096);
  client.Send(Get("/"));
  char part[1000];
  // For three times the timeout.
  for (int i = 0; i < 30; ++i) {
    server.Run(50);
    CHECK(recv(client.fd(), part, sizeof part, 0) > 0);
  }
  CHECK(server.listener->connections() == 1);
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("failures: malformed requests are answered and the connection closes") {
  Server server;
  server.handler.on_request = Hello;
  const std::string end(100'000, 'x');  // Unread input, which must not reset the answer away.
  const std::vector<std::pair<std::string, int>> cases = {
      {"NONSENSE\r\n\r\n" + end, 501},
      {"\x16\x03\x01" + end, 400},
      {"GET / HTTP/1.1\r\n\r\n" + end, 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(20'000, 'h') + end, 431},
      {"GET /" + std::string(9'000, 'u') + end, 414},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n" + end, 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" + end, 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n" + end, 417},
      {"GET / HTTP/4.0\r\nHost: a\r\n\r\n" + end, 505},
  };
  for (const auto& [input, status] : cases) {
    CAPTURE(input.substr(0, 60), status);
    server.handler.errors.clear();
    Client client(server);
    client.Send(Get("/first") + input);
    client.Read("hello /first");
    const std::string all = client.ReadAll();
    CHECK(all.rfind("HTTP/1.1 " + std::to_string(status) + " ", 0) == 0);
    CHECK(Contains(all, "connection: close\r\n"));
    CHECK_FALSE(client.was_reset);
    CHECK(server.handler.errors == std::vector<int>{status});
  }
}

TEST_CASE("failures: a chunked body that grows too large or is malformed") {
  Limits limits;
  limits.body_bytes = 1000;
  Server server(limits);
  bool started = false;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    if (started) exchange.StartBody({}, {});
    exchange.ReadBody(true);
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  SECTION("too large") {
    Client client(server);
    client.Send(head + "3e8\r\n" + std::string(1000, 'b') + "\r\n1\r\nb\r\n0\r\n\r\n");
    CHECK(client.ReadAll().rfind("HTTP/1.1 413 Content Too Large\r\n", 0) == 0);
    CHECK(server.handler.events == std::vector<std::string>{"POST /", "aborted"});
  }
  SECTION("malformed") {
    Client client(server);
    client.Send(head + "zzz\r\n");
    CHECK(client.ReadAll().rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
    CHECK(server.handler.Saw("aborted"));
  }
  SECTION("after the response has begun") {
    started = true;
    Client client(server);
    client.Send(head + "zzz\r\n");
    const std::string all = client.ReadAll();
    CHECK(all.rfind("HTTP/1.1 200 OK\r\n", 0) == 0);
    CHECK_FALSE(Contains(all, "\r\n0\r\n"));
    CHECK(server.handler.events == std::vector<std::string>{"POST /", "body error"});
  }
}

TEST_CASE("failures: slow clients") {
  Server server(ShortTimeouts());
  bool read = true;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.has_body && read) {
      exchange.ReadBody(true);
    } else {
      Hello(exchange, head);
    }
  };
  Client client(server);
  SECTION("no request at all") { CHECK(client.ReadAll().empty()); }
  SECTION("idle between requests") {
    client.Send(Get("/"));
    CHECK(Contains(client.ReadAll(), "hello /"));
    CHECK(server.handler.errors.empty());
  }
  SECTION("a head that trickles in") {
    const auto begin = Clock::now();
    const std::string request = Get("/" + std::string(200, 'a'));
    for (size_t i = 0; i < request.size() && !client.ended; ++i) {
      send(client.fd(), request.data() + i, 1, MSG_NOSIGNAL);
      server.Run(2);
      client.Poll();
    }
    CHECK(client.ReadAll().rfind("HTTP/1.1 408 Request Timeout\r\n", 0) == 0);
    CHECK(Clock::now() - begin < milliseconds(1500));
    CHECK(server.handler.errors == std::vector<int>{408});
  }
  SECTION("a body that stalls") {
    client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(client.ReadAll().rfind("HTTP/1.1 408 Request Timeout\r\n", 0) == 0);
    CHECK(server.handler.events == std::vector<std::string>{"POST /", "aborted"});
  }
  SECTION("an unread body that stalls after its answer") {
    read = false;
    client.Send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(Contains(client.ReadAll(), "hello /p"));
  }
  SECTION("a client that keeps the connection after the last answer") {
    client.Send("GET / HTTP/1.1\r\n\r\n");
    CHECK(client.ReadAll().rfind("HTTP/1.1 400", 0) == 0);
  }
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("failures: a client that does not read") {
  Server server(ShortTimeouts());
  bool congested = false;
  const std::string part(10'000, 'p');
  const auto write = [&](ServerExchange& exchange) {
    congested = false;
    for (int i = 0; i < 10'000 && !congested; ++i) congested = !exchange.WriteBody(part);
  };
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, {});
    write(exchange);
  };
  server.handler.on_drain = write;
  Client client(server, 4096);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return server.handler.Saw("aborted"); }));
  CHECK(congested);
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("failures: backpressure, and going on when the client reads") {
  Server server;
  size_t written = 0;
  constexpr size_t kTotal = 20'000'000;
  const std::string part(10'000, 'p');
  const auto write = [&](ServerExchange& exchange) {
    while (written < kTotal) {
      written += part.size();
      if (!exchange.WriteBody(part)) return;
    }
    exchange.EndBody();
  };
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, kTotal);
    waiting = &exchange;
  };
  server.handler.on_drain = write;
  Client client(server, 4096);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  write(*waiting);  // From outside the handler's methods.
  CHECK(written < kTotal);
  server.Run(20);
  CHECK(written < kTotal);
  client.Read("\r\n\r\n");
  size_t size = client.received.size();
  CHECK(server.Until([&] {
    client.received.clear();
    client.Poll();
    size += client.received.size();
    return size >= kTotal;
  }));
  CHECK(size == kTotal);
  CHECK(server.handler.Saw("drain"));
  client.received.clear();
}

TEST_CASE("failures: clients that go away") {
  Server server;
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/stream") {
      exchange.StartBody({}, {});
      exchange.WriteBody("first");
    }
    if (head.has_body) exchange.ReadBody(true);
    waiting = &exchange;
  };
  Client client(server);
  SECTION("a reset while the answer is awaited") {
    client.Send(Get("/"));
    REQUIRE(server.Until([&] { return waiting != nullptr; }));
    client.Close(/*reset=*/true);
    CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  }
  SECTION("while a response is streamed") {
    client.Send(Get("/stream"));
    client.Read("first");
    client.Close();
    bool writes = true;
    CHECK(server.Until([&] {
      if (server.handler.Saw("aborted")) writes = false;
      if (writes) waiting->WriteBody(std::string(1000, 'x'));
      return !writes;
    }));
  }
  SECTION("within a body") {
    client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    REQUIRE(server.Until([&] { return waiting != nullptr; }));
    client.ShutdownWrite();
    CHECK(client.ReadAll().rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
    CHECK(server.handler.Saw("aborted"));
  }
  SECTION("within a head") {
    client.Send("GET / HTT");
    server.Run(5);
    client.ShutdownWrite();
    CHECK(client.ReadAll().rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
  }
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("failures: a client that has shut down its sending side gets its answers") {
  Server server;
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/later") {
      waiting = &exchange;
    } else {
      Hello(exchange, head);
    }
  };
  Client client(server);
  client.Send(Get("/later") + Get("/next"));
  client.ShutdownWrite();
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  server.Run(20);
  waiting->Respond({}, "late");
  const std::string all = client.ReadAll();
  CHECK(Contains(all, "late"));
  CHECK(Contains(all, "hello /next"));
  CHECK_FALSE(server.handler.Saw("aborted"));
}

TEST_CASE("failures: an app that fails after its response has begun") {
  Server server;
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, {});
    exchange.WriteBody("part");
    exchange.Fail();
    // Nothing of it counts any more.
    exchange.WriteBody("more");
    exchange.EndBody();
    exchange.Respond({}, "again");
  };
  Client client(server);
  SECTION("chunked: the end is missing") {
    client.Send(Get("/"));
    const std::string all = client.ReadAll();
    CHECK(Contains(all, "\r\n4\r\npart\r\n"));
    CHECK_FALSE(Contains(all, "0\r\n\r\n"));
    CHECK_FALSE(Contains(all, "more"));
  }
  SECTION("HTTP/1.0: a reset") {
    client.Send("GET / HTTP/1.0\r\n\r\n");
    client.ReadAll();
    CHECK(client.was_reset);
  }
}

TEST_CASE("failures: more connections than allowed wait for a place") {
  Limits limits;
  limits.connections = 2;
  Server server(limits);
  server.handler.on_request = Hello;
  Client a(server), b(server), c(server);
  a.Send(Get("/a"));
  b.Send(Get("/b"));
  c.Send(Get("/c"));
  a.Read("hello /a");
  b.Read("hello /b");
  server.Run(30);
  CHECK(server.handler.events.size() == 2);
  a.Close();
  c.Read("hello /c");
}

TEST_CASE("failures: stopping") {
  Server server;
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/later") {
      waiting = &exchange;
    } else {
      Hello(exchange, head);
    }
  };
  Client idle(server), busy(server);
  idle.Send(Get("/"));
  idle.Read("hello /");
  busy.Send(Get("/later"));
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  bool stopped = false;
  server.stop_called = true;
  SECTION("lets requests end") {
    server.listener->Stop(10'000, [&] { stopped = true; });
    CHECK(idle.ReadAll().empty());
    CHECK_FALSE(stopped);
    waiting->Respond({}, "done");
    CHECK(Contains(busy.Read("done"), "connection: close\r\n"));
    busy.ReadAll();
    busy.Close();
    CHECK(server.Until([&] { return stopped; }));
    CHECK_FALSE(server.handler.Saw("aborted"));
  }
  SECTION("and those that have come, which the loop has not seen") {
    Client fresh(server);
    REQUIRE(server.Until([&] { return server.listener->connections() == 3; }));
    fresh.Send(Get("/first"));
    idle.Send(Get("/last"));
    server.listener->Stop(10'000, [&] { stopped = true; });
    CHECK(Contains(idle.Read("hello /last"), "connection: close\r\n"));
    CHECK(Contains(fresh.Read("hello /first"), "connection: close\r\n"));
    waiting->Respond({}, "done");
    busy.Read("done");
  }
  SECTION("and those of whom has connected, whether that was seen yet or not") {
    Client accepted(server);
    REQUIRE(server.Until([&] { return server.listener->connections() == 3; }));
    std::vector<std::unique_ptr<Client>> waiting_ones;
    for (int i = 0; i < 100; ++i) waiting_ones.push_back(std::make_unique<Client>(server));
    waiting_ones.front()->Send(Get("/waiting"));
    CHECK(server.listener->connections() == 3);
    server.listener->Stop(10'000, [&] { stopped = true; });
    CHECK(idle.ReadAll().empty());
    accepted.Send(Get("/first"));
    CHECK(Contains(accepted.Read("hello /first"), "connection: close\r\n"));
    CHECK(Contains(waiting_ones.front()->Read("hello /waiting"), "connection: close\r\n"));
    waiting_ones.back()->Send(Get("/last"));
    waiting_ones.back()->Read("hello /last");
    waiting->Respond({}, "done");
    busy.Read("done");
    for (Client* client :
         {&accepted, waiting_ones.front().get(), waiting_ones.back().get(), &busy}) {
      client->Close();
    }
    // Who asks nothing is waited for only so long.
    CHECK(server.Until([&] { return stopped; }));
    CHECK_FALSE(server.listener->aborted());
  }
  SECTION("but not for ever") {
    server.listener->Stop(50, [&] { stopped = true; });
    CHECK(server.Until([&] { return stopped; }));
    CHECK(server.handler.Saw("aborted"));
    CHECK(busy.ReadAll().empty());
  }
}
