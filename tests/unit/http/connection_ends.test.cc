// How connections end: clients that close or shut down their sending side while nothing is sent to
// them, answers before an upload has ended, and streams that would keep the loop to themselves.
#include <algorithm>
#include <utility>

#include "http_fixture.h"

namespace nano::http1 {
namespace {

using http::RequestHead;
using testing::Client;
using testing::Contains;
using testing::Get;
using testing::Server;

http::Limits QuickChecks() {
  http::Limits limits;
  limits.presence_check = 20;
  return limits;
}

// What a waiting exchange has begun when its client closes.
enum class Begun { kNothing, kChunks, kLength };

struct Waiting {
  Waiting(Server& on, Begun what) : server(on), begun(what) {
    server.handler.on_request = [this](http::ServerExchange& exchange, const RequestHead&) {
      if (begun == Begun::kChunks) exchange.StartBody({}, {});
      if (begun == Begun::kLength) exchange.StartBody({}, 8);
      waiting = &exchange;
    };
  }
  void Answer() {
    if (begun == Begun::kNothing) return waiting->Respond({}, "answer");
    waiting->WriteBody("part");
    waiting->WriteBody("part");
    waiting->EndBody();
  }
  std::string Expected() const {
    if (begun == Begun::kNothing) return "\r\ncontent-length: 6\r\n\r\nanswer";
    return begun == Begun::kChunks ? "4\r\npart\r\n4\r\npart\r\n0\r\n\r\n" : "\r\n\r\npartpart";
  }
  Server& server;
  Begun begun;
  http::ServerExchange* waiting = nullptr;
};

TEST_CASE("ends: a client that closes while nothing is sent to it is noticed") {
  Server server(QuickChecks());
  Waiting waiting(server, GENERATE(Begun::kNothing, Begun::kChunks, Begun::kLength));
  CAPTURE(static_cast<int>(waiting.begun));
  Client client(server);
  std::string request = Get("/");
  SECTION("with a request") {}
  SECTION("with a body that nobody read") {
    request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde";
  }
  SECTION("in the middle of a body that nobody read") {
    request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabcde";
  }
  SECTION("after more than is read ahead") {
    request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n" + std::string(150'000, 'b');
  }
  client.Send(request);
  REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
  server.Run(5);
  client.Poll();  // Input that is not read would make its system reset the connection.
  client.Close();
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("ends: a reset is noticed while no more is read") {
  Server server(QuickChecks());
  Waiting waiting(server, GENERATE(Begun::kNothing, Begun::kChunks, Begun::kLength));
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
              std::string(150'000, 'b'));
  REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
  server.Run(5);
  client.Close(/*reset=*/true);
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("ends: a client that shut down its sending side gets its answer, byte for byte") {
  Server server(QuickChecks());
  Waiting waiting(server, GENERATE(Begun::kNothing, Begun::kChunks));
  CAPTURE(static_cast<int>(waiting.begun));
  Client client(server);
  client.Send(Get("/"));
  client.ShutdownWrite();
  REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
  // Asked a few times in the first case, once in the second.
  server.Run(GENERATE(0, 30, 300));
  CHECK_FALSE(server.handler.Saw("aborted"));
  waiting.Answer();
  const std::string all = client.ReadAll();
  CAPTURE(all);
  CHECK(all.rfind("HTTP/1.1 200 OK\r\ndate: ", 0) == 0);
  // A chunk's size may have a leading zero.
  std::string expected = waiting.Expected();
  CHECK((Contains(all, "\r\n\r\n" + expected) || Contains(all, "\r\n\r\n0" + expected) ||
         (waiting.begun == Begun::kNothing && Contains(all, expected))));
  CHECK(all.size() >= expected.size());
  CHECK(all.compare(all.size() - expected.size(), expected.size(), expected) == 0);
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("ends: a client that was asked and closes later is noticed, too") {
  Server server(QuickChecks());
  Waiting waiting(server, Begun::kNothing);
  Client client(server);
  client.Send(Get("/"));
  client.ShutdownWrite();
  client.Read("H");
  CHECK_FALSE(server.handler.Saw("aborted"));
  client.Poll();
  client.Close();
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
}

TEST_CASE("ends: a stream of a given length goes on if something was sent since the end of input") {
  Server server(QuickChecks());
  Waiting waiting(server, Begun::kLength);
  Client client(server);
  client.Send(Get("/"));
  REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
  client.ShutdownWrite();
  server.Run(30);
  waiting.waiting->WriteBody("part");
  server.Run(300);
  CHECK_FALSE(server.handler.Saw("aborted"));
  waiting.waiting->WriteBody("part");
  waiting.waiting->EndBody();
  CHECK(Contains(client.ReadAll(), "partpart"));
}

TEST_CASE("ends: a status line that was begun also begins the server's own error") {
  Server server(QuickChecks());
  Waiting waiting(server, Begun::kNothing);
  Client client(server);
  client.Send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\nabcde");
  client.ShutdownWrite();
  REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
  std::string all = client.Read("HT");
  waiting.waiting->ReadBody(/*whole=*/true);
  all += client.ReadAll();
  CHECK(all.rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
  CHECK(server.handler.Saw("aborted"));
}

TEST_CASE("ends: each pipelined answer is whole after the end of input") {
  Server server(QuickChecks());
  Waiting waiting(server, Begun::kNothing);
  Client client(server);
  client.Send(Get("/1") + Get("/2") + "nonsense\r\n\r\n");
  client.ShutdownWrite();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(server.Until([&] { return waiting.waiting != nullptr; }));
    http::ServerExchange* exchange = std::exchange(waiting.waiting, nullptr);
    client.Read("HT");
    exchange->Respond({}, "answer");
    CHECK(Contains(client.Read("answer"), "TP/1.1 200 OK\r\n"));
  }
  CHECK(client.ReadAll().rfind("HTTP/1.1 400 Bad Request\r\n", 0) == 0);
}

TEST_CASE("ends: who answers late is not called back in the middle of that") {
  Server server;
  http::ServerExchange* late = nullptr;
  server.handler.on_request = [&](http::ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/next") return exchange.Respond({}, "next");
    late = &exchange;
  };
  Client client(server);
  for (const bool whole : {true, false}) {
    client.Send(Get("/late") + Get("/next"));
    REQUIRE(server.Until([&] { return late != nullptr; }));
    server.Run(20);  // Longer than answers wait for others.
    server.handler.calling = true;
    if (whole) {
      late->Respond({}, "late");
    } else {
      late->StartBody({}, 4);
      late->WriteBody("late");
      late->EndBody();
    }
    server.handler.calling = false;
    late = nullptr;
    client.Read("late");
    client.Read("next");
  }
}

TEST_CASE("ends: an answer before the end of an upload arrives, whatever the client does first") {
  http::Limits limits;
  Server server(limits);
  const std::string size = GENERATE("100000", "1000000", "9000000", "30000000");
  CAPTURE(size);
  server.handler.on_request = [](http::ServerExchange& exchange, const RequestHead&) {
    exchange.Respond({.status = 401}, "who are you?");
  };
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
  // All of it before anything is read; 413 is the server's own, for the last size.
  client.Send(std::string(std::stoul(size), 'b'));
  client.ShutdownWrite();
  const std::string all = client.ReadAll();
  CHECK_FALSE(client.was_reset);
  CHECK(all.rfind(size == "30000000" ? "HTTP/1.1 413" : "HTTP/1.1 401", 0) == 0);
  CHECK(server.Until([&] { return server.listener->connections() == 0; }));
}

TEST_CASE("ends: lingering is bounded in bytes and in time") {
  http::Limits limits;
  limits.body_bytes = 1000;
  limits.linger_timeout = 2000;
  SECTION("bytes") {}
  SECTION("time, although bytes arrive") { limits.linger_time = 50; }
  Server server(limits);
  server.handler.on_request = [](http::ServerExchange&, const RequestHead&) {};
  Client client(server);
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  CHECK(client.Read("\r\n\r\n").rfind("HTTP/1.1 413", 0) == 0);
  const std::string part(limits.linger_time == 50 ? 1 : 1'000'000, 'b');
  size_t sent = 0;
  // Goes on until the server has had enough.
  CHECK(server.Until([&] {
    const ssize_t size = send(client.fd(), part.data(), part.size(), MSG_NOSIGNAL);
    if (size > 0) sent += static_cast<size_t>(size);
    return size < 0 && errno != EAGAIN;
  }));
  CHECK(sent < 100'000'000);
  if (limits.linger_time != 50) CHECK(sent > 64'000'000);
}

TEST_CASE("ends: a client that keeps its side open does not hold up the server's stop") {
  http::Limits limits;
  limits.body_bytes = 1000;
  limits.linger_timeout = 60'000;
  Server server(limits);
  server.handler.on_request = [](http::ServerExchange&, const RequestHead&) {};
  Client client(server);
  bool stopped = false;
  const auto stop = [&] { server.listener->Stop(60'000, [&] { stopped = true; }); };
  SECTION("which comes after the last answer") {
    client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
    CHECK(client.Read("\r\n\r\n").rfind("HTTP/1.1 413", 0) == 0);
    stop();
  }
  SECTION("which comes before it") {
    client.Send("POST / HTTP/1.1\r\nHost: a\r\n");
    REQUIRE(server.Until([&] { return server.listener->connections() == 1; }));
    stop();
    client.Send("Content-Length: 1001\r\n\r\n");
    CHECK(client.Read("\r\n\r\n").rfind("HTTP/1.1 413", 0) == 0);
  }
  CHECK(server.Until([&] { return stopped; }));
}

TEST_CASE("ends: an app's own Connection: close and Date") {
  Server server;
  server.handler.on_request = [](http::ServerExchange& exchange, const RequestHead& head) {
    const std::string_view fields =
        head.target == "/close" ? "connection: close\r\nx-a: 1\r\n"
        : head.target == "/date"
            ? "date: Tue, 03 Mar 2009 10:20:30 GMT\r\nx-a: 1\r\n"
            : "connection: close\r\ndate: Tue, 03 Mar 2009 10:20:30 GMT\r\nx-a: 1\r\n";
    exchange.Respond({.headers = fields}, "done");
  };
  Client client(server);
  client.Send(Get("/date"));
  CHECK(client.Read("done") ==
        "HTTP/1.1 200 OK\r\ndate: Tue, 03 Mar 2009 10:20:30 GMT\r\nx-a: 1\r\n"
        "content-length: 4\r\n\r\ndone");
  const bool both = GENERATE(false, true);
  client.Send(Get(both ? "/both" : "/close"));
  const std::string last = client.ReadAll();
  CHECK(Contains(last, "\r\nx-a: 1\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndone"));
  CHECK(last.find("connection: close") == last.rfind("connection: close"));
  CHECK(last.find("date: ") == last.rfind("date: "));
  CHECK(Contains(last, "2009") == both);
}

TEST_CASE("ends: a stream that a client takes as fast as it comes leaves others their turn") {
  Server server;
  const std::string part(1000, 'p');
  size_t most_at_once = 0;
  const auto write = [&](http::ServerExchange& exchange) {
    size_t written = 0;
    // Without an end, if all that counted were what the client takes.
    while (written < 100'000'000 && exchange.WriteBody(part)) written += part.size();
    most_at_once = std::max(most_at_once, written);
  };
  server.handler.on_request = [&](http::ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/other") return exchange.Respond({}, "other");
    exchange.StartBody({}, {});
    write(exchange);
  };
  server.handler.on_drain = write;
  Client client(server);
  client.Send(Get("/"));
  Client other(server);
  other.Send(Get("/other"));
  other.Read("other");
  size_t received = 0;
  CHECK(server.Until([&] {
    client.Poll();
    received += client.received.size();
    client.received.clear();
    return received > 3'000'000;
  }));
  CHECK(most_at_once <= 300'000);
  client.Close(/*reset=*/true);
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
}

TEST_CASE("ends: a stream whose parts come in other turns of the loop has left others theirs") {
  Server server;
  const std::string part(100'000, 'p');
  http::ServerExchange* stream = nullptr;
  server.handler.on_request = [&](http::ServerExchange& exchange, const RequestHead&) {
    exchange.StartBody({}, {});
    stream = &exchange;
  };
  Client client(server);
  client.Send(Get("/"));
  CHECK(server.Until([&] { return stream != nullptr; }));
  // As bodies come that are passed on: more than a turn's worth in all, all of it taken.
  for (size_t sent = 0; sent < 1'000'000; sent += part.size()) {
    CHECK(stream->WriteBody(part));
    uv_run(&server.loop, UV_RUN_NOWAIT);
    const size_t due = sent + part.size();
    CHECK(server.Until([&] {
      client.Poll();
      return client.received.size() > due;
    }));
  }
  client.Close(/*reset=*/true);
  CHECK(server.Until([&] { return server.handler.Saw("aborted"); }));
}

TEST_CASE("ends: whose answer had begun when another listener took over may ask once more") {
  Server server;
  http::ServerExchange* stream = nullptr;
  server.handler.on_request = [&](http::ServerExchange& exchange, const RequestHead& head) {
    if (head.target == "/") return exchange.Respond({}, "again");
    exchange.StartBody({}, {});
    stream = &exchange;
  };
  Client client(server);
  client.Send(Get("/stream"));
  CHECK(server.Until([&] { return stream != nullptr; }));
  bool stopped = false;
  server.stop_called = true;
  SECTION("while others may as well") {
    server.listener->Retire(3'000, 10'000, [&] { stopped = true; });
    stream->EndBody();
    client.Read("0\r\n\r\n");
    server.Run(20);
    client.Send(Get("/"));
    CHECK(Contains(client.Read("again"), "connection: close\r\n"));
  }
  SECTION("but not later") {
    server.listener->Retire(10, 10'000, [&] { stopped = true; });
    server.Run(30);
    stream->EndBody();
    client.Read("0\r\n\r\n");
    client.ReadAll();
  }
  client.Close();
  CHECK(server.Until([&] { return stopped; }));
  CHECK_FALSE(server.listener->aborted());
}

}  // namespace
}  // namespace nano::http1
