// Workers of a deployment without processes: each speaks to the supervisor by a real channel, and
// does what a fuzz target's input says: answers in its own time, fails, lies, dies, says nothing.
//
// Of those that do not lie it is checked that they are told to commit only what all have prepared
// that were not left behind.
// Owns the links and both ends of the channels. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "server/deploy/workers.h"

namespace nano::fuzz {

class FakeWorkers final : public server::Workers {
 public:
  FakeWorkers(uv_loop_t* loop, size_t count);
  ~FakeWorkers();
  FakeWorkers(const FakeWorkers&) = delete;
  FakeWorkers& operator=(const FakeWorkers&) = delete;

  // Forks the workers. The observer outlives them.
  void Start(server::WorkersObserver& observer);

  // One of them, the probe among them, does something. Both numbers may be any.
  void Act(uint8_t who, uint8_t what);
  // All of them do what they are to. Whether there was anything to do.
  bool Behave();
  // Whether one of them has lied: it may say for ever that it drains something.
  bool AnyLies() const;
  // Checks that all of them serve this release and nothing else.
  void CheckServe(const server::Release& release) const;

  // server::Workers
  std::vector<server::WorkerLink*> live() override;
  void StartProbe() override;
  void EndProbe() override;
  void Replace(server::WorkerLink& worker, const std::string& reason) override;
  void End(server::WorkerLink&, const std::string&, server::Blame,
           const std::optional<server::AppFaults::End>&) override {
    NANO_CHECK(false);
  }
  void Remind(server::WorkerLink& worker) override;
  bool started() const override { return true; }
  std::optional<uint32_t> Running(const server::WorkerLink& worker) const override;
  // The apps of these are in no group.
  Result<std::set<std::string>> StartGroups(const std::set<std::string>& groups) override {
    NANO_CHECK(groups.empty());
    return std::set<std::string>();
  }
  void Allow(const nano::server::Release&, const nano::server::Release&) override {}
  void AskStore(nano::server::StoreService, std::string, nano::server::StoreDone) override {}
  void KeepGroups(const std::set<std::string>& groups) override { NANO_CHECK(groups.empty()); }
  uint64_t deaths(size_t) const override { return 0; }

 private:
  class Process;
  struct Place {
    size_t index = 0;
    bool due = false;     // A process is to be forked.
    bool killed = false;  // It was told to end.
    std::unique_ptr<Process> process;
  };

  void ForkDue(Place& place);
  void End(Place& place, bool blamed);
  void CheckAllPrepared(uint64_t number) const;

  uv_loop_t* const loop_;
  const size_t count_;
  server::WorkersObserver* observer_ = nullptr;
  std::vector<Place> places_;  // The last one is the probe's.
  uint64_t last_id_ = 0;
};

}  // namespace nano::fuzz
