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
        &workers.loop, workers,
        Swap::Plan{.base = base,
                   .next = next,
                   .snapshots = {},
                   .is_proven = [](const AppVersion&) { return false; }},
        Swap::Callbacks{.persist = []() -> Result<void> { return {}; },
                        .committed = [this] { committed = true; },
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

TEST_CASE("a swap that fails leaves the groups as they were", "[swap]") {
  Move move("blue", "green");
  SECTION("by its own end") { move.swap.reset(); }
  SECTION("by a worker that cannot take the release") {
    move.swap->OnMessage(move.workers.all[0]->link, MessageKind::kPrepared,
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
