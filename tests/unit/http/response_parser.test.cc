// The response parser on tables of good and malformed input, in one piece and byte by byte.
#include "http/http1/response_parser.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace std::string_literals;
using nano::http1::ResponseLimits;
using nano::http1::ResponseParser;
using nano::net::BufferPool;
using Request = ResponseParser::Request;
using Event = ResponseParser::Event;

// What the parser made of an input whose connection ends after it, as one line.
std::string Read(const std::string& input, size_t step_size, Request request,
                 const ResponseLimits& limits) {
  BufferPool pool;
  ResponseParser parser(limits, pool);
  parser.Start(request);
  std::string out;
  std::string body;
  const auto take = [&](const ResponseParser::Step& step) {
    const auto& head = parser.head();
    switch (step.event) {
      case Event::kNeedMore:
        break;
      case Event::kInterim:
        out += std::to_string(head.status) + " ";
        break;
      case Event::kHead:
        out += std::to_string(head.status) + " (" + std::string(head.status_text) + ")";
        for (const char c : head.headers) out += c == '\n' ? '|' : c;
        if (head.http10) out += " 1.0";
        if (!head.keep_alive) out += " close";
        if (head.coded) out += " coded";
        if (head.content_length) out += " length=" + std::to_string(*head.content_length);
        out += head.has_body ? " body:" : " no body.";
        parser.ReleaseHead();
        break;
      case Event::kBody:
        body += step.body;
        break;
      case Event::kEnd:
        out += body + ".";
        break;
      case Event::kError:
        out += body + "! " + std::string(step.reason);
        break;
    }
    return step.event != Event::kError;
  };
  for (size_t begin = 0; begin < input.size() && !parser.ended(); begin += step_size) {
    // A copy of its own, so that a read beyond the end is one of the heap's.
    const std::string piece = input.substr(begin, step_size);
    size_t at = 0;
    while ((at < piece.size() || parser.pending()) && !parser.ended()) {
      const ResponseParser::Step step = parser.Parse(std::string_view(piece).substr(at));
      at += step.consumed;
      REQUIRE(at <= piece.size());
      if (!take(step)) return out;
    }
    if (parser.ended() && begin + at < input.size()) {
      out += " left:" + input.substr(begin + at);
    }
  }
  if (!parser.ended()) take(parser.Finish());
  return out;
}

struct Case {
  std::string input, expected;
  Request request = Request::kOrdinary;
};

void Check(const std::vector<Case>& cases, const ResponseLimits& limits = {}) {
  for (const Case& c : cases) {
    for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, size_t{1} << 30}) {
      INFO(c.input);
      INFO("in steps of " << step);
      CHECK(Read(c.input, step, c.request, limits) == c.expected);
    }
  }
}

}  // namespace

TEST_CASE("response parser: heads and bodies") {
  Check({
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Y:  v \t\r\nEmpty:\r\n\r\nabc",
       "200 (OK)content-length|3|x-y|v|empty|| length=3 body:abc."},
      {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 ()content-length|0| no body."},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 ()content-length|0| no body."},
      {"HTTP/1.1 599 Odd one\r\nContent-Length: 1\r\n\r\nx",
       "599 (Odd one)content-length|1| length=1 body:x."},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;a=\"b\"\r\nde\r\n"
       "0\r\nTrailer: x\r\n\r\n",
       "200 (OK)transfer-encoding|chunked| body:abcde."},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
       "200 (OK)transfer-encoding|Chunked| body:."},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: \tchunked \t\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "200 (OK)transfer-encoding|chunked| body:a."},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1  \r\na\r\n1 ;b=c\r\nd\r\n0 \r\n\r\n",
       "200 (OK)transfer-encoding|chunked| body:ad."},
      {"HTTP/1.1 200 a\tb\xe4\r\nContent-Length: 0\r\n\r\n",
       "200 (a\tb\xe4)content-length|0| no body."},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)content-encoding|br|content-length|1| coded length=1 body:x."},
      {"HTTP/1.1 200 OK\r\nVary: content-encoding\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)vary|content-encoding|content-length|1| length=1 body:x."},
      // Until the connection ends.
      {"HTTP/1.1 200 OK\r\n\r\nabc", "200 (OK) close body:abc."},
      {"HTTP/1.0 200 OK\r\n\r\n", "200 (OK) 1.0 close body:."},
      // Lines that end by LF alone.
      {"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "200 (OK)content-length|1| length=1 body:x."},
  });
}

