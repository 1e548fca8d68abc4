// Promises that work on other threads settles: crypto.subtle's, seen from the embedder of an
// isolate.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "runtime/native/jobs/job_pool.h"
#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime::testing {
namespace {

using Catch::Matchers::Contains;

constexpr auto kPatience = std::chrono::seconds(30);

// Waits for wake-ups, as an event loop does.
class WaitingEmbedder final : private WakePort, private LogPort {
 public:
  operator Embedder() { return {.wake = this, .log = this}; }  // NOLINT: implicit by design

  void Wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void Log(LogLevel, std::string_view text, const LogOrigin&) override { log.append(text) += '\n'; }

  // False if no wake-up came.
  bool WaitForWake() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return std::exchange(woken_, false); });
  }

  std::string log;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// Work that is too large to be done at once.
constexpr char kSlowApp[] = R"(
  const text = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16)).join("");
  async function derive(iterations) {
    const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false,
                                              ["deriveBits"]);
    const salt = new Uint8Array(8);
    return text(await crypto.subtle.deriveBits(
        { name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 64));
  }
  async function fetch(request) {
    const iterations = Number(request.url.split("?")[1]);
    return new Response(await derive(iterations));
  }
)";

}  // namespace

TEST_CASE("an op's work on another thread settles its promise when the embedder runs tasks") {
  TestApp built(kSlowApp);
  WaitingEmbedder embedder;
  const auto app = built.Boot(embedder);
  const auto exchange = Get(*app, "/?20000");
  CHECK_FALSE(exchange->ended);
  CHECK(app->pending() == 2);  // The request, and the work.
  while (!exchange->ended) {
    REQUIRE(embedder.WaitForWake());
    app->RunTasks();
  }
  CHECK(exchange->status == 200);
  CHECK(exchange->body.size() > 8);
  CHECK(app->pending() == 0);
  CHECK(embedder.log.empty());
}

TEST_CASE("each of many promises gets the result of its own work") {
  TestApp built(R"(
    const { subtle } = crypto;
    async function fetch() {
      const parts = [];
      for (let i = 0; i < 40; i++) parts.push(new Uint8Array(300_000).fill(i));
      const digests = await Promise.all(parts.map((part) => subtle.digest("SHA-256", part)));
      const again = await Promise.all(parts.map((part) => subtle.digest("SHA-256", part)));
      const same = digests.every((digest, i) => {
        const a = new Uint8Array(digest), b = new Uint8Array(again[i]);
        return a.length === 32 && a.every((byte, j) => byte === b[j]);
      });
      const first = new Set(digests.map((digest) => new Uint32Array(digest)[0]));
      return new Response(`${same} ${first.size}`);
    }
  )");
  WaitingEmbedder embedder;
  const auto app = built.Boot(embedder);
  const auto exchange = Get(*app);
  while (!exchange->ended) {
    REQUIRE(embedder.WaitForWake());
    app->RunTasks();
  }
  CHECK(exchange->body == "true 40");
}

TEST_CASE("an isolate can be disposed of while its work runs on other threads") {
  TestApp built(kSlowApp);
  WaitingEmbedder embedder;
  for (int i = 0; i < 20; ++i) {
    auto app = built.Boot(embedder);
    TestExchange exchanges[8];
    for (TestExchange& exchange : exchanges) {
      app->Dispatch(exchange, {.method = "GET",
                               .scheme = "http",
                               .authority = "app.test",
                               .target = "/?30000",
                               .headers = "host\napp.test\n"});
    }
    CHECK(app->pending() == 16);
    // Sooner and later than the first results.
    if (i % 2 == 1) (void)embedder.WaitForWake();
    app.reset();
    for (const TestExchange& exchange : exchanges) CHECK(exchange.failed);
  }
}

