// Answers with files: at once, by parts as a client takes them, and for how long those of a version
// that was replaced are there. Nothing is booted.
#include "server/worker/asset_answers.h"

#include <uv.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assets/site_rules.h"
#include "net/file_part.h"
#include "runtime/identity.h"
#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

// A client of nobody, that takes so much of a body before it wants to be asked again.
struct AskedForFiles final : http::ServerExchange {
  void ReadBody(bool) override {}
  void Respond(const http::ResponseHead& head, std::string_view bytes) override {
    status = head.status;
    body = bytes;
    ended = true;
  }
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> all) override {
    status = head.status;
    length = all;
  }
  bool WriteBody(std::string_view part) override {
    body += part;
    largest = std::max(largest, part.size());
    return ++writes % 2 != 0;
  }
  bool TakesFile() const override { return takes_files; }
  bool WriteFile(net::FilePart&& part) override {
    body += part.bytes;
    ++files;
    return false;
  }
  void EndBody() override { ended = true; }
  void Fail() override { failed = true; }
  std::string_view peer() override { return {}; }
  void RespondError(int error, std::string_view) override { status = error; }

  // As the client goes on; returns whether it was asked to.
  bool Drain() {
    if (ended || responder == nullptr) return false;
    responder->OnDrain(*this);
    return true;
  }
  void Leave() { std::exchange(responder, nullptr)->OnAborted(*this); }

  bool takes_files = false;
  std::optional<uint64_t> length;
  std::string body;
  size_t largest = 0;
  int writes = 0;
  int files = 0;
  bool ended = false;
  bool failed = false;
};

std::string Numbered(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ",";
  text.resize(size);
  return text;
}

