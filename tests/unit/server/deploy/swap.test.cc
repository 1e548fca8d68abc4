// Tests of a swap: who is asked what, in which order, and what comes of each way to fail.
#include "server/deploy/swap.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;

constexpr uint32_t kOld = 1;
constexpr uint32_t kNew = 2;

// A swap of one app's version, with two workers.
struct Attempt {
  explicit Attempt(bool proven = false, std::shared_ptr<AppVersion> to = VersionOf(kNew, "app"))
      : base(ReleaseOf(1, {AppOf(VersionOf(kOld, "app"))})),
        next(ReleaseOf(2, {AppOf(std::move(to))})),
        workers(2, base) {
    swap.emplace(
        &workers.loop, workers, PlanOf(base, next, proven),
        Swap::Callbacks{.persist = [this]() -> Result<void> {
                          events.emplace_back("persist");
                          if (persists) return {};
                          return Error{"the disk is full", {}, {}};
                        },
                        .committed = [this] { events.emplace_back("committed"); },
                        .left_behind =
                            [this](const WorkerLink& worker) {
                              events.emplace_back("without " + worker.name());
                            },
                        .done = [this](std::vector<SwapFailure> all) { failures.emplace(all); }});
  }

  // All of them are told so by the supervisor's channel.
  template <typename Message>
  void Say(ScriptedWorker& worker, MessageKind kind, const Message& message) {
    swap->OnMessage(worker.link, kind, Encode(message));
  }
  void SayPrepared(ScriptedWorker& worker, std::vector<PrepareFailure> failed = {}) {
    Say(worker, MessageKind::kPrepared,
        Prepared{.number = 2, .error = {}, .failures = std::move(failed)});
  }
  ScriptedWorker& StartProbe() {
    ScriptedWorker& probe = workers.Start(true);
    swap->OnStarted(probe.link);
    return probe;
  }
  ScriptedWorker& worker(size_t i) { return *workers.all[i]; }
  bool AllHeard(MessageKind kind) {
    return workers.Until([&] { return worker(0).Heard(kind) && worker(1).Heard(kind); });
  }
  // Of an attempt that fails.
  SwapFailure Failure() {
    REQUIRE(workers.Until([this] { return failures.has_value(); }));
    REQUIRE(failures->size() == 1);
    return failures->front();
  }

  std::shared_ptr<const Release> base, next;
  ScriptedWorkers workers;
  std::vector<std::string> events;
  bool persists = true;
  std::optional<std::vector<SwapFailure>> failures;  // When it is over.
  std::optional<Swap> swap;
};

TEST_CASE("a swap: probe, all workers, the record, the commit", "[swap]") {
  Attempt attempt;
  CHECK(attempt.workers.probes_begun == 1);
  ScriptedWorker& probe = attempt.StartProbe();
  REQUIRE(attempt.workers.Until([&] { return probe.Heard(MessageKind::kPrepare); }));
  const Result<Prepare> asked = Decode<Prepare>(probe.heard.back().body);
  REQUIRE(asked.ok());
  CHECK(asked->boot == BootAhead::kAll);
  CHECK(attempt.worker(0).heard.empty());

  attempt.SayPrepared(probe);
  CHECK(attempt.workers.probes_ended == 1);
  REQUIRE(attempt.AllHeard(MessageKind::kPrepare));
  attempt.SayPrepared(attempt.worker(0));
  CHECK(attempt.events.empty());  // One of two.
  attempt.SayPrepared(attempt.worker(1));
  CHECK(attempt.events == std::vector<std::string>{"persist", "committed"});
  REQUIRE(attempt.AllHeard(MessageKind::kCommit));
  CHECK_FALSE(attempt.failures.has_value());

  attempt.Say(attempt.worker(0), MessageKind::kCommitted, ReleaseNumber{2});
  attempt.workers.Deliver();
  CHECK_FALSE(attempt.failures.has_value());
  attempt.Say(attempt.worker(1), MessageKind::kCommitted, ReleaseNumber{2});
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK(attempt.failures->empty());
  CHECK_FALSE(attempt.worker(0).Heard(MessageKind::kAbort));
}

TEST_CASE("a swap to what is proven tries nothing first", "[swap]") {
  Attempt attempt(true);
  CHECK(attempt.workers.probes_begun == 0);
  CHECK(attempt.AllHeard(MessageKind::kPrepare));
}

