// The parser on tables of good and malformed input, in one piece and byte by byte.
#include "http/http1/parser.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace {

using nano::http::Limits;
using nano::http1::Parser;
using nano::net::BufferPool;

struct Request {
  std::string method, authority, target, headers, traceparent, body;
  bool keep_alive = false, expects_continue = false, complete = false;
};

struct Outcome {
  std::vector<Request> requests;
  int status = 0;
  std::string reason;
};

Outcome Read(const std::string& input, size_t step_size, const Limits& limits = {}) {
  BufferPool pool;
  Parser parser(limits, pool);
  Outcome outcome;
  for (size_t begin = 0; begin < input.size(); begin += step_size) {
    // A copy of its own, so that a read beyond the end is one of the heap's.
    const std::string piece = input.substr(begin, step_size);
    size_t at = 0;
    while (at < piece.size() || parser.pending()) {
      const Parser::Step step = parser.Parse(std::string_view(piece).substr(at));
      at += step.consumed;
      REQUIRE(at <= piece.size());
      if (step.event == Parser::Event::kHead) {
        const auto& head = parser.head();
        outcome.requests.push_back({std::string(head.method),
                                    std::string(head.authority),
                                    std::string(head.target),
                                    std::string(head.headers),
                                    std::string(head.traceparent),
                                    {},
                                    head.keep_alive,
                                    head.expects_continue,
                                    !head.has_body});
        parser.ReleaseHead();
      } else if (step.event == Parser::Event::kBody) {
        outcome.requests.back().body.append(step.body);
      } else if (step.event == Parser::Event::kEnd) {
        outcome.requests.back().complete = true;
      } else if (step.event == Parser::Event::kError) {
        outcome.status = step.status;
        outcome.reason = step.reason;
        return outcome;
      }
    }
  }
  return outcome;
}

const size_t kSteps[] = {1, 2, 7, 100'000'000};

const char kHost[] = "Host: a.localhost\r\n";

}  // namespace

TEST_CASE("parser: requests that are well-formed") {
  struct Case {
    std::string input, method, authority, target, headers, body;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", "a", "/", "host\na\n", ""},
      {"\r\nGET /a?b=c HTTP/1.1\r\nHOST:a:80\r\nX-Y:  v \t\r\nEmpty:\r\n\r\n", "GET", "a:80",
       "/a?b=c", "host\na:80\nx-y\nv\nempty\n\n", ""},
      {"GET / HTTP/1.0\r\n\r\n", "GET", "", "/", "", ""},
      {"GET http://B.example:8080/p?q HTTP/1.1\r\nHost: other\r\n\r\n", "GET", "B.example:8080",
       "/p?q", "host\nother\n", ""},
      {"GET HTTPS://b HTTP/1.1\r\nHost: b\r\n\r\n", "GET", "b", "/", "host\nb\n", ""},
      {"GET http://b?x=1 HTTP/1.1\r\nHost: b\r\n\r\n", "GET", "b", "/?x=1", "host\nb\n", ""},
      {"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET", "[::1]:8080", "/", "host\n[::1]:8080\n",
       ""},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS", "a", "*", "host\na\n", ""},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST", "a", "/",
       "host\na\ncontent-length\n5\n", "hello"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\nA;x=y\r\n"
       "0123456789\r\n0\r\nTrailer: z\r\n\r\n",
       "POST", "a", "/", "host\na\ntransfer-encoding\nChunked\n", "hel0123456789"},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: "
       "2\r\n\r\nhi",
       "POST", "a", "/", "host\na\nconnection\nUpgrade\nupgrade\nh2c\ncontent-length\n2\n", "hi"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\r\n\r\n", "GET", "a", "/",
       "host\na\nx\n\xc3\xa4\n", ""},
      {"PROPFIND /{x}|y HTTP/1.1\r\nHost: a\r\n\r\n", "PROPFIND", "a", "/{x}|y", "host\na\n", ""},
  };
  for (const Case& c : cases) {
    for (const size_t step : kSteps) {
      CAPTURE(c.input, step);
      // Twice, as a client that pipelines does.
      const Outcome outcome = Read(c.input + c.input, step);
      CAPTURE(outcome.reason);
      const bool once = c.input.find("1.0") != std::string::npos;
      if (!once) CHECK(outcome.status == 0);
      REQUIRE(outcome.requests.size() == (once ? 1 : 2));
      for (const Request& r : outcome.requests) {
        CHECK(r.method == c.method);
        CHECK(r.authority == c.authority);
        CHECK(r.target == c.target);
        CHECK(r.headers == c.headers);
        CHECK(r.body == c.body);
        CHECK(r.complete);
      }
    }
  }
}

