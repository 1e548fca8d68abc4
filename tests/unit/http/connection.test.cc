// Requests and answers over loopback: persistence, framing, bodies.
#include <netinet/tcp.h>

#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::RequestHead;
using nano::http::ServerExchange;

namespace {

void Hello(ServerExchange& exchange, const RequestHead& head) {
  exchange.Respond({.status = 200, .headers = "x: y\r\n"}, "hello " + std::string(head.target));
}

}  // namespace

TEST_CASE("connection: answers, and keeps the connection") {
  Server server;
  server.handler.on_request = Hello;
  Client client(server);
  for (int i = 0; i < 3; ++i) {
    client.Send(Get("/a"));
    const std::string answer = client.Read("hello /a");
    CHECK(answer.rfind("HTTP/1.1 200 OK\r\ndate: ", 0) == 0);
    CHECK(Contains(answer, " GMT\r\nx: y\r\ncontent-length: 8\r\n\r\nhello /a"));
    CHECK_FALSE(Contains(answer, "connection:"));
  }
  CHECK(server.listener->connections() == 1);
}

TEST_CASE("connection: HTTP/1.0 and Connection: close") {
  Server server;
  server.handler.on_request = Hello;
  SECTION("1.0 closes") {
    Client client(server);
    client.Send("GET / HTTP/1.0\r\n\r\n");
    CHECK(Contains(client.ReadAll(), "connection: close\r\n\r\nhello /"));
  }
  SECTION("1.0 persists if asked to") {
    Client client(server);
    client.Send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(Contains(client.Read("hello /1"), "connection: keep-alive\r\n"));
    client.Send("GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    client.Read("hello /2");
  }
  SECTION("1.1 closes if asked to, and ignores what follows") {
    Client client(server);
    client.Send(Get("/1", "Connection: close\r\n") + Get("/2"));
    const std::string all = client.ReadAll();
    CHECK(Contains(all, "connection: close\r\n"));
    CHECK_FALSE(Contains(all, "/2"));
    CHECK(server.handler.events == std::vector<std::string>{"GET /1"});
  }
}

TEST_CASE("connection: pipelined requests are answered in order, one at a time") {
  Server server;
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/later") {
      CHECK(waiting == nullptr);
      waiting = &exchange;
    } else {
      Hello(exchange, head);
    }
  };
  Client client(server);
  client.Send(Get("/1") + Get("/2") + Get("/later") + Get("/3") + Get("/later") + Get("/4"));
  client.Read("hello /2");
  server.Run(20);
  CHECK(server.handler.events.size() == 3);
  std::exchange(waiting, nullptr)->Respond({}, "late one");
  client.Read("late one");
  client.Read("hello /3");
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  CHECK_FALSE(server.handler.Saw("GET /4"));
  waiting->Respond({}, "late two");
  client.Read("late two");
  client.Read("hello /4");
}

TEST_CASE("connection: a request in any pieces, unused input bounded") {
  Server server;
  ServerExchange* waiting = nullptr;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/wait") {
      waiting = &exchange;
    } else {
      Hello(exchange, head);
    }
  };
  Client client(server);
  for (const char c : Get("/bytes")) {
    client.Send({&c, 1});
    server.Run(0);
  }
  client.Read("hello /bytes");
  // The client can send only so much while its first request is not answered.
  client.Send(Get("/wait"));
  REQUIRE(server.Until([&] { return waiting != nullptr; }));
  const std::string more = Get("/more");
  size_t sent = 0;
  const auto give_up = Clock::now() + milliseconds(500);
  while (Clock::now() < give_up && sent < 64'000'000) {
    const ssize_t n = send(client.fd(), more.data() + sent % more.size(),
                           more.size() - sent % more.size(), MSG_NOSIGNAL);
    if (n > 0) sent += static_cast<size_t>(n);
    uv_run(&server.loop, UV_RUN_NOWAIT);
  }
  CHECK(sent < 32'000'000);
  waiting->Respond({}, "go");
  client.Read("go");
  client.Read("hello /more");
}