TEST_CASE("a swap whose probe fails asks no worker for anything", "[swap]") {
  Attempt attempt;
  ScriptedWorker& probe = attempt.StartProbe();
  attempt.Say(probe, MessageKind::kPreparing, Preparing{.version = kNew, .step = "boot"});
  SwapFailure failure;
  SECTION("by its own word, with what the app logged last") {
    for (int i = 0; i < 25; ++i) {
      attempt.Say(probe, MessageKind::kAppLog, AppLog{kNew, "line " + std::to_string(i)});
    }
    attempt.SayPrepared(probe, {{.version = kNew, .step = "health", .message = "500"}});
    failure = attempt.Failure();
    CHECK(failure.step == "health");
    CHECK(failure.message == "500");
    REQUIRE(failure.log.size() == 20);
    CHECK(failure.log.front() == "line 5");
  }
  SECTION("by its death") {
    attempt.swap->OnEnded(probe.link, {.text = "was killed by SIGSEGV", .version = {}});
    failure = attempt.Failure();
    CHECK(failure.step == "boot");
    CHECK(failure.message == "it ended its process, which was killed by SIGSEGV");
  }
  CHECK(failure.version == kNew);
  attempt.workers.Deliver();
  CHECK(attempt.worker(0).heard.empty());
  CHECK(attempt.events.empty());
  CHECK(attempt.workers.probes_ended == 1);
}

TEST_CASE("a swap whose probe dies before it began with a version blames none", "[swap]") {
  Attempt attempt;
  ScriptedWorker& probe = attempt.StartProbe();
  attempt.swap->OnEnded(probe.link, {.text = "exited with status 1", .version = {}});
  const SwapFailure failure = attempt.Failure();
  CHECK(failure.version == 0);
  CHECK(failure.message == "the probe exited with status 1 before it had tried them");
}

TEST_CASE("a swap gives a version the time that it has for each step", "[swap]") {
  auto version = VersionOf(kNew, "app");
  version->deployment.boot_timeout = std::chrono::milliseconds(5);
  Attempt attempt(false, std::move(version));
  ScriptedWorker& probe = attempt.StartProbe();
  attempt.Say(probe, MessageKind::kPreparing, Preparing{.version = kNew, .step = "boot"});
  const SwapFailure failure = attempt.Failure();
  CHECK(failure.version == kNew);
  CHECK(failure.step == "boot");
  CHECK(failure.message == "it did not boot within boot_timeout (5 ms)");
}

TEST_CASE("a swap that fails while workers prepare takes back what they have", "[swap]") {
  Attempt attempt(true);
  REQUIRE(attempt.AllHeard(MessageKind::kPrepare));
  SwapFailure failure;
  SECTION("because one cannot take the release") {
    attempt.Say(attempt.worker(0), MessageKind::kPrepared,
                Prepared{.number = 2, .error = "no memory", .failures = {}});
    failure = attempt.Failure();
    CHECK(failure.message == "worker 1 cannot take the release: no memory");
    CHECK(failure.version == 0);
    CHECK(failure.step == "prepare");
  }
  SECTION("because a new version ended one") {
    attempt.swap->OnEnded(attempt.worker(0).link, {.text = "was killed", .version = kNew});
    failure = attempt.Failure();
    CHECK(failure.version == kNew);
  }
  SECTION("because the change cannot be recorded") {
    attempt.persists = false;
    for (size_t i = 0; i < 2; ++i) attempt.SayPrepared(attempt.worker(i));
    failure = attempt.Failure();
    CHECK(failure.step == "persist");
    CHECK(failure.message == "the disk is full");
    CHECK(attempt.events == std::vector<std::string>{"persist"});
  }
  CHECK(attempt.AllHeard(MessageKind::kAbort));
  CHECK_FALSE(attempt.worker(1).Heard(MessageKind::kCommit));
}

TEST_CASE("a swap that is destroyed while workers prepare takes back what they have", "[swap]") {
  Attempt attempt(true);
  REQUIRE(attempt.AllHeard(MessageKind::kPrepare));
  attempt.swap.reset();
  CHECK(attempt.AllHeard(MessageKind::kAbort));
  CHECK_FALSE(attempt.failures.has_value());
}

