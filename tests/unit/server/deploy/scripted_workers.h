// Workers without processes: what is said to them is kept, and what they say is up to the test.
//
// Owns the links and both ends of their channels. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/handles.h"
#include "server/deploy/swap.h"
#include "server/deploy/workers.h"
#include "server/release/release.h"
#include "tests/unit/run_until.h"

namespace nano::server::testing {

// A version that nobody boots.
inline std::shared_ptr<AppVersion> VersionOf(uint32_t id, const std::string& name) {
  auto version = std::make_shared<AppVersion>();
  version->id = id;
  version->name = name;
  version->digest = std::string(63, '0') + std::to_string(id % 10);
  version->bytes = 1'000;
  return version;
}

inline ServedApp AppOf(std::shared_ptr<const AppVersion> version) {
  const std::string host = version->name + ".test";
  return {.version = std::move(version), .hosts = {host}};
}

inline std::shared_ptr<const Release> ReleaseOf(uint64_t number, std::vector<ServedApp> apps) {
  auto release = Release::Make(number, std::move(apps));
  REQUIRE(release.ok());
  return *release;
}

class ScriptedWorker final : private Channel::Peer {
 public:
  ScriptedWorker(uv_loop_t* loop, uint64_t id, bool is_probe, std::shared_ptr<const Release> base) {
    auto ends = Channel::MakeEnds();
    REQUIRE(ends.ok());
    link.id = id;
    link.slot = id - 1;
    link.is_probe = is_probe;
    link.release = link.told = std::move(base);
    link.channel = Open(loop, std::move(ends->first), near_);
    own_ = Open(loop, std::move(ends->second), *this);
  }

  WorkerLink link;
  std::vector<Packet> heard;

  bool Heard(MessageKind kind) const {
    return std::any_of(heard.begin(), heard.end(), [kind](const Packet& packet) {
      return packet.kind == static_cast<uint8_t>(kind);
    });
  }

 private:
  struct Silent final : Channel::Peer {
    void OnPacket(Packet) override {}
    void OnChannelEnd(std::string_view) override {}
  };

  static std::unique_ptr<Channel> Open(uv_loop_t* loop, Descriptor end, Channel::Peer& peer) {
    auto channel = Channel::Open(loop, std::move(end), peer);
    REQUIRE(channel.ok());
    return std::move(channel).value();
  }

  void OnPacket(Packet packet) override { heard.push_back(std::move(packet)); }
  void OnChannelEnd(std::string_view) override {}

  Silent near_;
  std::unique_ptr<Channel> own_;
};

class ScriptedWorkers final : public Workers {
 public:
  ScriptedWorkers(size_t count, std::shared_ptr<const Release> base) : base_(std::move(base)) {
    REQUIRE(uv_loop_init(&loop) == 0);
    for (size_t i = 0; i < count; ++i) Start(false);
  }
  ~ScriptedWorkers() {
    all.clear();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  // A new process.
  ScriptedWorker& Start(bool is_probe) {
    all.push_back(std::make_unique<ScriptedWorker>(&loop, ++last_id_, is_probe, base_));
    return *all.back();
  }

  bool Until(const std::function<bool()>& done) { return test::RunUntil(loop, done); }
  // Turns the loop until everything that was sent has come.
  void Deliver() {
    for (int i = 0; i < 3; ++i) uv_run(&loop, UV_RUN_NOWAIT);
  }

  std::vector<WorkerLink*> live() override {
    std::vector<WorkerLink*> links;
    for (const auto& worker : all) {
      if (!worker->link.is_probe) links.push_back(&worker->link);
    }
    return links;
  }
  void StartProbe() override { ++probes_begun; }
  void EndProbe() override { ++probes_ended; }
  void Replace(WorkerLink& worker, const std::string&) override { replaced.push_back(worker.id); }
  void End(WorkerLink& worker, const std::string&, Blame blame,
           const std::optional<AppFaults::End>& limit) override {
    ended.push_back(worker.id);
    limits.push_back(limit);
    blames.push_back(blame);
  }
  void Remind(WorkerLink& worker) override { reminded.push_back(worker.id); }
  bool started() const override { return true; }
  std::optional<uint32_t> Running(const WorkerLink& worker) const override {
    const auto found = running.find(worker.id);
    return found == running.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::set<std::string>> StartGroups(const std::set<std::string>& wanted) override {
    if (no_groups) return Error{"there is no room", {}, {}};
    std::set<std::string> started;
    for (const std::string& group : wanted) {
      if (groups.insert(group).second) started.insert(group);
    }
    return started;
  }
  void KeepGroups(const std::set<std::string>& kept) override { groups = kept; }
  void Allow(const Release&, const Release&) override {}
  void AskStore(StoreService, std::string, StoreDone) override {}
  uint64_t deaths(size_t) const override { return 0; }

  std::set<std::string> groups;  // That have a worker, or are to have one.
  bool no_groups = false;
  uv_loop_t loop;
  std::vector<std::unique_ptr<ScriptedWorker>> all;
  int probes_begun = 0;
  int probes_ended = 0;
  std::vector<uint64_t> replaced, ended, reminded;
  std::vector<Blame> blames;                          // For those that were ended …
  std::vector<std::optional<AppFaults::End>> limits;  // … and at which limit.
  std::map<uint64_t, uint32_t> running;               // Versions by workers' ids.

 private:
  const std::shared_ptr<const Release> base_;
  uint64_t last_id_ = 0;
};

// From one release to the next, whose snapshots the workers have. `proven`: nothing of it is tried
// in a probe.
inline Swap::Plan PlanOf(std::shared_ptr<const Release> base, std::shared_ptr<const Release> next,
                         bool proven = true) {
  return {.base = std::move(base),
          .next = std::move(next),
          .snapshots = {},
          .is_proven = [proven](const AppVersion&) { return proven; }};
}

}  // namespace nano::server::testing
