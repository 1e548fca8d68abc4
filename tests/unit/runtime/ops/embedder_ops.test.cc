// Tests of what an app logs, and of what it may have at most.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {
namespace {

using Catch::Matchers::Contains;
using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

// Tells lines that came by their beginning from others, and what was denied.
class Recorder final : private LogPort, private StopPort {
 public:
  operator Embedder() { return {.log = this, .stops = this}; }  // NOLINT: implicit by design

  struct Line {
    std::string text;
    size_t missing;
  };
  std::vector<Line> lines;
  struct Denied {
    Denial::Of of;
    uint64_t limit;
    const http::Exchange* exchange;
  };
  std::vector<Denied> denied;

 private:
  void Log(LogLevel, std::string_view text, const LogOrigin&) override {
    lines.push_back({std::string(text), 0});
  }
  void LogBeginning(LogLevel, std::string_view text, size_t missing, const LogOrigin&) override {
    lines.push_back({std::string(text), missing});
  }
  void OnDenied(const Denial& denial, http::Exchange* exchange) override {
    denied.push_back({denial.of, denial.limit, exchange});
  }
};

TEST_CASE("of a text that is logged, no more is copied than anybody shows") {
  TestApp app(R"(
    const sent = { "/short": "x".repeat(65536), "/long": "x".repeat(2 ** 28), "/accents": "\u00e9".repeat(70000),
      "/pair": "x".repeat(65535) + "\u{1F600}yz", "/half": "x".repeat(65536) + "\uD83D" };
    async function fetch(request) {
      const { pathname } = new URL(request.url);
      console.log(sent[pathname]);
      return new Response("ok");
    })");
  Recorder recorder;
  const auto isolate = app.Boot(recorder);
  const auto logged = [&](std::string_view path) {
    recorder.lines.clear();
    CHECK(Get(*isolate, path)->status == 200);
    REQUIRE(recorder.lines.size() == 1);
    return std::move(recorder.lines[0]);
  };
  CHECK(logged("/short").missing == 0);
  const uint64_t before = isolate->usage().heap_bytes;
  const Recorder::Line line = logged("/long");
  CHECK(line.text == std::string(65536, 'x'));
  CHECK(line.missing == (size_t{1} << 28) - 65536);
  // V8 has it in pieces, and was not asked to put them together.
  CHECK(isolate->usage().heap_bytes < before + (size_t{16} << 20));
  const Recorder::Line accents = logged("/accents");
  CHECK(accents.text.size() == 2 * 65536);
  CHECK(accents.missing == 70000 - 65536);
  const Recorder::Line pair = logged("/pair");
  CHECK(pair.text == std::string(65535, 'x'));
  CHECK(pair.missing == 4);
  CHECK(logged("/half").missing == 1);
}

TEST_CASE("who knows no beginnings gets a line that says so") {
  TestApp app(R"(
    async function fetch() { console.log("x".repeat(70000)); return new Response("ok"); })");
  TestEmbedder embedder;
  const auto isolate = app.Boot(embedder);
  CHECK(Get(*isolate)->status == 200);
  CHECK(embedder.log == std::string(65536, 'x') + " … (at least 4464 more bytes)\n");
}

constexpr char kTimers[] = R"(
    let ids = [];
    async function fetch(request) {
      const { pathname } = new URL(request.url);
      try {
        if (pathname === "/interval") ids.push(setInterval(() => {}, 1000));
        else if (pathname === "/signal") AbortSignal.timeout(1000);
        else if (pathname === "/clear") { clearTimeout(ids.pop()); return new Response("cleared"); }
        else ids.push(setTimeout(() => {}, 1000));
        return new Response(String(ids.length));
      } catch (error) {
        return new Response(`${error.constructor.name} ${error.name} ${error.quota} ${error.requested}`);
      }
    })";

TEST_CASE("timers that wait at once are bounded") {
  TestApp app(kTimers);
  Recorder recorder;
  const auto isolate = app.Boot(recorder, {.timers = 2});
  CHECK(Get(*isolate)->body == "1");
  CHECK(Get(*isolate, "/interval")->body == "2");
  for (const char* path : {"/", "/interval", "/signal"}) {
    CHECK(Get(*isolate, path)->body == "QuotaExceededError QuotaExceededError 2 3");
  }
  REQUIRE(recorder.denied.size() == 3);
  for (const Recorder::Denied& denied : recorder.denied) {
    CHECK(denied.of == Denial::Of::kTimer);
    CHECK(denied.limit == 2);
    CHECK(denied.exchange != nullptr);
  }
  // A timer that is cleared is none.
  CHECK(Get(*isolate, "/clear")->body == "cleared");
  CHECK(Get(*isolate)->body == "2");
  CHECK(recorder.denied.size() == 3);
}

TEST_CASE("without a limit, and while an app is built, timers are not counted") {
  TestApp app(std::string("for (let i = 0; i < 10; i++) setTimeout(() => {}, 1e6);") + kTimers);
  Recorder recorder;
  const auto unbounded = app.Boot(recorder);
  CHECK(Get(*unbounded)->body == "1");
  // Those of the build are waited for, too.
  const auto bounded = app.Boot(recorder, {.timers = 10});
  CHECK_THAT(Get(*bounded)->body, Contains("QuotaExceededError"));
}

}  // namespace
}  // namespace nano::runtime