TEST_CASE("a worker that ends of something else while it prepares is not waited for", "[swap]") {
  Attempt attempt(true);
  REQUIRE(attempt.AllHeard(MessageKind::kPrepare));
  const std::unique_ptr<ScriptedWorker> ended = std::move(attempt.workers.all.back());
  attempt.workers.all.pop_back();
  // Another app's fault: version 7 is none of this swap's. What takes its place is forked later.
  attempt.swap->OnEnded(ended->link, {.text = "was killed", .version = 7});
  CHECK(attempt.events.empty());
  attempt.SayPrepared(attempt.worker(0));
  CHECK(attempt.events == std::vector<std::string>{"persist", "committed"});
}

TEST_CASE("a worker that starts while others prepare is asked too", "[swap]") {
  Attempt attempt(true);
  REQUIRE(attempt.AllHeard(MessageKind::kPrepare));
  ScriptedWorker& late = attempt.workers.Start(false);
  attempt.swap->OnStarted(late.link);
  for (size_t i = 0; i < 2; ++i) attempt.SayPrepared(attempt.worker(i));
  CHECK(attempt.events.empty());
  REQUIRE(attempt.workers.Until([&] { return late.Heard(MessageKind::kPrepare); }));
  attempt.SayPrepared(late);
  CHECK(attempt.events == std::vector<std::string>{"persist", "committed"});
  CHECK(attempt.workers.Until([&] { return late.Heard(MessageKind::kCommit); }));
}

TEST_CASE("a swap does not heed what is said of another attempt", "[swap]") {
  Attempt attempt(true);
  for (size_t i = 0; i < 2; ++i) {
    attempt.Say(attempt.worker(i), MessageKind::kPrepared,
                Prepared{.number = 9, .error = {}, .failures = {}});
    attempt.Say(attempt.worker(i), MessageKind::kPrepared,
                Prepared{.number = 1, .error = "it cannot", .failures = {}});
  }
  attempt.Say(attempt.worker(0), MessageKind::kCommitted, ReleaseNumber{2});
  CHECK(attempt.events.empty());
  attempt.SayPrepared(attempt.worker(0));
  attempt.SayPrepared(attempt.worker(0));  // Twice is not both.
  CHECK(attempt.events.empty());
}

TEST_CASE("a failure of a version that nobody asked for is nobody's", "[swap]") {
  Attempt attempt(true);
  attempt.SayPrepared(attempt.worker(0), {{.version = kNew + 7, .step = "boot", .message = "?"}});
  attempt.SayPrepared(attempt.worker(1));
  CHECK(attempt.events == std::vector<std::string>{"persist", "committed"});
}

TEST_CASE("what is committed cannot fail any more, whatever a worker says", "[swap]") {
  Attempt attempt(true);
  for (size_t i = 0; i < 2; ++i) attempt.SayPrepared(attempt.worker(i));
  attempt.SayPrepared(attempt.worker(0), {{.version = kNew, .step = "boot", .message = "?"}});
  attempt.Say(attempt.worker(0), MessageKind::kPrepared,
              Prepared{.number = 2, .error = "it cannot", .failures = {}});
  attempt.workers.Deliver();
  CHECK_FALSE(attempt.failures.has_value());
  for (size_t i = 0; i < 2; ++i) {
    attempt.Say(attempt.worker(i), MessageKind::kCommitted, ReleaseNumber{2});
  }
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK(attempt.failures->empty());
}

TEST_CASE("a worker that ends during the commit is not waited for", "[swap]") {
  Attempt attempt(true);
  for (size_t i = 0; i < 2; ++i) attempt.SayPrepared(attempt.worker(i));
  attempt.Say(attempt.worker(0), MessageKind::kCommitted, ReleaseNumber{2});
  attempt.swap->OnEnded(attempt.worker(1).link, {.text = "was killed", .version = kNew});
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK(attempt.failures->empty());
}

TEST_CASE("a worker that does not answer is left behind, and told all the same", "[swap]") {
  auto version = VersionOf(kNew, "app");
  version->deployment.boot_timeout = std::chrono::milliseconds(50);
  Attempt attempt(true, version);
  ScriptedWorker& busy = attempt.worker(1);
  attempt.SayPrepared(attempt.worker(0));
  SECTION("before it has begun to prepare") {}
  SECTION("while it prepares, and another app runs") {
    attempt.Say(busy, MessageKind::kPreparing, Preparing{.version = kNew, .step = "boot"});
    attempt.workers.running[busy.link.id] = 7;
  }
  REQUIRE(attempt.workers.Until([&] { return !attempt.events.empty(); }));
  const std::vector<std::string> events{"persist", "committed", "without worker 2"};
  CHECK(attempt.events == events);
  CHECK(attempt.workers.reminded == std::vector<uint64_t>{busy.link.id});
  REQUIRE(attempt.AllHeard(MessageKind::kCommit));
  attempt.Say(attempt.worker(0), MessageKind::kCommitted, ReleaseNumber{2});
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK(attempt.failures->empty());
  CHECK(busy.link.behind());
  CHECK(busy.link.told == attempt.next);
}