TEST_CASE("connection: HEAD, 204, 205 and 304 have no body") {
  Server server;
  int status = 200;
  bool stream = false;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    if (stream) {
      exchange.StartBody({.status = status}, {});
      CHECK(exchange.WriteBody("body"));
      exchange.EndBody();
    } else {
      exchange.Respond({.status = status}, "body");
    }
  };
  for (const bool streams : {false, true}) {
    stream = streams;
    CAPTURE(stream);
    Client client(server);
    status = 200;
    client.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string head = client.Read("\r\n\r\n");
    CHECK(Contains(head, stream ? "transfer-encoding: chunked\r\n" : "content-length: 4\r\n"));
    for (const int code : {204, 304, 205}) {
      status = code;
      client.Send(Get("/"));
      const std::string answer = client.Read("\r\n\r\n");
      CHECK(Contains(answer, "HTTP/1.1 " + std::to_string(code) + " "));
      CHECK(Contains(answer, "content-length: 0") == (code == 205));
      CHECK_FALSE(Contains(answer, "transfer-encoding"));
    }
    status = 299;  // Nothing was left of the bodies: the next answer begins where it should.
    stream = false;
    client.Send(Get("/"));
    CHECK(client.Read("\r\n").rfind("HTTP/1.1 299 \r\n", 0) == 0);
  }
}

TEST_CASE("connection: streamed responses are framed by chunks, length or the end") {
  Server server;
  std::optional<uint64_t> length;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, length);
    exchange.WriteBody("hello ");
    exchange.WriteBody("");
    exchange.WriteBody("world, this is long");
    exchange.EndBody();
  };
  SECTION("chunked") {
    Client client(server);
    client.Send(Get("/"));
    const std::string answer = client.Read("\r\n0\r\n\r\n");
    CHECK(Contains(
        answer, "transfer-encoding: chunked\r\n\r\n6\r\nhello \r\n13\r\nworld, this is long\r\n0"));
    client.Send(Get("/"));
    client.Read("\r\n0\r\n\r\n");
  }
  SECTION("length") {
    length = 25;
    Client client(server);
    client.Send(Get("/"));
    CHECK(Contains(client.Read("is long"), "content-length: 25\r\n\r\nhello world"));
    client.Send(Get("/"));
    client.Read("is long");
  }
  SECTION("the app writes less than it announced") {
    length = 26;
    Client client(server);
    client.Send(Get("/"));
    const std::string all = client.ReadAll();
    CHECK(Contains(all, "content-length: 26"));
    CHECK(Contains(all, "is long"));
  }
  SECTION("the app writes more than it announced") {
    length = 11;
    Client client(server);
    client.Send(Get("/") + Get("/"));
    CHECK(Contains(client.Read("hello world"), "content-length: 11"));
    CHECK(client.Read("hello world").rfind("HTTP/1.1 200", 0) == 0);
  }
  SECTION("HTTP/1.0") {
    Client client(server);
    client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const std::string all = client.ReadAll();
    CHECK(Contains(all, "connection: close\r\n\r\nhello world, this is long"));
    CHECK_FALSE(Contains(all, "chunked"));
  }
}

TEST_CASE("connection: request bodies, whole and in parts, at once and later") {
  Server server;
  bool whole = true, later = false;
  ServerExchange* waiting = nullptr;
  std::string seen;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    CHECK(head.has_body);
    seen.clear();
    if (later) {
      waiting = &exchange;
    } else {
      exchange.ReadBody(whole);
    }
  };
  server.handler.on_body = [&](ServerExchange& exchange, std::string_view part, bool last) {
    seen += part;
    if (whole) CHECK(last);
    if (last) {
      exchange.Respond({}, "got " + std::to_string(seen.size()) + "!");
    } else {
      exchange.ReadBody(whole);
    }
  };
  std::string body;
  for (int i = 0; i < 40000; ++i) body += std::to_string(i);
  const std::string sized =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t i = 0; i < body.size(); i += 1000) {
    const std::string part = body.substr(i, 1000);
    char size[20];
    snprintf(size, sizeof size, "%zx\r\n", part.size());
    chunked += size + part + "\r\n";
  }
  chunked += "0\r\n\r\n";
  for (const std::string& request : {sized, chunked}) {
    for (const bool w : {true, false}) {
      for (const bool l : {false, true}) {
        CAPTURE(w, l, request.size());
        whole = w;
        later = l;
        waiting = nullptr;
        Client client(server);
        client.Send(request);
        if (later) {
          REQUIRE(server.Until([&] { return waiting != nullptr; }));
          server.Run(5);
          waiting->ReadBody(whole);
        }
        client.Read("got " + std::to_string(body.size()) + "!");
        CHECK(seen == body);
        later = false;
        client.Send(sized + chunked);
        client.Read("got " + std::to_string(body.size()) + "!");
        client.Read("got " + std::to_string(body.size()) + "!");
      }
    }
  }
}