TEST_CASE("response parser: whether the connection may be used again") {
  Check({
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)connection|close|content-length|1| close length=1 body:x."},
      {"HTTP/1.1 500 No\r\nConnection: Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n",
       "500 (No)connection|Keep-Alive, Close|content-length|0| close no body."},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)content-length|1| 1.0 close length=1 body:x."},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)connection|keep-alive|content-length|1| 1.0 length=1 body:x."},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "200 (OK)connection|keep-alive|transfer-encoding|chunked| 1.0 close body:."},
      {"HTTP/1.1 304 Not Modified\r\n\r\n", "304 (Not Modified) no body."},
      // Bytes beyond the end are the caller's.
      {"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n",
       "204 (No Content) no body. left:HTTP/1.1 200 OK\r\n"},
  });
}

TEST_CASE("response parser: responses that have no body") {
  Check({
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 (OK)content-length|5| no body.",
       Request::kHead},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "200 (OK)transfer-encoding|chunked| no body.", Request::kHead},
      {"HTTP/1.1 200 OK\r\n\r\n", "200 (OK) no body.", Request::kHead},
      {"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "204 (No)content-length|5| no body."},
      {"HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", "304 (No)content-length|5| no body."},
      {"HTTP/1.1 200 Established\r\n\r\n", "200 (Established) no body.", Request::kConnect},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 (OK)content-length|5| no body.",
       Request::kConnect},
      {"HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx",
       "407 (No)content-length|1| length=1 body:x.", Request::kConnect},
  });
}

TEST_CASE("response parser: interim responses") {
  Check({
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
       "100 103 200 (OK)content-length|1| length=1 body:x."},
      {"HTTP/1.1 102 Wait\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
       "HTTP/1.1 204 OK\r\n\r\n",
       "102 204 (OK) no body."},
      {"HTTP/1.1 100 Continue\r\n\r\n", "100 ! the connection ended within the response's head"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
       "! the server changes to a protocol it was not asked for"},
      {"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 1\r\n\r\nx",
       "200 (OK)upgrade|h2c|connection|upgrade|content-length|1| length=1 body:x."},
  });
}

TEST_CASE("response parser: connections that end early") {
  Check({
      {"HT", "! the connection ended within the response's head"},
      {"HTTP/1.1 200 OK\r\nContent-Le", "! the connection ended within the response's head"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
       "200 (OK)content-length|3| length=3 body:ab! the connection ended within the response's "
       "body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
       "200 (OK)transfer-encoding|chunked| body:abc! the connection ended within the response's "
       "body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
       "200 (OK)transfer-encoding|chunked| body:abc! the connection ended within the response's "
       "body"},
  });
  CHECK(Read("", 1, Request::kOrdinary, {}) == "! the connection ended without a response");
}

