// Fuzzes the HTTP parser: whatever the input, it must neither crash nor over-read, every event must
// be consistent, and the same bytes must mean the same however they were cut into reads.
// driver.h says how it is run.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/http1/parser.h"
#include "http/visitor/forwarded.h"
#include "http/visitor/trusted_proxies.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"

namespace {

using nano::http::Limits;
using nano::http1::Parser;
using nano::net::BufferPool;

// Whatever proxies and their clients write, there is a client, and its address is one.
void CheckVisitor(std::string_view headers) {
  using nano::IpAddress;
  using nano::Network;
  for (const char* field : {"x-forwarded-for", "forwarded", "x-real-ip"}) {
    const nano::http::TrustedProxies proxies(
        {.networks = {*Network::Parse("10.0.0.0/8")}, .field = field});
    const auto visitor = proxies.Find("10.0.0.1", headers);
    NANO_CHECK(IpAddress::Parse(visitor->address));
    NANO_CHECK(visitor->path.empty() ? visitor->address == "10.0.0.1"
                                     : visitor->path.starts_with(visitor->address));
    NANO_CHECK(visitor->scheme.empty() || visitor->scheme == "http" || visitor->scheme == "https");
  }
}

// What the parser made of an input, as text that can be compared.
std::string Transcript(std::string_view input, size_t piece_size) {
  Limits limits;
  limits.header_bytes = 1024;
  limits.target_bytes = 256;
  limits.header_count = 16;
  limits.body_bytes = 4096;
  BufferPool pool;
  Parser parser(limits, pool);
  std::string out;
  for (size_t begin = 0; begin < input.size(); begin += piece_size) {
    const std::string_view slice = input.substr(begin, piece_size);
    // On the heap and of exactly its size, so that AddressSanitizer sees an over-read.
    const auto copy = std::make_unique<char[]>(slice.size());
    std::memcpy(copy.get(), slice.data(), slice.size());
    const std::string_view piece(copy.get(), slice.size());
    size_t at = 0;
    while (at < piece.size() || parser.pending()) {
      const bool was_pending = parser.pending();
      const Parser::Step step = parser.Parse(piece.substr(at));
      at += step.consumed;
      NANO_CHECK(at <= piece.size());
      NANO_CHECK(step.consumed > 0 || was_pending || step.event != Parser::Event::kNeedMore);
      switch (step.event) {
        case Parser::Event::kNeedMore:
          break;
        case Parser::Event::kHead: {
          const auto& head = parser.head();
          NANO_CHECK(!head.target.empty() && !head.method.empty());
          NANO_CHECK(head.target[0] == '/' || head.target == "*");
          for (const char c : head.headers) NANO_CHECK(c != '\r' && c != '\0');
          out.append("head ").append(head.method).append(" ").append(head.authority);
          out.append(" ").append(head.target).append("\n").append(head.headers);
          CheckVisitor(head.headers);
          parser.ReleaseHead();
          break;
        }
        case Parser::Event::kBody:
          NANO_CHECK(!step.body.empty());
          NANO_CHECK(step.body.data() >= piece.data() &&
                     step.body.data() + step.body.size() <= piece.data() + piece.size());
          out.append(step.body);
          break;
        case Parser::Event::kEnd:
          out.append("\nend\n");
          break;
        case Parser::Event::kError:
          NANO_CHECK(step.status >= 400 && step.status <= 599 && !step.reason.empty());
          return out + "error";  // Which limit is hit first may depend on the pieces.
      }
    }
  }
  return out;
}

const char* const kSeeds[] = {
    "GET / HTTP/1.1\r\nHost: a.localhost:8080\r\nAccept: */*\r\n\r\n",
    "GET http://[::1]:80/a?b HTTP/1.1\r\nHost: b\r\nConnection: keep-alive, close\r\n\r\n",
    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4;n=\"v\"\r\nabcd\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    "HEAD /y HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1, [2001:db8::1]:80, 10.0.0.2\r\n"
    "X-Forwarded-For: 10.0.0.3:80\r\nX-Forwarded-Proto: https, http\r\nX-Real-IP: 1.1.1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=\"[2001:db8::1]:_p\";proto=https;by=_x, "
    "for=10.0.0.2\r\nForwarded: For=\"10.\\0.0.3\";host=\"a,b\"\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
};

const char* const kTokens[] = {"\r\n",
                               "\r\n\r\n",
                               "\n",
                               "\r",
                               " ",
                               "\t",
                               ":",
                               "\0x",
                               "\xff",
                               "Host: a\r\n",
                               "Content-Length: 1\r\n",
                               "Transfer-Encoding: chunked\r\n",
                               "0\r\n\r\n",
                               "ffffffffffffffff\r\n",
                               "HTTP/1.1",
                               "X-Forwarded-For: ",
                               "Forwarded: for=",
                               "10.0.0.2",
                               ", ",
                               ";",
                               "\"",
                               "\\",
                               "http://",
                               "[::]",
                               "chunked, chunked"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string whole = Transcript(input, size == 0 ? 1 : size);
  for (const size_t piece_size : {1, 3, 16}) {
    const std::string pieces = Transcript(input, piece_size);
    if (pieces != whole) {
      std::fprintf(stderr, "input:\n%.*s\nwhole:\n%s\nin pieces of %zu:\n%s\n",
                   static_cast<int>(input.size()), input.data(), whole.c_str(), piece_size,
                   pieces.c_str());
      std::abort();
    }
  }
  return 0;
}

int NanoMain(int argc, char** argv) {
  return nano::fuzz::Drive(argc, argv,
                           {.seeds = {std::begin(kSeeds), std::end(kSeeds)},
                            .tokens = {std::begin(kTokens), std::end(kTokens)}});
}
