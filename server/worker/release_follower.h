// Follows the supervisor: takes releases from its channel, prepares them beside the one that is
// served, and changes over when it is told to.
//
// Owns the worker's end of the channel, the router's preparation, and the slots of earlier releases
// until they have drained. A worker that cannot follow says so and is replaced. Thread: the
// worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "server/control/channel.h"
#include "server/control/messages.h"
#include "server/worker/draining.h"
#include "server/worker/preparation.h"
#include "server/worker/profiling.h"
#include "server/worker/router.h"
#include "server/worker/scheduled_runs.h"

namespace nano::server {

class ReleaseFollower final : private Channel::Peer {
 public:
  // What the supervisor has to do with besides releases.
  struct Connections {
    std::function<size_t()> count;    // The worker's.
    std::function<void()> accept;     // From now on.
    std::function<void()> retire;     // No more: another server has taken over.
    std::function<void()> dismiss;    // This worker has no apps any more.
    std::function<void()> wind_down;  // Clients are not kept …
    std::function<void()> finish;     // … and others come no more.
    std::function<void()> cut;        // Its time is up.
    // A group's, of which none is left if there is no descriptor.
    std::function<void(const std::string& group, Descriptor sender)> set_channel;
    std::function<void(Descriptor end)> set_store;  // As asked for.
  };

  // Router, log and marks outlive the follower.
  ReleaseFollower(uv_loop_t* loop, Router& router, Log& log, RunMarks& marks,
                  Connections connections);
  ~ReleaseFollower();

  // `end` is of Channel::MakeEnds.
  Result<void> Start(Descriptor end);

  // Follows up to this release, which the supervisor has told of, before the loop comes to it. Not
  // from within a call into an isolate.
  void CatchUp(uint64_t release);

  // The worker could answer requests.
  void TellServing();

  // A version that is served, or was, does not boot.
  void TellBroken(uint32_t version, const std::string& why);

  // The worker has something for the store.
  void AskStore() { Tell(MessageKind::kAskStore); }

  // What privileges it has given up.
  void TellSandbox(const SandboxState& state);

  // Requests and promises of versions that are served no more.
  size_t pending() const;

 private:
  void OnPacket(Packet packet) override;
  void OnChannelEnd(std::string_view error) override;

  Result<void> Handle(MessageKind kind, Packet& packet);
  Result<void> TakeSnapshot(Packet& packet);
  void PrepareRelease(const Prepare& message);
  Result<std::vector<NewSlot>> Begin(const Prepare& message);
  void Commit(uint64_t number);
  void Abort(uint64_t number);
  void TellDraining();
  void TellStatus(uint64_t token);

  template <typename Message>
  void Tell(MessageKind kind, const Message& message);
  void Tell(MessageKind kind) { TellBody(kind, {}); }
  void TellBody(MessageKind kind, std::string_view body);

  uv_loop_t* const loop_;
  Router& router_;
  Log& log_;
  const Connections connections_;
  std::unique_ptr<Channel> channel_;
  Draining draining_;
  std::unique_ptr<Preparation> preparation_;
  Profiling profiling_;
  ScheduledRuns runs_;
  // Snapshots by digest: those that came for the release that is prepared, until it is.
  std::unordered_map<std::string, AppVersion::Snapshot> staged_;
};

}  // namespace nano::server
