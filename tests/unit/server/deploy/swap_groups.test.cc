// Tests of a swap to a release with other groups: their workers are there before it, and gone after
// it.
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/deploy/swap.h"
#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;

using Groups = std::set<std::string>;

// An app moves from one group to another, as it is.
struct Move {
  explicit Move(const std::string& from, const std::string& to, bool no_room = false)
      : version(VersionOf(1, "app")),
        base(ReleaseOf(1, {In(from)})),
        next(ReleaseOf(2, {In(to)})),
        workers(1, base) {
    workers.no_groups = no_room;
    if (!from.empty()) workers.groups = {from};
    swap.emplace(
        &workers.loop, workers, PlanOf(base, next, false),
        Swap::Callbacks{.persist = []() -> Result<void> { return {}; },
                        .committed = [this] { committed = true; },
                        .left_behind = [this](WorkerLink& worker) { behind.push_back(worker.id); },
                        .done = [this](std::vector<SwapFailure> all) { failures.emplace(all); }});
  }
  ServedApp In(const std::string& group) const {
    ServedApp app = AppOf(version);
    app.group = group;
    return app;
  }
  void Prepared(ScriptedWorker& worker) {
    swap->OnMessage(worker.link, MessageKind::kPrepared,
                    Encode(server::Prepared{.number = 2, .error = {}, .failures = {}}));
  }
  void Committed(ScriptedWorker& worker) {
    swap->OnMessage(worker.link, MessageKind::kCommitted, Encode(ReleaseNumber{2}));
  }
  ScriptedWorker& StartGroup(const std::string& group) {
    ScriptedWorker& worker = workers.Start(false);
    worker.link.group = group;
    swap->OnStarted(worker.link);
    return worker;
  }

  const std::shared_ptr<const AppVersion> version;
  std::shared_ptr<const Release> base, next;
  ScriptedWorkers workers;
  bool committed = false;
  std::vector<uint64_t> behind;
  std::optional<std::vector<SwapFailure>> failures;
  std::optional<Swap> swap;
};

TEST_CASE("a swap waits for the worker of a group that is new, as for all others", "[swap]") {
  Move move("", "blue");
  CHECK(move.workers.probes_begun == 0);  // The version is served already.
  CHECK(move.workers.groups == Groups{"blue"});
  move.Prepared(*move.workers.all[0]);
  CHECK_FALSE(move.committed);
  ScriptedWorker& blue = move.StartGroup("blue");
  REQUIRE(move.workers.Until([&] { return blue.Heard(MessageKind::kPrepare); }));
  CHECK_FALSE(move.committed);
  move.Prepared(blue);
  CHECK(move.committed);
  move.Committed(*move.workers.all[0]);
  move.Committed(blue);
  REQUIRE(move.workers.Until([&] { return move.failures.has_value(); }));
  CHECK(move.failures->empty());
  CHECK(move.workers.groups == Groups{"blue"});
}

TEST_CASE("a group that a release has no apps in ends when all have changed over", "[swap]") {
  Move move("blue", "");
  ScriptedWorker& shared = *move.workers.all[0];
  CHECK(move.workers.groups == Groups{"blue"});
  move.Prepared(shared);
  CHECK(move.committed);
  CHECK(move.workers.groups == Groups{"blue"});
  move.Committed(shared);
  CHECK(move.workers.groups.empty());
}

TEST_CASE("a swap tells a group none of whose apps changes, and does not wait for it", "[swap]") {
  const auto app = VersionOf(1, "app");
  ServedApp other = AppOf(VersionOf(2, "other"));
  other.group = "blue";
  const auto base = ReleaseOf(1, {AppOf(app), other});
  const auto next = ReleaseOf(2, {AppOf(VersionOf(3, "app")), other});
  ScriptedWorkers workers(2, base);
  ScriptedWorker& shared = *workers.all[0];
  ScriptedWorker& blue = *workers.all[1];
  blue.link.group = "blue";
  workers.groups = {"blue"};
  std::vector<uint64_t> behind;
  bool committed = false, over = false;
  Swap swap(&workers.loop, workers, PlanOf(base, next),
            {.persist = []() -> Result<void> { return {}; },
             .committed = [&] { committed = true; },
             .left_behind = [&](WorkerLink& worker) { behind.push_back(worker.id); },
             .done = [&](const std::vector<SwapFailure>& failures) { over = failures.empty(); }});
  swap.OnMessage(shared.link, MessageKind::kPrepared,
                 Encode(server::Prepared{.number = 2, .error = {}, .failures = {}}));
  CHECK(committed);
  REQUIRE(workers.Until([&] { return blue.Heard(MessageKind::kCommit); }));
  CHECK(blue.Heard(MessageKind::kPrepare));
  CHECK(workers.reminded == std::vector<uint64_t>{blue.link.id});
  swap.OnMessage(shared.link, MessageKind::kCommitted, Encode(ReleaseNumber{2}));
  REQUIRE(workers.Until([&] { return over; }));
  CHECK(behind.empty());  // It may take as long as it likes.
}

TEST_CASE("a swap that fails leaves the groups as they were", "[swap]") {
  Move move("blue", "green");
  SECTION("by its own end") { move.swap.reset(); }
  SECTION("by a worker that cannot take the release") {
    move.swap->OnMessage(move.StartGroup("green").link, MessageKind::kPrepared,
                         Encode(server::Prepared{.number = 2, .error = "no", .failures = {}}));
    REQUIRE(move.workers.Until([&] { return move.failures.has_value(); }));
    CHECK(move.failures->size() == 1);
  }
  CHECK_FALSE(move.committed);
  CHECK(move.workers.groups == Groups{"blue"});
}

TEST_CASE("a swap to more groups than there may be fails, and says so", "[swap]") {
  Move move("", "blue", /*no_room=*/true);
  REQUIRE(move.workers.Until([&] { return move.failures.has_value(); }));
  REQUIRE(move.failures->size() == 1);
  CHECK(move.failures->front().step == "prepare");
  CHECK_THAT(move.failures->front().message, Catch::Contains("no room"));
}

}  // namespace
}  // namespace nano::server
