// match(), put() and delete() as calls: over the messages to a store, by a way that answers in the
// loop's next turn.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/fields.h"
#include "server/cache/cache_call.h"
#include "storage/cache/desk.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

constexpr cache::Bounds kBounds{.total = 32 << 20, .app = 32 << 20, .entry = 4 << 20};

// A store in this process.
class Way final : public CacheStoreWay {
 public:
  Way(net::Later& later, const std::string& path, size_t front_bytes = 0)
      : later_(later), front_(epochs, front_bytes) {
    auto store = cache::Store::Open(path, kBounds, time(nullptr));
    REQUIRE(store.ok());
    desk.emplace(std::move(store).value(), &epochs, 1);
  }

  uint32_t Ask(std::string message, Done done) override {
    const uint32_t call = ++last_;
    ++asked;
    waiting_.emplace(call, std::move(done));
    later_.Post([this, call, message = std::move(message)] {
      std::string answer;
      if (desk) answer = desk->Answer("app", message, time(nullptr)).value();
      const auto found = waiting_.find(call);
      if (found == waiting_.end()) return;
      const Done done = std::move(found->second);
      waiting_.erase(found);
      done(answer);
    });
    return call;
  }
  void Forget(uint32_t call) override { waiting_.erase(call); }
  CacheFront& front() override { return front_; }
  const std::string& app() const override { return app_; }

  cache::Epochs epochs;
  std::optional<cache::Desk> desk;  // None: the store has ended.
  size_t asked = 0;

 private:
  net::Later& later_;
  CacheFront front_;
  const std::string app_ = "app";
  uint32_t last_ = 0;
  std::map<uint32_t, Done> waiting_;
};

class World {
 public:
  explicit World(size_t front_bytes = 0) {
    REQUIRE(uv_loop_init(&loop) == 0);
    later.emplace(&loop);
    way.emplace(*later, folder.path(), front_bytes);
  }
  ~World() {
    way.reset();
    later.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }
  void Run() { uv_run(&loop, UV_RUN_DEFAULT); }

  const test::TemporaryDirectory folder;
  uv_loop_t loop{};
  std::optional<net::Later> later;
  std::optional<Way> way;
  AppCounters counters{};
};

// Who makes a call, and takes all that comes of it.
class Taker final : public http::Caller {
 public:
  void Start(World& world, const http::CallRequest& request, bool with_store = true) {
    call = StartCacheCall(with_store ? &*world.way : nullptr, *world.later, world.counters, request,
                          *this);
    began = true;
  }

  void OnHead(const http::CallResponse& response) override {
    CHECK(began);  // Nothing is told before the call was handed over.
    status = response.status;
    status_text = response.status_text;
    fields = response.headers;
    coded = response.coded;
    if (reads && response.has_body && response.length != 0) call->Read();
  }
  void OnBody(std::string_view part) override {
    body += part;
    ++parts;
    if (stops_after != 0 && parts == stops_after) return;
    if (call->AtEnd()) {
      ended = true;
    } else {
      call->Read();
    }
  }
  void OnEnd() override { ended = true; }
  void OnFailed(const http::Failure& failure) override { failed = failure.code; }
  void OnDrained() override { drained = true; }

  std::optional<std::string_view> Field(std::string_view name) const {
    return http::FieldValue(fields, name);
  }

  std::unique_ptr<http::Call> call;
  bool began = false, reads = true, coded = false, ended = false, drained = false;
  size_t parts = 0, stops_after = 0;
  int status = -1;
  std::string status_text, fields, body, failed;
};

http::CallRequest Request(std::string_view method, std::string_view headers = {}) {
  return {
      .scheme = "http", .authority = "h", .method = method, .target = "/x?y", .headers = headers};
}

constexpr std::string_view kHead = ":status: 200 Fine\r\ncache-control: max-age=60\r\n";

int PutWhole(World& world, std::string_view body, std::string_view head = kHead) {
  Taker taker;
  http::CallRequest request = Request("PUT", head);
  request.body_kind = http::CallRequest::Body::kWhole;
  request.body = body;
  taker.Start(world, request);
  world.Run();
  return taker.status;
}

std::unique_ptr<Taker> Match(World& world, std::string_view headers = {}) {
  auto taker = std::make_unique<Taker>();
  taker->Start(world, Request("GET", headers));
  world.Run();
  return taker;
}

