// Tests of a rollout: what fails stays as it was, and the rest is served.
#include "server/deploy/rollout.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;

// A rollout on one worker that does what it is told, but for versions that fail.
struct Run {
  Run(std::vector<ServedApp> from, std::vector<ServedApp> to,
      std::map<uint32_t, std::string> failing = {}, std::set<std::string> drained = {})
      : base(ReleaseOf(1, std::move(from))), workers(1, base) {
    rollout.emplace(
        &workers.loop, workers,
        Rollout::Plan{.base = base,
                      .apps = std::move(to),
                      .snapshots = {},
                      .drained = std::move(drained),
                      .is_proven = [](const AppVersion&) { return true; }},
        Rollout::Callbacks{.next_number = [this] { return ++number; },
                           .trying = [this](const Release&) { ++tries; },
                           .persist = [this](const std::set<std::string>& failed) -> Result<void> {
                             kept = failed;
                             if (persists) return {};
                             return Error{"the disk is full", {}, {}};
                           },
                           .committed = [this](const std::shared_ptr<const Release>& release,
                                               const auto&...) { served = release; },
                           .left_behind = [](WorkerLink&) {},
                           .done = [this] { over = true; }});
    REQUIRE(workers.Until([&] {
      Obey(failing);
      return over;
    }));
  }

  void Obey(const std::map<uint32_t, std::string>& failing) {
    ScriptedWorker& worker = *workers.all.front();
    for (const Packet& packet : std::exchange(worker.heard, {})) {
      if (packet.kind == static_cast<uint8_t>(MessageKind::kPrepare)) {
        Prepared answer{.number = rollout->trying()->number(), .error = {}, .failures = {}};
        for (const auto& [version, step] : failing) {
          if (rollout->trying()->FindVersion(version) == nullptr) continue;
          answer.failures.push_back({.version = version, .step = step, .message = "no"});
        }
        rollout->OnMessage(worker.link, MessageKind::kPrepared, Encode(answer));
      } else if (packet.kind == static_cast<uint8_t>(MessageKind::kCommit)) {
        rollout->OnMessage(worker.link, MessageKind::kCommitted, Encode(ReleaseNumber{number}));
      }
    }
  }

  const ServedApp* Served(std::string_view name) const {
    return served == nullptr ? nullptr : served->Find(name);
  }

  std::shared_ptr<const Release> base;
  ScriptedWorkers workers;
  uint64_t number = 1;
  int tries = 0;
  bool persists = true;
  bool over = false;
  std::set<std::string> kept;
  std::shared_ptr<const Release> served;
  std::optional<Rollout> rollout;
};

TEST_CASE("a rollout of the same is over without a release", "[rollout]") {
  const ServedApp app = AppOf(VersionOf(1, "app"));
  const Run run({app}, {app});
  CHECK(run.tries == 0);
  CHECK_FALSE(run.rollout->committed());
  CHECK(run.rollout->unchanged() == 1);
  CHECK(run.rollout->changes().empty());
  CHECK(run.rollout->failures().empty());
}

TEST_CASE("a rollout changes what has changed, and counts the rest", "[rollout]") {
  const ServedApp same = AppOf(VersionOf(1, "same"));
  const Run run({AppOf(VersionOf(2, "app")), same}, {AppOf(VersionOf(3, "app")), same});
  CHECK(run.rollout->committed());
  CHECK(run.rollout->unchanged() == 1);
  REQUIRE(run.rollout->changes().size() == 1);
  CHECK(run.rollout->changes()[0].app == "app");
  REQUIRE(run.Served("app") != nullptr);
  CHECK(run.Served("app")->version->id == 3);
  CHECK(run.Served("same")->version == same.version);
  CHECK(run.served->number() == 2);
}

TEST_CASE("an app that fails stays as it was, and the others change", "[rollout]") {
  const Run run({AppOf(VersionOf(1, "bad")), AppOf(VersionOf(2, "good"))},
                {AppOf(VersionOf(3, "bad")), AppOf(VersionOf(4, "good"))}, {{3, "boot"}});
  CHECK(run.tries == 2);
  CHECK(run.rollout->committed());
  CHECK(run.Served("bad")->version->id == 1);
  CHECK(run.Served("good")->version->id == 4);
  REQUIRE(run.rollout->failures().size() == 1);
  CHECK(run.rollout->failures()[0].app == "bad");
  CHECK(run.rollout->failures()[0].step == "boot");
  CHECK(run.kept == std::set<std::string>{"bad"});
  REQUIRE(run.rollout->changes().size() == 1);
  CHECK(run.rollout->changes()[0].app == "good");
}

TEST_CASE("a new app that fails is away, and alone it is no release", "[rollout]") {
  const ServedApp app = AppOf(VersionOf(1, "app"));
  const Run run({app}, {app, AppOf(VersionOf(2, "new"))}, {{2, "health"}});
  CHECK(run.tries == 1);
  CHECK_FALSE(run.rollout->committed());
  REQUIRE(run.rollout->failures().size() == 1);
  CHECK(run.rollout->failures()[0].app == "new");
}

TEST_CASE("a snapshot that is refused takes nobody's place", "[rollout]") {
  auto refused = VersionOf(2, "app");
  refused->refusal = "the snapshot is damaged";
  const Run run({AppOf(VersionOf(1, "app"))}, {AppOf(refused)});
  CHECK(run.tries == 0);
  REQUIRE(run.rollout->failures().size() == 1);
  CHECK(run.rollout->failures()[0].step == "check");
  CHECK(run.rollout->failures()[0].message == "the snapshot is damaged");
}

TEST_CASE("an app that is not to be served any more leaves, without what others have got",
          "[rollout]") {
  ServedApp old = AppOf(VersionOf(1, "old"));
  old.hosts = {"old.test", "shared.test"};
  old.is_default = true;
  ServedApp fresh = AppOf(VersionOf(2, "fresh"));
  fresh.hosts = {"shared.test"};
  fresh.is_default = true;
  const Run run({old}, {fresh});
  REQUIRE(run.Served("old") != nullptr);
  CHECK(run.Served("old")->leaving);
  CHECK(run.Served("old")->hosts == std::vector<std::string>{"old.test"});
  CHECK_FALSE(run.Served("old")->is_default);
  CHECK(run.Served("fresh")->is_default);
}

TEST_CASE("an app that has left is gone once it is drained", "[rollout]") {
  ServedApp leaving = AppOf(VersionOf(1, "old"));
  leaving.leaving = true;
  const ServedApp app = AppOf(VersionOf(2, "app"));
  const Run run({leaving, app}, {app}, {}, {"old"});
  CHECK(run.rollout->committed());
  CHECK(run.Served("old") == nullptr);
  CHECK(run.Served("app") != nullptr);
}

TEST_CASE("a release that cannot be made is a failure of the whole", "[rollout]") {
  ServedApp one = AppOf(VersionOf(2, "one"));
  ServedApp two = AppOf(VersionOf(3, "two"));
  two.hosts = one.hosts;
  const Run run({AppOf(VersionOf(1, "app"))}, {one, two});
  CHECK_FALSE(run.rollout->committed());
  CHECK(run.rollout->changes().empty());
  REQUIRE(run.rollout->failures().size() == 1);
  CHECK(run.rollout->failures()[0].app.empty());
  CHECK(run.rollout->failures()[0].step == "compare");
}

}  // namespace
}  // namespace nano::server
