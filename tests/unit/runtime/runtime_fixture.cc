// The fixture's engine, bundles and exchanges.
#include "tests/unit/runtime/runtime_fixture.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <thread>

#include "runtime/process.h"
#include "runtime/watchdog.h"

namespace nano::runtime::testing {

const std::string& BaseSnapshot() {
  static const std::string base = [] {
    InitializeProcess({});
    auto blob = BuildBaseSnapshot();
    INFO((blob.ok() ? "" : blob.error().ToString()));
    REQUIRE(blob.ok());
    return std::move(blob).value();
  }();
  return base;
}

std::string BundleOf(std::string_view body) {
  return "(async () => { 'use strict'; " + std::string(body) +
         "\nreturn { default: { fetch } }; })()";
}

void WatchOnce() {
  static std::once_flag once;
  std::call_once(once, [] { StartWatchdog(); });
}

std::variant<AppSnapshot, ScriptFailure> TryBuild(const std::string& bundle,
                                                  std::vector<SampleRequest> warmup) {
  AppBuild build;
  build.base_blob = BaseSnapshot();
  build.source = bundle;
  build.script_name = "app.js";
  build.warmup = std::move(warmup);
  return BuildAppSnapshot(build);
}

TestApp::TestApp(std::string_view body, std::vector<SampleRequest> warmup)
    : bundle_(BundleOf(body)) {
  auto built = TryBuild(bundle_, std::move(warmup));
  if (const auto* failure = std::get_if<ScriptFailure>(&built)) {
    FAIL(failure->message + "\n" + failure->stack);
  }
  snapshot_ = std::get<AppSnapshot>(std::move(built));
  for (const WarmupOutcome& outcome : snapshot_.warmup) {
    INFO(outcome.problem);
    REQUIRE(outcome.status != 0);
  }
  image_ = {.name = "test", .blob = snapshot_.blob, .source = bundle_, .source_map = {}};
}

std::unique_ptr<AppIsolate> TestApp::Boot(const Embedder& embedder, const Limits& limits,
                                          std::vector<std::pair<std::string, std::string>> env,
                                          std::vector<std::string> services) {
  auto app = TryBoot(embedder, limits, std::move(env), std::move(services));
  INFO((app.ok() ? "" : app.error().ToString()));
  REQUIRE(app.ok());
  return std::move(app).value();
}

Result<std::unique_ptr<AppIsolate>> TestApp::TryBoot(
    const Embedder& embedder, const Limits& limits,
    std::vector<std::pair<std::string, std::string>> env, std::vector<std::string> services) {
  return AppIsolate::Boot({.image = &image_,
                           .embedder = embedder,
                           .env = std::move(env),
                           .services = std::move(services),
                           .limits = limits});
}

void Post(AppIsolate& app, TestExchange& exchange) {
  app.Dispatch(exchange, {.method = "POST",
                          .scheme = "http",
                          .authority = "test.localhost",
                          .target = "/",
                          .headers = "host\ntest.localhost\n",
                          .has_body = true});
}

std::unique_ptr<TestExchange> Get(AppIsolate& app, std::string_view target) {
  auto exchange = std::make_unique<TestExchange>();
  app.Dispatch(*exchange, {.method = "GET",
                           .scheme = "http",
                           .authority = "test.localhost",
                           .target = target,
                           .headers = "host\ntest.localhost\n"});
  return exchange;
}

std::unique_ptr<TestExchange> GetAnswer(AppIsolate& app, std::string_view target) {
  auto exchange = Get(app, target);
  for (int i = 0; i < 10'000 && !exchange->ended; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    app.RunTasks();
  }
  return exchange;
}

}  // namespace nano::runtime::testing