TEST_CASE("connection: a body that the handler does not read") {
  Server server;
  server.handler.on_request = Hello;
  const auto post = [](size_t size) {
    return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'b');
  };
  SECTION("short: it is thrown away") {
    Client client(server);
    client.Send(post(100'000) + Get("/next"));
    CHECK_FALSE(Contains(client.Read("hello /p"), "connection: close"));
    client.Read("hello /next");
  }
  SECTION("long: the connection is closed, and the answer arrives") {
    Client client(server);
    client.Send(post(300'000));
    CHECK(Contains(client.ReadAll(), "connection: close\r\n\r\nhello /p"));
    CHECK_FALSE(client.was_reset);
  }
}

TEST_CASE("connection: asking for a body that is not there") {
  Server server;
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead&) {
    exchange.ReadBody(true);
  };
  server.handler.on_body = [](ServerExchange& exchange, std::string_view part, bool last) {
    CHECK(part.empty());
    CHECK(last);
    exchange.Respond({}, "empty");
  };
  Client client(server);
  client.Send(Get("/") + Get("/"));
  client.Read("empty");
  client.Read("empty");
}

TEST_CASE("connection: Expect: 100-continue") {
  Server server;
  bool read = true;
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead& head) {
    if (read) {
      exchange.ReadBody(true);
    } else {
      Hello(exchange, head);
    }
  };
  server.handler.on_body = [](ServerExchange& exchange, std::string_view part, bool) {
    exchange.Respond({}, part);
  };
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  Client client(server);
  SECTION("sent when the body is asked for") {
    client.Send(head);
    CHECK(client.Read("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.Send("hello");
    client.Read("\r\n\r\nhello");
    client.Send(Get("/"));
    CHECK_FALSE(Contains(client.Read("\r\n\r\n"), "100 Continue"));
  }
  SECTION("not sent when it is not; the connection cannot go on") {
    read = false;
    client.Send(head);
    const std::string all = client.ReadAll();
    CHECK_FALSE(Contains(all, "100 Continue"));
    CHECK(Contains(all, "connection: close"));
  }
}

TEST_CASE("connection: large answers, small and large reads") {
  Server server;
  const std::string big(3'000'000, 'z');
  server.handler.on_request = [&](ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({}, big);
  };
  Client client(server);
  client.Send(Get("/") + Get("/"));
  for (int i = 0; i < 2; ++i) {
    const std::string head = client.Read("\r\n\r\n");
    CHECK(Contains(head, "content-length: 3000000"));
    REQUIRE(server.Until([&] {
      client.Poll();
      return client.received.size() >= big.size();
    }));
    CHECK(client.received.compare(0, big.size(), big) == 0);
    client.received.erase(0, big.size());
  }
}

TEST_CASE("connection: OPTIONS * is the server's, error answers keep the connection") {
  Server server;
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead& head) {
    CHECK(exchange.peer() == "127.0.0.1");
    if (head.target == "/fail") return exchange.Fail();
    exchange.RespondError(404, "no app for this host");
  };
  Client client(server);
  client.Send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(Contains(client.Read("\r\n\r\n"), "204 No Content"));
  client.Send(Get("/"));
  CHECK(Contains(client.Read("no app for this host\n"), "404 Not Found"));
  client.Send(Get("/fail"));
  CHECK(Contains(client.Read("Internal Server Error\n"), "500 Internal Server Error"));
  CHECK(server.handler.events == std::vector<std::string>{"GET /", "GET /fail"});
}