class Fixture {
 public:
  Fixture() {
    REQUIRE(uv_loop_init(&loop_) == 0);
    answers.emplace(&loop_);
  }
  ~Fixture() {
    answers.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  // A version with these files, beside a page.
  AssetAnswers::Version Make(uint32_t id, std::vector<snapshot::AssetSource> files) {
    files.push_back({.name = "/index.html", .media_type = "text/html", .contents = "page"});
    const std::string pack =
        snapshot::EncodeAssetPack(
            std::move(files),
            assets::EncodeRules({.not_found = config::NotFoundHandling::kSinglePageApplication}))
            .value();
    const std::string path = dist_.root() + "/" + std::to_string(id);
    REQUIRE(snapshot::WriteContainer(path,
                                     {.blob = {}, .source = {}, .source_map = {}, .assets = pack},
                                     runtime::CurrentIdentity())
                .ok());
    auto container = snapshot::Container::Open(path, runtime::CurrentIdentity());
    REQUIRE(container.ok());
    AppVersion version;
    version.id = id;
    version.name = "site";
    version.Use(std::make_shared<const snapshot::Container>(std::move(container).value()));
    REQUIRE(version.files_alone());
    return std::make_shared<const AppVersion>(std::move(version));
  }

  bool Ask(const AssetAnswers::Version& version, AskedForFiles& exchange, std::string_view target,
           std::string_view fields = {}, const AssetAnswers::Version& sibling = nullptr) {
    return answers->Answer(version, sibling, assets::Company::kNobody, exchange,
                           {.method = "GET",
                            .scheme = "http",
                            .authority = "a.test",
                            .target = target,
                            .headers = fields});
  }

  // Until the time that the loop knows has gone on.
  void Wait() { uv_run(&loop_, UV_RUN_ONCE); }
  uint64_t now() const { return uv_now(&loop_); }
  uv_loop_t* loop() { return &loop_; }

  std::optional<AssetAnswers> answers;

 private:
  TestDist dist_;
  uv_loop_t loop_;
};

TEST_CASE("small files are answered at once, large ones by parts", "[assets]") {
  Fixture fixture;
  const std::string large = Numbered(300'000);
  const std::string small = Numbered(60'000);
  const auto version = fixture.Make(1, {{.name = "/large", .media_type = "", .contents = large},
                                        {.name = "/small", .media_type = "", .contents = small}});
  AskedForFiles at_once;
  REQUIRE(fixture.Ask(version, at_once, "/small"));
  CHECK(at_once.ended);
  CHECK((at_once.body == small));
  CHECK(fixture.answers->streams() == 0);

  AskedForFiles slow;
  REQUIRE(fixture.Ask(version, slow, "/large"));
  CHECK(slow.length == large.size());
  CHECK_FALSE(slow.ended);
  CHECK(fixture.answers->streams() == 1);
  while (slow.Drain()) {
  }
  CHECK(slow.ended);
  CHECK((slow.body == large));
  CHECK(slow.largest == 65'536);
  CHECK(fixture.answers->streams() == 0);
}

TEST_CASE("a file that the exchange takes is its own from then on", "[assets]") {
  Fixture fixture;
  const std::string large = Numbered(300'000);
  const auto version = fixture.Make(1, {{.name = "/large", .media_type = "", .contents = large}});
  AskedForFiles exchange;
  exchange.takes_files = true;
  REQUIRE(fixture.Ask(version, exchange, "/large"));
  CHECK(exchange.ended);
  CHECK(exchange.files == 1);
  CHECK((exchange.body == large));
  CHECK(fixture.answers->streams() == 0);

  // Of several parts each waits for the one before.
  AskedForFiles parts;
  parts.takes_files = true;
  REQUIRE(fixture.Ask(version, parts, "/large", "range\nbytes=0-99999,200000-299999\n"));
  CHECK(parts.files == 1);
  CHECK_FALSE(parts.ended);
  while (parts.Drain()) {
  }
  CHECK(parts.ended);
  CHECK(parts.files == 2);
  CHECK(parts.length == parts.body.size());
  CHECK(fixture.answers->streams() == 0);
}

TEST_CASE("a client that leaves is let go, and its version with it", "[assets]") {
  Fixture fixture;
  const std::string large = Numbered(300'000);
  auto version = fixture.Make(1, {{.name = "/large", .media_type = "", .contents = large}});
  const std::weak_ptr<const AppVersion> watched = version;
  AskedForFiles exchange;
  REQUIRE(fixture.Ask(version, exchange, "/large"));
  version.reset();
  CHECK_FALSE(watched.expired());
  exchange.Leave();
  CHECK(fixture.answers->streams() == 0);
  CHECK(watched.expired());
}

TEST_CASE("files of a version that was replaced are there for a while", "[assets]") {
  Fixture fixture;
  auto before =
      fixture.Make(1, {{.name = "/a.js", .media_type = "text/javascript", .contents = "old"}});
  const auto now = fixture.Make(2, {});
  const std::weak_ptr<const AppVersion> watched = before;
  const auto ask = [&] {
    AskedForFiles exchange;
    REQUIRE(fixture.Ask(now, exchange, "/a.js"));
    return exchange.body;
  };
  CHECK(ask() == "page");
  fixture.answers->replaced().Keep(before, std::chrono::milliseconds(0));
  CHECK(ask() == "page");
  fixture.answers->replaced().Keep(before, std::chrono::milliseconds(50));
  const uint64_t until = fixture.now() + 50;
  CHECK(ask() == "old");
  before.reset();
  net::Timer alive(fixture.loop(), [] {});
  alive.Start(1, 1);
  while (!watched.expired() && fixture.now() < until + 10'000) fixture.Wait();
  CHECK(watched.expired());
  CHECK(fixture.now() >= until);
  CHECK(ask() == "page");
}

TEST_CASE("an app's other version has files for its pages", "[assets]") {
  Fixture fixture;
  const auto canary =
      fixture.Make(1, {{.name = "/a.js", .media_type = "text/javascript", .contents = "new"}});
  const auto version = fixture.Make(2, {});
  AskedForFiles exchange;
  REQUIRE(fixture.Ask(version, exchange, "/a.js", {}, canary));
  CHECK(exchange.body == "new");
}

}  // namespace
}  // namespace nano::server
