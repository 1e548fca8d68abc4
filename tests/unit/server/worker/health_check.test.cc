// Tests of a health check: what counts as healthy, and what is said of what does not.
#include "server/worker/health_check.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using namespace testing;

constexpr char kApp[] = R"js(
  function fetch(request) {
    const { pathname, host } = new URL(request.url);
    const agent = request.headers.get("user-agent");
    if (pathname === "/asked") {
      return new Response(`${request.method} ${host} ${agent}`, { status: 500 });
    }
    if (pathname === "/throws") throw new Error("not today");
    if (pathname === "/never") return new Promise(() => {});
    if (pathname === "/stream") {
      return new Response(new ReadableStream({
        start(controller) {
          for (let i = 0; i < 50; i++) controller.enqueue(new TextEncoder().encode("0123456789"));
          controller.close();
        },
      }), { status: 503 });
    }
    if (pathname === "/endless") return new Response(new ReadableStream({}));
    return new Response(null, { status: Number(pathname.slice(1)) });
  })js";

const BuiltApp& App() {
  static const BuiltApp app(kApp);
  return app;
}

// One check, from its beginning to its end.
struct Check {
  explicit Check(const std::string& path, int timeout_ms = 10'000) {
    slot = fixture.Slot(App(), {}, [&](AppVersion& version) {
      version.deployment.health = path;
      version.deployment.health_timeout = std::chrono::milliseconds(timeout_ms);
    });
    Begin();
  }
  void Begin() {
    check.emplace(&fixture.loop, *slot, "health.test", [this](const Result<void>& result) {
      ++calls;
      healthy = result.ok();
      if (!healthy) message = result.error().message;
    });
  }
  void End() {
    CHECK(calls == 0);  // Not before the loop turns.
    REQUIRE(fixture.Until([this] { return calls != 0; }));
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    CHECK(calls == 1);
  }

  SlotFixture fixture;
  std::unique_ptr<AppSlot> slot;
  std::optional<HealthCheck> check;
  int calls = 0;
  bool healthy = false;
  std::string message;
};

TEST_CASE("an app that answers is healthy, unless it says that it is not", "[health]") {
  for (const int status : {200, 204, 302, 399, 400, 404, 503}) {
    CAPTURE(status);
    Check check("/" + std::to_string(status));
    check.End();
    CHECK(check.healthy == (status < 400));
    if (!check.healthy) {
      const std::string text = std::to_string(status);
      CHECK(check.message == "GET /" + text + " was answered with " + text);
    }
  }
}

TEST_CASE("a health check is a GET to the app's host, and says who asks", "[health]") {
  Check check("/asked");
  check.End();
  CHECK(check.message == "GET /asked was answered with 500: GET health.test nano-health-check");
}

TEST_CASE("of a long answer the beginning is told", "[health]") {
  Check check("/stream");
  check.End();
  std::string begin;
  for (int i = 0; i < 20; ++i) begin += "0123456789";
  CHECK(check.message == "GET /stream was answered with 503: " + begin);
}

TEST_CASE("an app that throws is not healthy", "[health]") {
  Check check("/throws");
  check.End();
  CHECK_FALSE(check.healthy);
  CHECK(check.message.starts_with("GET /throws "));
  CHECK(check.fixture.LogText().find("not today") != std::string::npos);
}

TEST_CASE("an app has health_timeout for its whole answer, and is left in peace then", "[health]") {
  for (const char* path : {"/never", "/endless"}) {
    Check check(path, 20);
    check.End();
    CHECK(check.message == "GET " + std::string(path) + " was not answered within 20 ms");
    CHECK(check.slot->pending() == 0);
  }
}

TEST_CASE("a health check may end before its answer", "[health]") {
  Check check("/never");
  SECTION("that has been asked for") {
    REQUIRE(check.fixture.Until([&] { return check.slot->pending() == 1; }));
  }
  SECTION("that has not been asked for") {}
  check.check.reset();
  uv_run(&check.fixture.loop, UV_RUN_NOWAIT);
  CHECK(check.calls == 0);
  CHECK(check.slot->pending() == 0);
}

TEST_CASE("a health check that has ended is no request under way any more", "[health]") {
  const auto counted = [](Check& check, Ended ended) {
    const AppCounters& counters = check.fixture.metrics.At(0, check.slot->version().name);
    CHECK(counters.in_flight.value() == 0);
    CHECK(counters.requests[static_cast<size_t>(ended)].value() == 1);
    check.check.reset();
    CHECK(counters.in_flight.value() == 0);
    CHECK(counters.requests[static_cast<size_t>(ended)].value() == 1);
    CHECK(check.fixture.metrics.EndRow(0, {}) == 0);
  };
  for (const auto& [path, ended] :
       {std::pair("/200", Ended::k2xx), std::pair("/404", Ended::k4xx),
        std::pair("/stream", Ended::k5xx), std::pair("/throws", Ended::k5xx)}) {
    CAPTURE(path);
    Check check(path);
    check.End();
    counted(check, ended);
  }
  for (const char* path : {"/never", "/endless"}) {
    CAPTURE(path);
    Check late(path, 20);
    late.End();
    counted(late, Ended::kAborted);
  }
  Check left("/never");
  uv_run(&left.fixture.loop, UV_RUN_NOWAIT);
  left.check.reset();
  counted(left, Ended::kAborted);
}

TEST_CASE("a version that cannot be served is not healthy", "[health]") {
  Check check("/200");
  check.check.reset();
  check.slot = check.fixture.Slot(App(), {}, [](AppVersion& version) {
    version.deployment.health = "/200";
    version.refusal = "the snapshot is damaged";
  });
  check.Begin();
  check.End();
  CHECK_FALSE(check.healthy);
}

}  // namespace
}  // namespace nano::server
