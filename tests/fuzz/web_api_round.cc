// A round's isolate, its functions for the scripts, and its small event loop.
#include "tests/fuzz/web_api_round.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/file.h"

namespace nano::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
using runtime::ScriptIsolate;

// The scripts give up by themselves long before; work on other threads may take this long.
constexpr auto kDeadline = std::chrono::seconds(20);

// Timers and wake-ups. What apps log is of no interest.
class EventLoop final : private runtime::TimerPort,
                        private runtime::WakePort,
                        private runtime::LogPort {
 public:
  EventLoop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { NANO_CHECK(wake_ >= 0); }
  ~EventLoop() override { close(wake_); }

  operator runtime::Embedder() {  // NOLINT: implicit by design
    return {.timers = this, .wake = this, .log = this};
  }

  void ArmTimer(double delay_ms) override {
    timer_.reset();
    if (delay_ms < 0) return;
    const std::chrono::duration<double, std::milli> delay(std::min(delay_ms, 1e6));
    timer_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(delay);
  }

  void Wake() override {
    const uint64_t one = 1;
    (void)!write(wake_, &one, sizeof one);
  }

  void Log(runtime::LogLevel, std::string_view, const runtime::LogOrigin&) override {}

  // Until `done`, which a turn sets, or the deadline.
  void Run(ScriptIsolate& isolate, const bool& done) {
    const auto deadline = Clock::now() + kDeadline;
    while (!done && Clock::now() < deadline) {
      if (timer_ && *timer_ <= Clock::now()) {
        timer_.reset();
        isolate.FireTimers();
        continue;
      }
      const auto until = std::min(deadline, timer_.value_or(deadline));
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      pollfd watched{.fd = wake_, .events = POLLIN, .revents = 0};
      const int ready = poll(&watched, 1, static_cast<int>(std::max<int64_t>(wait.count(), 0)));
      NANO_CHECK(ready >= 0 || errno == EINTR);
      if (ready <= 0) continue;
      uint64_t count = 0;
      (void)!read(wake_, &count, sizeof count);
      isolate.RunTasks();
    }
  }

 private:
  const int wake_;  // An eventfd.
  std::optional<Clock::time_point> timer_;
};

}  // namespace

Result<std::vector<ScriptIsolate::Script>> ReadScripts(const std::string& folder) {
  std::vector<ScriptIsolate::Script> scripts;
  for (const char* name : {"random", "values", "dictionaries", "interfaces", "calls",
                           "key-scenarios", "scenarios", "run"}) {
    auto source = ReadFile(folder + "/" + name + ".js");
    if (!source.ok()) return std::move(source).error();
    scripts.push_back({.name = std::string("fuzz:") + name, .source = *std::move(source)});
  }
  return scripts;
}

Result<void> RunRound(const runtime::AppImage& base, uint32_t seed,
                      const std::vector<ScriptIsolate::Script>& scripts, const RoundHooks& hooks) {
  EventLoop loop;
  auto booted = ScriptIsolate::Boot({.image = &base, .embedder = loop});
  if (!booted.ok()) return std::move(booted).error();
  ScriptIsolate& isolate = **booted;
  bool done = false;
  std::string failure;
  const auto define = [&](const char* name, auto action) {
    isolate.Define(name, [action](const std::vector<std::string>& arguments) {
      action(arguments.empty() ? std::string_view() : std::string_view(arguments[0]));
      return Result<std::string>(std::string());
    });
  };
  std::vector<ScriptIsolate::Script> all = scripts;
  // Before there is anything else in the global object.
  all.insert(all.begin(), {.name = "fuzz:seed",
                           .source = "const fuzzGlobals = Reflect.ownKeys(globalThis).filter("
                                     "(name) => !/^fuzz/.test(String(name)));"
                                     "const fuzzSeed = " +
                                     std::to_string(seed) + ";"});
  define("fuzzTrace", [&](std::string_view text) { hooks.trace(text); });
  define("fuzzSuspect", [&](std::string_view text) { hooks.suspect(text); });
  define("fuzzCollect", [&](std::string_view) { isolate.CollectGarbage(); });
  define("fuzzDone", [&](std::string_view) { done = true; });
  define("fuzzFail", [&](std::string_view text) {
    failure = text;
    done = true;
  });
  isolate.Run(all);
  loop.Run(isolate, done);
  if (!failure.empty()) return Error{failure, "", ""};
  // What still runs on other threads has to cope with an isolate that is gone.
  return {};
}

}  // namespace nano::fuzz