TEST_CASE("parser: requests that are not") {
  struct Case {
    std::string input;
    int status;
  };
  const std::string get = std::string("GET / HTTP/1.1\r\n") + kHost;
  const std::string post = std::string("POST / HTTP/1.1\r\n") + kHost;
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {get + "Host: b\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: [1.2.3.4]\r\n\r\n", 400},
      {"GET http://u@b/ HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET ftp://b/ HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET http:///x HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET /a#b HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET /\x01 HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {"GET b HTTP/1.1\r\nHost: b\r\n\r\n", 400},
      {get + "X: a\r\n b\r\n\r\n", 400},
      {get + " X: a\r\n\r\n", 400},
      {get + "X : a\r\n\r\n", 400},
      {get + "X\r\n\r\n", 400},
      {get + ": a\r\n\r\n", 400},
      {get + "X: a\x01z\r\n\r\n", 400},
      {get + "X: a" + std::string(1, '\0') + "z\r\n\r\n", 400},
      {get + "X: a\rz\r\n\r\n", 400},
      {get + "X: a\nY: b\r\n\r\n", 400},
      {get + "X(: a\r\n\r\n", 400},
      {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {post + "Content-Length: 1, 2\r\n\r\nab", 400},
      {post + "Content-Length: -1\r\n\r\n", 400},
      {post + "Content-Length: +1\r\n\r\na", 400},
      {post + "Content-Length:\r\n\r\n", 400},
      {post + "Content-Length: 1x\r\n\r\na", 400},
      {post + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
      {post + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", 400},
      {post + "Expect: something\r\nContent-Length: 1\r\n\r\na", 417},
      {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"GETX / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\x16\x03\x01", 400},
      {"GET\r\n\r\n", 400},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/x.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / RTSP/1.0\r\nHost: a\r\n\r\n", 400},
      {"SOURCE / ICE/1.0\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\n\r\n", 505},
      {"GET /\r\n", 505},
      {"GET /\n", 505},
      {"GET /a?b\r", 505},
      {"GET\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /   HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / \r\nHost: a\r\n\r\n", 400},
      {"\r\n\r\nPROPFIND  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {post + "Content-Length: 1\r\n\r\nxGET  / HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {post + "Content-Length: 1\r\n\r\nxGET /  HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
  };
  for (const Case& c : cases) {
    for (const size_t step : kSteps) {
      CAPTURE(c.input, step);
      const Outcome outcome = Read(c.input, step);
      CAPTURE(outcome.reason);
      CHECK(outcome.status == c.status);
      CHECK_FALSE(outcome.reason.empty());
    }
  }
}

TEST_CASE("parser: limits") {
  Limits limits;
  limits.header_bytes = 400;
  limits.header_count = 5;
  limits.target_bytes = 100;
  limits.body_bytes = 20;
  const auto header = [](int count) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i) text += "x: y\r\n";
    return text + "\r\n";
  };
  struct Case {
    std::string input;
    int status;
  };
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::vector<Case> cases = {
      {"GET /" + std::string(99, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {header(5), 0},
      {header(6), 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(300, 'a') + "\r\n\r\n", 0},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(400, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nx:" + std::string(400, ' ') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\n" + std::string(400, 'n'), 431},
      {std::string(2000, '\n'), 431},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n" + std::string(20, 'b'), 0},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n", 413},
      {chunked + "14\r\n" + std::string(20, 'b') + "\r\n0\r\n\r\n", 0},
      {chunked + "14\r\n" + std::string(20, 'b') + "\r\n1\r\nb\r\n0\r\n\r\n", 413},
      {chunked + "1;" + std::string(500, 'e') + "\r\nb\r\n0\r\n\r\n", 431},
      {chunked + "1\r\nb\r\n0\r\nt: " + std::string(500, 'e') + "\r\n\r\n", 431},
  };
  for (const Case& c : cases) {
    for (const size_t step : kSteps) {
      CAPTURE(c.input, step);
      CHECK(Read(c.input, step, limits).status == c.status);
    }
  }
}

TEST_CASE("parser: persistence and expectations") {
  const auto read = [](const std::string& input) { return Read(input, 3).requests.at(0); };
  CHECK(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.0\r\n\r\n").keep_alive);
  CHECK(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  CHECK_FALSE(read("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
  const std::string expect = "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
  CHECK(read("PUT / HTTP/1.1\r\nHost: a\r\n" + expect).expects_continue);
  CHECK_FALSE(read("PUT / HTTP/1.0\r\n" + expect).expects_continue);
  CHECK_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST_CASE("parser: a trace is what one valid field says, wherever the rest of the head lies") {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::string field = "TraceParent:  " + trace + " \r\n";
  // Without a path, the target is put together behind the fields, which may move them.
  for (const char* line : {"GET / HTTP/1.1\r\n", "GET http://a?b=c HTTP/1.1\r\n"}) {
    const auto read = [line](const std::string& fields) {
      return Read(line + std::string("Host: a\r\n") + fields + "x: y\r\n\r\n", 5)
          .requests.at(0)
          .traceparent;
    };
    CHECK(read(field) == trace);
    CHECK(read("").empty());
    CHECK(read(field + field).empty());
    CHECK(read("traceparent: 00-no\r\n").empty());
    CHECK(read("x: traceparent\r\n").empty());
  }
  // Nor is it the next request's.
  const std::string second = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  const Outcome both = Read("GET /1 HTTP/1.1\r\nHost: a\r\n" + field + "\r\n" + second, 1000);
  REQUIRE(both.requests.size() == 2);
  CHECK(both.requests[0].traceparent == trace);
  CHECK(both.requests[1].traceparent.empty());
}