TEST_CASE("response parser: what is refused") {
  const auto refuses = [](const std::string& input, const ResponseLimits& limits = {}) {
    for (const size_t step : {size_t{1}, size_t{1} << 30}) {
      INFO(input.substr(0, 200));
      CHECK_THAT(Read(input, step, Request::kOrdinary, limits), Catch::Contains("! "));
    }
  };
  refuses("hello\r\n\r\n");
  refuses("SSH-2.0-OpenSSH_9.2\r\n");
  refuses("RTSP/1.0 200 OK\r\n\r\n");
  refuses("ICY 200 OK\r\n\r\n");
  refuses("HTTP/2.0 200 OK\r\n\r\n");
  refuses("HTTP/1.1 20 OK\r\n\r\n");
  refuses("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n");
  refuses("HTTP/1.1 2000 OK\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
  refuses("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc");
  refuses("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc");
  refuses("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n");
  refuses("HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"s);
  refuses("HTTP/1.1 200 O\x7fK\r\nContent-Length: 0\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nBad name: x\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nName: a\0b\r\n\r\n"s);
  refuses("HTTP/1.1 200 OK\r\nName: " + std::string(70'000, 'a') + "\r\n\r\n");
  refuses("HTTP/1.1 200 " + std::string(70'000, 'a') + "\r\n\r\n");
  std::string interim;
  for (int i = 0; i < 4000; ++i) interim += "HTTP/1.1 102 Wait\r\n\r\n";
  refuses(interim);
  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 600; ++i) fields += "a: b\r\n";
  refuses(fields + "\r\n");
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(70'000, 'a') +
          "\r\nx\r\n0\r\n\r\n");
  // However much the chunk brings that comes behind it, maybe in the same read.
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000;" + std::string(70'000, 'a') +
          "\r\n" + std::string(0x2000, 'x') + "\r\n0\r\n\r\n");
  refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: " +
          std::string(70'000, 'a') + "\r\n\r\n");
}

TEST_CASE("response parser: one connection, several responses") {
  BufferPool pool;
  const ResponseLimits limits;
  ResponseParser parser(limits, pool);
  for (int i = 0; i < 3; ++i) {
    parser.Start(Request::kOrdinary);
    CHECK_FALSE(parser.begun());
    const auto head = parser.Parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    CHECK(head.event == Event::kHead);
    CHECK(parser.begun());
    CHECK(parser.Parse("ab").body == "ab");
    CHECK(parser.Parse("").event == Event::kEnd);
    CHECK(parser.ended());
  }
}

// What passes by counts as the body.
TEST_CASE("response parser: bodies that are not looked at") {
  const ResponseLimits limits;
  BufferPool pool;
  ResponseParser parser(limits, pool);
  // All of what is given; the events by their first letters.
  const auto parse = [&](std::string_view input) {
    std::string events;
    do {
      const ResponseParser::Step step = parser.Parse(input);
      input.remove_prefix(step.consumed);
      switch (step.event) {
        case Event::kHead:
          events += 'h';
          break;
        case Event::kBody:
          events += 'b' + std::to_string(step.body.size());
          break;
        case Event::kEnd:
          events += 'e';
          break;
        case Event::kError:
          return events + '!';
        default:
          break;
      }
    } while (!parser.ended() && (!input.empty() || parser.pending()));
    return events + (input.empty() ? "" : "+" + std::to_string(input.size()));
  };
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const std::string counted = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
  parser.Start(Request::kOrdinary);
  CHECK(parser.unframed() == 0);
  CHECK(parser.in_head());

  SECTION("all of it, behind the head") {
    CHECK(parse(counted) == "h");
    CHECK_FALSE(parser.in_head());
    CHECK(parser.unframed() == 10);
    parser.Skip(10);
    CHECK(parser.ended());
    CHECK_FALSE(parser.pending());
    CHECK(parser.unframed() == 0);
  }
  SECTION("between what is looked at") {
    CHECK(parse(counted + "abc") == "hb3");
    CHECK(parser.unframed() == 7);
    parser.Skip(2);
    CHECK(parser.unframed() == 5);
    CHECK(parse("fg") == "b2");
    parser.Skip(1);
    CHECK(parse("i") == "b1");
    CHECK(parse("jHTTP/1.1 ") == "b1e+9");
    CHECK(parser.ended());
  }
  SECTION("before what is looked at") {
    CHECK(parse(counted) == "h");
    parser.Skip(9);
    CHECK_FALSE(parser.ended());
    CHECK(parse("j") == "b1e");
  }
  SECTION("up to the end") {
    CHECK(parse(counted + "abcdefghi") == "hb9");
    parser.Skip(1);
    CHECK(parser.ended());
  }
  SECTION("and break off") {
    CHECK(parse(counted + "a") == "hb1");
    parser.Skip(8);
    const ResponseParser::Step step = parser.Finish();
    CHECK(step.event == Event::kError);
    CHECK(step.reason == "the connection ended within the response's body");
  }
  SECTION("which the connection's end ends") {
    CHECK(parse("HTTP/1.1 200 OK\r\n\r\n") == "h");
    CHECK(parser.unframed() == kMost);
    parser.Skip(1'000'000);
    CHECK(parse("abc") == "b3");
    parser.Skip(1);
    CHECK(parser.unframed() == kMost);
    CHECK(parser.Finish().event == Event::kEnd);
  }
  SECTION("none, where there is framing or nothing") {
    CHECK(parse("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab") == "hb2");
    CHECK(parser.unframed() == 0);
    parser.Start(Request::kHead);
    CHECK(parse(counted) == "h");
    CHECK(parser.unframed() == 0);
    parser.Start(Request::kOrdinary);
    CHECK(parse("HTTP/1.1 204 No Content\r\n\r\n") == "h");
    CHECK(parser.unframed() == 0);
  }
  SECTION("then the next response is read as ever") {
    CHECK(parse(counted) == "h");
    parser.Skip(10);
    parser.Start(Request::kOrdinary);
    CHECK(parse(counted + "0123456789") == "hb10e");
  }
}
