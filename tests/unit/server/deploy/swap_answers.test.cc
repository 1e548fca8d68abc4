// What a swap makes of the answers of a worker that is none: orders of many of them are fuzzed
// (tests/fuzz/deploy_fuzz.cc).
#include "server/deploy/swap.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

struct OneWorker final : Workers {
  std::vector<WorkerLink*> live() override { return {&link}; }
  void StartProbe() override {}
  void EndProbe() override {}
  void Replace(WorkerLink&, const std::string&) override {}
  void End(WorkerLink&, const std::string&, Blame, const std::optional<AppFaults::End>&) override {}
  void Remind(WorkerLink&) override {}
  bool started() const override { return true; }
  std::optional<uint32_t> Running(const WorkerLink&) const override { return {}; }
  Result<std::set<std::string>> StartGroups(const std::set<std::string>&) override {
    return std::set<std::string>();
  }
  void KeepGroups(const std::set<std::string>&) override {}
  void Allow(const Release&, const Release&) override {}
  void AskStore(StoreService, std::string, StoreDone) override {}
  uint64_t deaths(size_t) const override { return 0; }

  WorkerLink link{.id = 1};
};

struct Nobody final : Channel::Peer {
  void OnPacket(Packet) override {}
  void OnChannelEnd(std::string_view) override {}
};

// A swap from release 1 to release 2, whose only worker has been asked to prepare.
class Swapping {
 public:
  Swapping() {
    REQUIRE(uv_loop_init(&loop_) == 0);
    dist_.Add("a", {"a.test"});
    const auto release = [this](uint64_t number, const char* value, const Release* base) {
      config::Config config;
      config.path = "nano.yaml";
      config.apps.push_back({.name = "a", .directory = "/"});
      config.apps[0].env.push_back({.name = "NAME", .value = value, .place = {}});
      LoadedRelease loaded =
          ComposeRelease(ReadServedFiles(dist_.path(), config).value(), {}, base, ids_).value();
      return Release::Make(number, std::move(loaded.apps)).value();
    };
    const auto base = release(1, "old", nullptr);
    const auto next = release(2, "new", base.get());
    version_ = next->apps()[0].version->id;
    auto ends = Channel::MakeEnds();
    REQUIRE(ends.ok());
    workers_.link.release = workers_.link.told = base;
    workers_.link.channel = Channel::Open(&loop_, std::move(ends->first), nobody_).value();
    worker_end_ = std::move(ends->second);
    swap_.emplace(&loop_, workers_,
                  Swap::Plan{.base = base,
                             .next = next,
                             .snapshots = {},
                             .is_proven = [](const AppVersion&) { return true; }},
                  Swap::Callbacks{.persist = []() -> Result<void> { return {}; },
                                  .committed = [this] { committed_ = true; },
                                  .left_behind = [](WorkerLink&) {},
                                  .done = [this](auto failures) { done_ = std::move(failures); }});
  }
  ~Swapping() {
    swap_.reset();
    workers_.link.channel.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  template <typename Message>
  void Say(MessageKind kind, const Message& message) {
    swap_->OnMessage(workers_.link, kind, Encode(message));
    uv_run(&loop_, UV_RUN_NOWAIT);
  }

  uint32_t version() const { return version_; }
  bool committed() const { return committed_; }
  const std::optional<std::vector<SwapFailure>>& done() const { return done_; }

 private:
  TestDist dist_;
  uv_loop_t loop_;
  VersionIds ids_;
  Nobody nobody_;
  OneWorker workers_;
  Descriptor worker_end_;
  uint32_t version_ = 0;
  bool committed_ = false;
  std::optional<std::vector<SwapFailure>> done_;
  std::optional<Swap> swap_;
};

TEST_CASE("a swap commits when its worker is prepared, and ends when that serves", "[swap]") {
  Swapping swapping;
  CHECK_FALSE(swapping.committed());
  swapping.Say(MessageKind::kPrepared, Prepared{.number = 2, .error = {}, .failures = {}});
  CHECK(swapping.committed());
  CHECK_FALSE(swapping.done().has_value());
  swapping.Say(MessageKind::kCommitted, ReleaseNumber{2});
  REQUIRE(swapping.done().has_value());
  CHECK(swapping.done()->empty());
}

TEST_CASE("what a worker says of an earlier attempt, also that it cannot, is not of this one",
          "[swap]") {
  Swapping swapping;
  swapping.Say(MessageKind::kPrepared, Prepared{.number = 1, .error = "it cannot", .failures = {}});
  swapping.Say(MessageKind::kPrepared, Prepared{.number = 1, .error = {}, .failures = {}});
  CHECK_FALSE(swapping.committed());
  CHECK_FALSE(swapping.done().has_value());
  swapping.Say(MessageKind::kPrepared, Prepared{.number = 2, .error = {}, .failures = {}});
  CHECK(swapping.committed());
}

TEST_CASE("a version that fails is named, and one that nobody asked for is nobody's", "[swap]") {
  Swapping swapping;
  const uint32_t version = swapping.version();
  swapping.Say(MessageKind::kPrepared,
               Prepared{.number = 2,
                        .error = {},
                        .failures = {{version + 7, "boot", "?"}, {version, "health", "why"}}});
  CHECK_FALSE(swapping.committed());
  REQUIRE(swapping.done().has_value());
  REQUIRE(swapping.done()->size() == 1);
  CHECK(swapping.done()->front().version == version);
  CHECK(swapping.done()->front().step == "health");
}

}  // namespace
}  // namespace nano::server
