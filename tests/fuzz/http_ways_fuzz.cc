// Fuzzes the ways of the HTTP client to its servers: TLS, proxies, tunnels, and TLS within TLS.
// Whatever proxies answer and whatever comes in place of TLS records, every call is told exactly
// one end; nobody is told as the origin's what somebody on the way can have said; and nothing is
// left behind. driver.h says how it is run.
//
// An input is a byte of the way, one of the calls, and the scripts of connections (layered_peer.h).
#include <unistd.h>
#include <uv.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "http/client/pool.h"
#include "http/client/pooled_call.h"
#include "http/client/proxy.h"
#include "http/http1/client_loop.h"
#include "net/tls/client_context.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/layered_peer.h"
#include "tests/fuzz/response_material.h"

namespace {

using namespace nano::fuzz;
namespace http = nano::http;

constexpr int kTurns = 40;       // For servers that still answer.
constexpr int kManyTurns = 500;  // More than anything takes that goes on at all.

const char kGood[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n@@@@";
const char kTunnel[] = "HTTP/1.1 200 Here it is\r\n\r\n";

struct Kind {
  bool tls, proxy, proxy_tls, by_address;

  size_t tunnels() const { return proxy && (tls || by_address) ? 1 : 0; }
  Way ToWay() const {
    std::string good;
    if (proxy_tls) good += kSecure;
    if (tunnels() > 0) good += kHead + std::string(kTunnel);
    if (tls) good += kSecure;
    for (int i = 0; i < 4; ++i) good += kHead + std::string(kGood);
    return {size_t{tls} + size_t{proxy_tls}, tunnels(), good};
  }
};
constexpr Kind kKinds[] = {{true, false, false, false}, {false, true, false, false},
                           {true, true, false, false},  {false, true, true, false},
                           {true, true, true, false},   {false, true, false, true}};

class Call final : public http::Caller {
 public:
  Call(http::Pool& pool, const http::Route& route, size_t body) {
    const std::string text(body, 'b');
    http::CallRequest request;
    request.method = body == 0 ? "GET" : "POST";
    request.authority = "127.0.0.1";
    request.target = "/";
    if (body > 0) request.body_kind = http::CallRequest::Body::kWhole;
    request.body = text;
    call_ = std::make_unique<http::PooledCall>(pool, route, request, *this);
    starting_ = false;
  }

  bool over() const { return call_ == nullptr || told_end_; }
  void GiveUp() { call_.reset(); }

 private:
  static void CheckOrigins(std::string_view text) { NANO_CHECK(text.find('^') == text.npos); }

  void OnHead(const http::CallResponse& response) override {
    NANO_CHECK(!starting_ && !told_end_ && !std::exchange(told_head_, true));
    CheckOrigins(response.headers);
    CheckOrigins(response.status_text);
    call_->Read();
  }
  void OnBody(std::string_view part) override {
    NANO_CHECK(told_head_ && !told_end_ && !part.empty());
    CheckOrigins(part);
    call_->Read();
  }
  void OnEnd() override { NANO_CHECK(told_head_ && !std::exchange(told_end_, true)); }
  void OnFailed(const http::Failure& failure) override {
    NANO_CHECK(!starting_ && !std::exchange(told_end_, true));
    NANO_CHECK(!failure.code.empty() && !failure.message.empty());
    NANO_CHECK(failure.message.find("c2VjcmV0") == std::string::npos);
  }
  void OnDrained() override {}

  std::unique_ptr<http::Call> call_;
  bool starting_ = true, told_head_ = false, told_end_ = false;
};

int LowestFreeDescriptor() {
  const int fd = dup(0);
  close(fd);
  return fd;
}

std::shared_ptr<nano::net::TlsClientContext> Trusting(const std::string& authority) {
  char path[] = "/tmp/nano-fuzz-XXXXXX";
  const int fd = mkstemp(path);
  NANO_CHECK(fd >= 0);
  close(fd);
  std::ofstream(path) << authority;
  auto context = nano::net::TlsClientContext::Make(path);
  unlink(path);
  NANO_CHECK(context.ok());
  return std::move(context).value();
}

class World {
 public:
  World() : tls_(Trusting(peer_.authority())) {
    NANO_CHECK(uv_loop_init(&loop_) == 0);
    client_loop_.emplace(&loop_);
    plain_ = {.tls = false, .host = "127.0.0.1", .port = peer_.port(), .authorization = "c2VjcmV0"};
    secure_ = plain_;
    secure_.tls = true;
  }
  ~World() {
    client_loop_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    NANO_CHECK(uv_loop_close(&loop_) == 0);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void Run(std::string_view input) {
    const auto byte = [&](size_t at) {
      return at < input.size() ? static_cast<unsigned char>(input[at]) : 0;
    };
    const Kind& kind = kKinds[byte(0) % std::size(kKinds)];
    std::vector<std::string> scripts;
    for (size_t at = 2; at < input.size();) {
      const size_t end = std::min(input.find(kNext, at), input.size());
      scripts.emplace_back(input.substr(at, end - at));
      at = end + 1;
    }
    const int descriptor = LowestFreeDescriptor();
    peer_.Begin(kind.ToWay(), std::move(scripts));
    RunCalls(kind, byte(1));
    for (int turn = 0; !peer_.AllClosed(); ++turn) {
      NANO_CHECK(turn < kManyTurns);
      uv_run(&loop_, UV_RUN_NOWAIT);
    }
    NANO_CHECK(LowestFreeDescriptor() == descriptor);
  }

 private:
  // Bits of `what`: how many calls, one after the other or at once; how large their bodies are; and
  // the turn in which the first is given up, if any is.
  void RunCalls(const Kind& kind, unsigned what) {
    http::Pool::Settings settings;
    settings.connections = 2;
    settings.tls = [this] { return nano::Result(tls_); };
    http::Pool pool(*client_loop_, settings);
    const http::Proxy* proxy = !kind.proxy ? nullptr : kind.proxy_tls ? &secure_ : &plain_;
    const http::Route route{kind.tls, "127.0.0.1", proxy == nullptr ? peer_.port() : uint16_t{443},
                            proxy, kind.by_address};
    const size_t count = 1 + what % 4, body = what / 8 % 4 * 30'000;
    const int give_up = what >= 128 ? static_cast<int>(what / 32 % 4) : -1;
    std::deque<Call> calls;
    for (int turn = 0; turn < kTurns; ++turn) {
      const bool next = calls.empty() || (what & 4) != 0 || calls.back().over();
      if (next && calls.size() < count) calls.emplace_back(pool, route, body);
      if (turn == give_up) calls.front().GiveUp();
      peer_.Turn();
      uv_run(&loop_, UV_RUN_NOWAIT);
    }
    peer_.EndAll();
    for (Call& call : calls) {
      for (int turn = 0; !call.over(); ++turn) {
        NANO_CHECK(turn < kManyTurns);
        peer_.Turn();
        uv_run(&loop_, UV_RUN_NOWAIT);
      }
    }
  }

  LayeredPeer peer_;
  const std::shared_ptr<nano::net::TlsClientContext> tls_;
  uv_loop_t loop_;
  std::optional<nano::http1::ClientLoop> client_loop_;
  http::Proxy plain_, secure_;
};

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  const auto add = [&](size_t kind, char calls, const std::string& script) {
    seeds.push_back(std::string{static_cast<char>(kind), calls} + script);
  };
  for (size_t i = 0; i < std::size(kKinds); ++i) {
    const std::string good = kKinds[i].ToWay().good;
    for (const char calls : {'\x00', '\x03', '\x07', '\x1b', '\xa0', '\xc5'}) add(i, calls, good);
    // Something else at each of the steps.
    for (size_t at = 0; at < good.size(); ++at) {
      if (good[at] != kSecure && good[at] != kHead) continue;
      const std::string before = good.substr(0, at), step(1, good[at]), after = good.substr(at + 1);
      for (const std::string& what :
           {std::string{kBreak}, std::string{kShut}, step + kFlip + '\x07', step + kCut + '\x20',
            step + kTwice, step + kSwap + '\x11', step + kNotify, step + step,
            kRaw + std::string("\x15\x03\x03\0\2\2\x28", 7),
            kRaw + std::string("\x16\x03\x03\x40\0@@@@@@", 11),
            kRaw + std::string("\x17\x03\x03\0\4@@@@", 9), step + kRaw + std::string(kGood)}) {
        add(i, '\x01', before + what + after);
      }
    }
    if (kKinds[i].proxy) {
      const std::string start =
          kKinds[i].proxy_tls ? std::string{kSecure, kHead} : std::string{kHead};
      for (const std::string& answer :
           {std::string("HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\n@@"),
            std::string("HTTP/1.1 502 No\r\n\r\n"), std::string("HTTP/1.0 200 OK\r\n\r\n@@"),
            std::string("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n@@@@"),
            std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            std::string("HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 204 None\r\n\r\n"),
            std::string("HTTP/1.1 101 Switched\r\nUpgrade: @\r\nConnection: upgrade\r\n\r\n")}) {
        add(i, '\x01', start + answer + kNext + good);
      }
      for (const std::string& answer : Responses()) add(i, '\x00', start + answer);
    }
  }
  return seeds;
}

std::vector<std::string> Tokens() {
  std::vector<std::string> tokens = ResponseTokens();
  for (int step = 0x81; step <= 0x8c; ++step) tokens.emplace_back(1, static_cast<char>(step));
  for (const char* text : {kGood, kTunnel, "\x16\x03\x01", "\x17\x03\x03", "\x15\x03\x03"}) {
    tokens.emplace_back(text);
  }
  tokens.push_back(std::string{kSecure, kHead} + kGood);
  return tokens;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  world.Run({reinterpret_cast<const char*>(data), size});
  return 0;
}

int NanoMain(int argc, char** argv) {
  return nano::fuzz::Drive(argc, argv, {.seeds = Seeds(), .tokens = Tokens(), .longest = 4000});
}