TEST_CASE("a worker that does not come to the commit is left behind", "[swap]") {
  Attempt attempt(true);
  for (size_t i = 0; i < 2; ++i) attempt.SayPrepared(attempt.worker(i));
  attempt.Say(attempt.worker(0), MessageKind::kCommitted, ReleaseNumber{2});
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK(attempt.failures->empty());
  CHECK(attempt.events.back() == "without worker 2");
  CHECK(attempt.workers.reminded == std::vector<uint64_t>{attempt.worker(1).link.id});
}

TEST_CASE("a worker that is behind already is told, and not waited for", "[swap]") {
  const auto base = ReleaseOf(1, {AppOf(VersionOf(kOld, "app"))});
  const auto next = ReleaseOf(2, {AppOf(VersionOf(kNew, "app"))});
  ScriptedWorkers workers(1, base);
  ScriptedWorker& behind = *workers.all.front();
  behind.link.commits = 1;
  std::vector<uint64_t> left;
  Swap swap(&workers.loop, workers, PlanOf(base, next),
            {.persist = []() -> Result<void> { return {}; },
             .committed = [] {},
             .left_behind = [&](const WorkerLink& worker) { left.push_back(worker.id); },
             .done = [](const std::vector<SwapFailure>&) {}});
  CHECK(left == std::vector<uint64_t>{behind.link.id});
  CHECK(behind.link.commits == 2);
  REQUIRE(workers.Until([&] { return behind.Heard(MessageKind::kCommit); }));
}

TEST_CASE("a worker that hangs in the new version itself makes the swap fail", "[swap]") {
  auto version = VersionOf(kNew, "app");
  version->deployment.boot_timeout = std::chrono::milliseconds(5);
  Attempt attempt(true, std::move(version));
  attempt.SayPrepared(attempt.worker(0));
  attempt.workers.running[attempt.worker(1).link.id] = kNew;
  attempt.Say(attempt.worker(1), MessageKind::kPreparing,
              Preparing{.version = kNew, .step = "boot"});
  const SwapFailure failure = attempt.Failure();
  CHECK(failure.version == kNew);
  CHECK(failure.message == "it did not boot within boot_timeout (5 ms)");
  CHECK(attempt.events.empty());
}

TEST_CASE("a snapshot goes to the workers as a descriptor, before the release", "[swap]") {
  const auto base = ReleaseOf(1, {AppOf(VersionOf(kOld, "app"))});
  const auto version = VersionOf(kNew, "app");
  const auto next = ReleaseOf(2, {AppOf(version)});
  ScriptedWorkers workers(1, base);
  Swap::Snapshots snapshots;
  snapshots.emplace(version->digest, Descriptor(dup(STDERR_FILENO)));
  snapshots.emplace(std::string(64, 'f'), Descriptor(dup(STDERR_FILENO)));  // Nobody's.
  Swap swap(&workers.loop, workers,
            {.base = base,
             .next = next,
             .snapshots = std::move(snapshots),
             .is_proven = [](const AppVersion&) { return true; }},
            {.persist = []() -> Result<void> { return {}; },
             .committed = [] {},
             .left_behind = [](WorkerLink&) {},
             .done = [](const std::vector<SwapFailure>&) {}});
  ScriptedWorker& worker = *workers.all.front();
  REQUIRE(workers.Until([&] { return worker.Heard(MessageKind::kPrepare); }));
  REQUIRE(worker.heard.size() == 2);
  CHECK(worker.heard[0].kind == static_cast<uint8_t>(MessageKind::kSnapshot));
  CHECK(worker.heard[0].descriptor.get() >= 0);
  const Result<SnapshotPassed> passed = Decode<SnapshotPassed>(worker.heard[0].body);
  REQUIRE(passed.ok());
  CHECK(passed->digest == version->digest);
  CHECK(swap.TakeSnapshots().size() == 2);
}

}  // namespace
}  // namespace nano::server
