// The workers as a deployment sees them: who is there, what can be said to them, what comes back.
// The supervisor, which has the processes, implements one side and the deployer the other.
//
// Thread: the supervisor's loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/control/channel.h"
#include "server/control/messages.h"
#include "server/faults/app_faults.h"
#include "server/release/release.h"
#include "server/release/replaced_sites.h"
#include "server/storage/frames.h"

namespace nano::server {

// New versions of a release that a worker was told to prepare.
struct OnTheWay {
  uint64_t release = 0;  // Its number.
  std::vector<uint32_t> versions;
};

// A worker's process, from its fork to its end.
struct WorkerLink {
  uint64_t id = 0;  // Counts processes.
  size_t slot = 0;  // Its place among the workers; of a probe, the one behind them.
  bool is_probe = false;
  std::string group;  // Whose apps alone it runs (release/groups.h); empty: it serves all.
  int32_t pid = 0;
  int64_t since = 0;                       // Milliseconds since 1970.
  std::shared_ptr<const Release> release;  // That it serves, as far as is known.
  std::shared_ptr<const Release> told;     // That it was told to serve: it does, or is about to.
  uint32_t commits = 0;                    // That it was told to make, and has not said it has.
  std::vector<uint32_t> draining;          // Versions that it has besides; in their order …
  std::map<uint32_t, std::chrono::milliseconds> draining_cpu;  // … and what their `limits.cpu` was.
  std::vector<OnTheWay> on_the_way;  // What it may come to meanwhile, the earliest first.
  bool replaced = false;             // It was told to end, for another one.
  std::unique_ptr<Channel> channel;  // Null once it has ended.

  int64_t number() const { return static_cast<int64_t>(slot) + 1; }
  // For people: "worker 2", "worker 6 (blue)".
  std::string name() const {
    return "worker " + std::to_string(number()) + (group.empty() ? "" : " (" + group + ")");
  }
  // It has not come to what it was told yet.
  bool behind() const { return commits != 0; }

  // Nothing to one whose channel has ended: it is about to be replaced.
  template <typename Message>
  Result<void> Send(MessageKind kind, const Message& message, int descriptor = -1) {
    if (channel == nullptr) return {};
    return channel->Send(static_cast<uint8_t>(kind), Encode(message), descriptor);
  }

  // A message that says all by its kind.
  Result<void> Send(MessageKind kind) {
    if (channel == nullptr) return {};
    return channel->Send(static_cast<uint8_t>(kind), {});
  }
};

// Whose doing it is that a worker has to be ended.
enum class Blame {
  kWhatItRuns,  // That app's.
  kNobody,
};

class Workers {
 public:
  // Those whose processes run, the groups' included, without a probe.
  virtual std::vector<WorkerLink*> live() = 0;
  // Forks a probe as soon as the loop is back in control; WorkersObserver::OnStarted is told.
  virtual void StartProbe() = 0;
  // Kills it, or sees to it that there will be none. Nothing is told of its end.
  virtual void EndProbe() = 0;
  // Has a worker finish what it has under way and forks another one in its place.
  virtual void Replace(WorkerLink& worker, const std::string& reason) = 0;
  // Ends a worker at once, which does not come to what it was told, and forks another one in its
  // place. `why` goes on from its name: "has computed for 30 s"; `limit` is the one that it came
  // to, if it is one of the vocabulary. Nothing to one that is replaced, which ends anyway.
  virtual void End(WorkerLink& worker, const std::string& why, Blame blame,
                   const std::optional<AppFaults::End>& limit) = 0;
  // Has a worker that nobody waits for read what it was told before it begins another request.
  virtual void Remind(WorkerLink& worker) = 0;
  // Whether all of them have been able to answer requests, once.
  virtual bool started() const = 0;
  // Which version's code a worker runs at the moment, if any.
  virtual std::optional<uint32_t> Running(const WorkerLink& worker) const = 0;
  // Sees to it that each of these groups (release/groups.h) has a worker, forked as soon as the
  // loop is back in control. Returns the groups that had none before.
  virtual Result<std::set<std::string>> StartGroups(const std::set<std::string>& groups) = 0;
  // Has the workers of all other groups end when they have finished what they have under way.
  virtual void KeepGroups(const std::set<std::string>& groups) = 0;
  // `next` is about to be prepared, in the place of `served`: what its apps may reach of the store
  // is known there before a worker is told of them.
  virtual void Allow(const Release& served, const Release& next) = 0;
  // As Deployments has it.
  virtual void AskStore(StoreService service, std::string message, StoreDone done) = 0;
  // How often the workers at a place have ended by themselves.
  virtual uint64_t deaths(size_t slot) const = 0;

 protected:
  ~Workers() = default;
};

// How a worker ended.
struct WorkerDeath {
  std::string text;                 // "was killed by SIGSEGV (Segmentation fault)"
  std::optional<uint32_t> version;  // Whose code it was running, if it ended of that.
};

class WorkersObserver {
 public:
  virtual ~WorkersObserver() = default;

  // The workers accept connections: at once, or when this server has taken the place of another.
  virtual void OnInCharge() = 0;
  // What a worker serves that is forked now.
  virtual std::shared_ptr<const Release> current() const = 0;
  // Versions before it whose files are still found.
  virtual std::vector<ReplacedSite> replaced() const { return {}; }
  // How many apps of that were found not to boot since, though they were thought fit.
  virtual size_t broken() const = 0;
  // Whether the worker before at this place had found some of them, which nobody knows since.
  virtual bool TriesAgain(size_t slot) const = 0;
  virtual void OnStarted(WorkerLink& worker) = 0;
  virtual void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) = 0;
  // A version has ended a worker, which has been counted (AppFaults::Blame).
  virtual void OnBlamed(uint32_t version) = 0;
  // It has ended, by itself or because it was to.
  virtual void OnEnded(WorkerLink& worker, const WorkerDeath& death) = 0;
  // SIGHUP. `over` is called when all is as the files say, or when that has failed.
  virtual void OnReloadSignal(std::function<void(bool failed)> over) = 0;
  // The server is to end, or `retires` since another one serves: nothing is begun any more.
  virtual void OnStopping(bool retires) = 0;
  // After OnStopping: no worker is left.
  virtual void OnWorkersGone() {}
  // After OnWorkersGone: nothing is under way, and this may be destroyed.
  virtual bool ended() const = 0;
};

}  // namespace nano::server
