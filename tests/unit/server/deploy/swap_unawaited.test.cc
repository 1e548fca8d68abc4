// What a swap makes of workers that it does not wait for: what they say while the others prepare,
// what they may come to, and how much is kept for them.
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/deploy/swap.h"
#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;

constexpr uint32_t kOld = 1, kNew = 2;

// A swap of one app's version, of whose two workers the second is behind already.
struct Attempt {
  Attempt() : workers(2, base) { behind().link.commits = 1; }

  void Begin() {
    swap.emplace(
        &workers.loop, workers, PlanOf(base, next),
        Swap::Callbacks{.persist = []() -> Result<void> { return {}; },
                        .committed = [this] { committed = true; },
                        .left_behind = [](WorkerLink&) {},
                        .done = [this](std::vector<SwapFailure> all) { failures.emplace(all); }});
  }
  void Say(ScriptedWorker& worker, const Prepared& message) {
    swap->OnMessage(worker.link, MessageKind::kPrepared, Encode(message));
  }
  ScriptedWorker& awaited() { return *workers.all[0]; }
  ScriptedWorker& behind() { return *workers.all[1]; }

  const std::shared_ptr<const Release> base = ReleaseOf(1, {AppOf(VersionOf(kOld, "app"))});
  const std::shared_ptr<const Release> next = ReleaseOf(2, {AppOf(VersionOf(kNew, "app"))});
  ScriptedWorkers workers;
  bool committed = false;
  std::optional<std::vector<SwapFailure>> failures;  // When it is over.
  std::optional<Swap> swap;
};

TEST_CASE("a version that fails in a worker that nobody waits for fails the swap", "[swap]") {
  Attempt attempt;
  attempt.Begin();
  attempt.Say(attempt.behind(),
              {.number = 2, .error = {}, .failures = {{kNew, "boot", "it is broken"}}});
  CHECK_FALSE(attempt.committed);
  attempt.Say(attempt.awaited(), {.number = 2, .error = {}, .failures = {}});
  REQUIRE(attempt.workers.Until([&] { return attempt.failures.has_value(); }));
  CHECK_FALSE(attempt.committed);
  REQUIRE(attempt.failures->size() == 1);
  CHECK(attempt.failures->front().version == kNew);
}

TEST_CASE("a worker that nobody waits for and that cannot take the release is replaced", "[swap]") {
  Attempt attempt;
  attempt.Begin();
  attempt.Say(attempt.behind(), {.number = 2, .error = "it cannot", .failures = {}});
  CHECK(attempt.workers.replaced == std::vector<uint64_t>{attempt.behind().link.id});
  attempt.Say(attempt.awaited(), {.number = 2, .error = {}, .failures = {}});
  CHECK(attempt.committed);
}

TEST_CASE("what workers are told to prepare is noted with them, of a group's its own", "[swap]") {
  Attempt attempt;
  attempt.behind().link.group = "blue";
  attempt.Begin();
  const std::vector<OnTheWay>& noted = attempt.awaited().link.on_the_way;
  REQUIRE(noted.size() == 1);
  CHECK(noted.front().release == 2);
  CHECK(noted.front().versions == std::vector<uint32_t>{kNew});
  CHECK(attempt.behind().link.on_the_way.empty());
}

TEST_CASE("a worker that reads nothing is ended before it is told without an end", "[swap]") {
  Attempt attempt;
  WorkerLink& stuck = attempt.behind().link;
  SECTION("by the number of what waits for it") {
    while (stuck.channel->waiting().packets < 1'000) {
      REQUIRE(stuck.Send(MessageKind::kAbort, ReleaseNumber{1}).ok());
    }
  }
  SECTION("by the bytes of it") {
    const std::string body(1 << 20, ' ');
    while (stuck.channel->waiting().bytes < uint64_t{64} << 20) {
      REQUIRE(stuck.channel->Send(static_cast<uint8_t>(MessageKind::kPrepare), body).ok());
    }
  }
  const size_t waiting = stuck.channel->waiting().packets;
  attempt.Begin();
  CHECK(attempt.workers.ended == std::vector<uint64_t>{stuck.id});
  CHECK(stuck.channel->waiting().packets == waiting);
  attempt.Say(attempt.awaited(), {.number = 2, .error = {}, .failures = {}});
  CHECK(attempt.committed);
}

}  // namespace
}  // namespace nano::server