std::string Letters(size_t size) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST_CASE("what is put is matched, whole, in part, or not modified", "[cache]") {
  World world;
  CHECK(Match(world)->status == 0);
  for (const size_t size :
       {size_t{0}, size_t{5}, size_t{65'536}, size_t{65'537}, size_t{300'000}}) {
    CAPTURE(size);
    const std::string body = Letters(size);
    REQUIRE(PutWhole(world, body,
                     ":status: 200 Fine\r\n:length: " + std::to_string(size) +
                         "\r\netag: \"e\"\r\ncontent-encoding: gzip\r\n") == 204);
    const auto whole = Match(world);
    CHECK(whole->status == 200);
    CHECK(whole->status_text == "Fine");
    CHECK(whole->coded);
    CHECK(whole->body == body);
    CHECK((whole->ended || size == 0));
    CHECK(whole->Field("etag") == "\"e\"");
    CHECK(whole->Field("cf-cache-status") == "HIT");
    CHECK(whole->Field("content-length") == std::to_string(size));
    CHECK(Match(world, "if-none-match: \"e\"\r\n")->status == 304);
    if (size < 5) continue;
    const auto part = Match(world, "range: bytes=2-\r\n");
    CHECK(part->status == 206);
    CHECK(part->body == body.substr(2));
    const auto few = Match(world, "range: bytes=" + std::to_string(size - 3) + "-\r\n");
    CHECK(few->body == body.substr(size - 3));
    CHECK(Match(world, "range: bytes=" + std::to_string(size) + "-\r\n")->status == 416);
  }
  world.Run();
  CHECK(world.way->desk->open() == 0);
  CHECK(world.counters.cache_stored.value() == 5);
  CHECK(world.counters.cache_misses.value() == 1);
}

TEST_CASE("what is short is asked of the store once, until it changes", "[cache]") {
  World world(1 << 20);
  REQUIRE(PutWhole(world, "0123456789",
                   ":status: 203 Fine\r\n:length: 10\r\n"
                   "cache-control: max-age=60\r\netag: \"e\"\r\n") == 204);
  REQUIRE(Match(world)->body == "0123456789");
  const size_t asked = world.way->asked;
  for (int i = 0; i < 3; ++i) {
    const auto copy = Match(world);
    CHECK(copy->status == 203);
    CHECK(copy->status_text == "Fine");
    CHECK(copy->body == "0123456789");
    CHECK(copy->Field("etag") == "\"e\"");
    CHECK(copy->ended);
  }
  CHECK(world.way->asked == asked);
  CHECK(world.counters.cache_hits.value() == 4);
  // Of another worker's doing, too.
  const std::string key = cache::KeyText("", "http://h/x?y");
  SECTION("deleted") {
    REQUIRE(world.way->desk
                ->Answer("app", cache::Encode({.operation = cache::Operation::kDelete, .key = key}),
                         time(nullptr))
                .ok());
    CHECK(Match(world)->status == 0);
  }
  SECTION("put anew") {
    REQUIRE(PutWhole(world, "other") == 204);
    CHECK(Match(world)->body == "other");
    CHECK(Match(world, "range: bytes=1-2\r\n")->body == "th");
    CHECK(Match(world, "if-none-match: \"e\"\r\n")->status == 200);
  }
  SECTION("given up before it was told") {
    Taker taker;
    taker.Start(world, Request("GET"));
    taker.call.reset();
    world.Run();
    CHECK(taker.status == -1);
  }
}

TEST_CASE("what must not be kept is not, and nobody is asked", "[cache]") {
  World world;
  const size_t before = world.way->asked;
  CHECK(PutWhole(world, "x", ":status: 200 OK\r\ncache-control: no-store\r\n") == 413);
  CHECK(PutWhole(world, "x", ":status: 200 OK\r\nset-cookie: a=1\r\n") == 413);
  CHECK(PutWhole(world, "x", ":status: 500 OK\r\n") == 413);
  CHECK(PutWhole(world, "x", ":status: 200 OK\r\n:authorized: 1\r\n") == 413);
  // It was cut.
  CHECK(PutWhole(world, "x", ":status: 200 OK\r\n:length: 2\r\n") == 413);
  CHECK(world.way->asked == before);
  CHECK(Match(world)->status == 0);
  CHECK(PutWhole(world, "x",
                 ":status: 200 OK\r\ncache-control: private=Set-Cookie\r\nset-cookie: a=1\r\n") ==
        204);
  CHECK_FALSE(Match(world)->Field("set-cookie").has_value());
}

TEST_CASE("caches of other names are others", "[cache]") {
  World world;
  REQUIRE(PutWhole(world, "default") == 204);
  Taker named;
  http::CallRequest request = Request("GET");
  request.aim = std::make_shared<http::ServiceAim>(http::ServiceAim{"=name", "", ""});
  named.Start(world, request);
  world.Run();
  CHECK(named.status == 0);
}

TEST_CASE("a stream is taken part for part, and its source waits", "[cache]") {
  World world;
  const std::string body = Letters(900'000);
  Taker taker;
  http::CallRequest request = Request("PUT", kHead);
  request.body_kind = http::CallRequest::Body::kStream;
  taker.Start(world, request);
  REQUIRE(taker.call->Ready());
  size_t waits = 0;
  for (size_t at = 0; at < body.size(); at += 50'000) {
    if (taker.call->Write(std::string_view(body).substr(at, 50'000))) continue;
    ++waits;
    taker.drained = false;
    world.Run();
    REQUIRE(taker.drained);
  }
  CHECK(waits > 0);
  taker.call->EndRequest();
  world.Run();
  CHECK(taker.status == 204);
  const auto found = Match(world);
  CHECK(found->body == body);
  CHECK(found->parts == 14);
  CHECK(world.way->desk->open() == 1);  // Until who reads it has let go of it.
}

TEST_CASE("a short stream is one message", "[cache]") {
  World world;
  Taker taker;
  http::CallRequest request = Request("PUT", kHead);
  request.body_kind = http::CallRequest::Body::kStream;
  taker.Start(world, request);
  CHECK(taker.call->Write("ab"));
  world.Run();
  CHECK(world.way->asked == 0);
  CHECK(taker.call->Write("cd"));
  taker.call->EndRequest();
  world.Run();
  CHECK(world.way->asked == 1);
  CHECK(Match(world)->body == "abcd");
}

TEST_CASE("what is given up leaves nothing", "[cache]") {
  World world;
  {
    Taker taker;
    http::CallRequest request = Request("PUT", kHead);
    request.body_kind = http::CallRequest::Body::kStream;
    taker.Start(world, request);
    taker.call->Write(Letters(200'000));
    world.Run();
    CHECK(world.way->desk->open() == 1);
  }
  world.Run();
  CHECK(world.way->desk->open() == 0);
  CHECK(Match(world)->status == 0);
  REQUIRE(PutWhole(world, Letters(200'000)) == 204);
  {
    Taker reader;
    reader.stops_after = 1;
    reader.Start(world, Request("GET"));
    world.Run();
    CHECK(reader.parts == 1);
    CHECK(world.way->desk->open() == 1);
  }
  world.Run();
  CHECK(world.way->desk->open() == 0);
}

TEST_CASE("a call may be given up before its answer has come", "[cache]") {
  World world;
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    Taker taker;
    taker.Start(world, Request(method, kHead));
    taker.call.reset();
    world.Run();
    CHECK(taker.status == -1);
  }
}

TEST_CASE("too large a body is refused while it comes", "[cache]") {
  World world;
  Taker taker;
  http::CallRequest request = Request("PUT", kHead);
  request.body_kind = http::CallRequest::Body::kStream;
  taker.Start(world, request);
  const std::string part = Letters(100'000);
  for (int i = 0; i < 60 && taker.status == -1; ++i) {
    taker.call->Write(part);
    world.Run();
  }
  CHECK(taker.status == 413);
  CHECK(Match(world)->status == 0);
}

TEST_CASE("without a store nothing is found, and nothing kept", "[cache]") {
  World world;
  for (const auto& [method, status] :
       std::vector<std::pair<const char*, int>>{{"GET", 0}, {"PUT", 413}, {"DELETE", 404}}) {
    Taker taker;
    taker.Start(world, Request(method, kHead), /*with_store=*/false);
    world.Run();
    CHECK(taker.status == status);
  }
}

TEST_CASE("a store that ends is one that has nothing; what is read of it breaks off", "[cache]") {
  World world;
  REQUIRE(PutWhole(world, Letters(200'000)) == 204);
  Taker reader;
  reader.stops_after = 1;
  reader.Start(world, Request("GET"));
  world.Run();
  world.way->desk.reset();
  reader.stops_after = 0;
  reader.call->Read();
  world.Run();
  CHECK(reader.failed == "ERR_CACHE_BODY");
  CHECK_FALSE(reader.ended);
  CHECK(Match(world)->status == 0);
  CHECK(PutWhole(world, "x") == 413);
  Taker remover;
  remover.Start(world, Request("DELETE"));
  world.Run();
  CHECK(remover.status == 404);
}

TEST_CASE("delete says whether there was one", "[cache]") {
  World world;
  REQUIRE(PutWhole(world, "x") == 204);
  for (const int status : {200, 404}) {
    Taker taker;
    taker.Start(world, Request("DELETE"));
    world.Run();
    CHECK(taker.status == status);
  }
  CHECK(Match(world)->status == 0);
}

}  // namespace
}  // namespace nano::server