TEST_CASE("work whose client is gone is done, after that of those who wait") {
  // As many as there are threads for one app have begun.
  TestApp built(R"(
    const order = [];
    let shared;
    async function work(name) {
      const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false,
                                                ["deriveBits"]);
      const one = () => crypto.subtle.deriveBits(
          { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(8), iterations: 60000 }, key, 64);
      if (name === "/here") {
        await one();
        order.push("here");
        return;
      }
      const all = Array.from({ length: 50 }, () => one().then(() => order.push("done"),
                                                    (reason) => order.push(reason.name)));
      shared = one();
      await Promise.all(all);
      order.push("went on");
    }
    async function fetch(request, env, ctx) {
      const { pathname } = new URL(request.url);
      if (pathname === "/report") return Response.json(order);
      if (pathname === "/shared") return new Response((await shared).byteLength);
      if (pathname === "/kept") ctx.waitUntil(work(pathname));
      else await work(pathname);
      return pathname === "/here" ? new Response("here") : new Promise(() => {});
    }
  )");
  WaitingEmbedder embedder;
  const auto app = built.Boot(embedder);
  const bool kept = GENERATE(false, true);
  CAPTURE(kept);
  const auto gone = Get(*app, kept ? "/kept" : "/gone");
  CHECK(app->pending() > 50);
  app->OnAborted(*gone);
  const auto shares = Get(*app, "/shared");
  const auto waits = Get(*app, "/here");
  CHECK_FALSE(shares->ended);
  while (app->pending() != 0) {
    REQUIRE(embedder.WaitForWake());
    app->RunTasks();
  }
  // What promises share is there for those who have not gone.
  CHECK(shares->body == "8");
  CHECK(waits->body == "here");
  const std::string report = Get(*app, "/report")->body;
  CAPTURE(report);
  CHECK_THAT(report, !Contains("AbortError"));
  CHECK_THAT(report, Contains("went on"));
  const std::string before = report.substr(0, report.find("here"));
  const auto done = std::count(before.begin(), before.end(), 'd');
  CHECK((kept ? done > 40 : done < 30));
  CHECK(embedder.log.empty());
}

TEST_CASE("work that waits does not pile up copies of an app's data") {
  TestApp built(R"(
    const data = new Uint8Array(10 << 20);
    async function fetch() {
      const all = [];
      for (let i = 0; i < 40; i++) all.push(crypto.subtle.digest("SHA-1", data));
      return new Response(String((await Promise.all(all)).length));
    }
  )");
  WaitingEmbedder embedder;
  const auto app = built.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK_FALSE(exchange->ended);
  CHECK(app->pending() == 1 + 6);  // 64 MB are copied; the other digests were computed at once.
  while (!exchange->ended) {
    REQUIRE(embedder.WaitForWake());
    app->RunTasks();
  }
  CHECK(exchange->body == "40");
}

TEST_CASE("a key that a warm-up request made is the same when the app runs") {
  TestApp built(R"(
    const { subtle } = crypto;
    const data = new Uint8Array(100);
    let made;
    async function make() {
      const key = await subtle.generateKey({ name: "HMAC", hash: "SHA-512" }, true, ["sign"]);
      const aes = { name: "AES-CBC", length: 256 };
      return { key, mac: await subtle.sign("HMAC", key, data),
               aes: await subtle.generateKey(aes, true, ["encrypt"]) };
    }
    const text = (buffer) => new Uint8Array(buffer).join();
    async function fetch(request) {
      made ??= { ...(await make()), at: request.url };
      const same = text(await subtle.sign("HMAC", made.key, data)) === text(made.mac);
      const raw = await subtle.exportKey("raw", made.aes);
      return new Response(`${same} ${raw.byteLength} ${made.at}`);
    }
  )",
                {{.target = "/warmup"}});
  TestEmbedder embedder;
  const auto app = built.Boot(embedder);
  const auto exchange = Get(*app);
  CHECK(exchange->body == "true 32 http://localhost/warmup");
}

TEST_CASE("while a snapshot is built all work is done at once, on the builder's thread") {
  const size_t threads = JobThreads();
  TestApp built(std::string(kSlowApp) + R"(
    const derived = await derive(20000);
    const digest = text(await crypto.subtle.digest("SHA-256", new Uint8Array(1 << 20)));
    fetch = () => new Response(derived.length > 8 && digest);
  )");
  CHECK(JobThreads() <= threads);
  WaitingEmbedder embedder;
  const auto app = built.Boot(embedder);
  const auto exchange = Get(*app);
  REQUIRE(exchange->ended);
  CHECK(exchange->body.size() > 50);
}

}  // namespace nano::runtime::testing
