// Keeps the store's process: whether there is one, what it is told, and how others get at it.
//
// It is started when an app that is served has something of it, or when a worker asks; started
// again when it has died, after growing delays if it keeps doing so; and ended after all workers
// have. What apps may reach there is told by their versions, each release's before any worker is
// told of it. Versions that are in no release any more are known for a while, since workers finish
// what they have of them.
//
// Owns the channel to the process. Thread: the supervisor's loop.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/control/channel.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"
#include "server/release/release.h"
#include "server/storage/store_client.h"
#include "server/supervisor/restart_backoff.h"

namespace nano::server {

class StoreKeeper final : private Channel::Peer {
 public:
  StoreKeeper(uv_loop_t* loop, Log& log);
  ~StoreKeeper();

  // What the apps of a release may reach, before anybody is told of it. Starts the store if they
  // need it.
  void Allow(const Release& release);

  // It is to be forked, by who calls Started or FailedToStart then.
  bool due() const { return due_; }
  void Started(pid_t pid, Descriptor channel);
  void FailedToStart(const std::string& why);

  pid_t pid() const { return pid_; }
  void OnDeath(int status);

  // A worker has something for it: gets a channel, once the store is there.
  void Connect(WorkerLink& worker);
  void Forget(const WorkerLink& worker);
  // Asks it for who operates the server.
  void Ask(StoreService service, std::string message, StoreDone done);

  // No worker is left: it ends, too. What is under way there is finished.
  void End();

 private:
  struct Known {
    StoreScope scope;
    uint64_t seen = 0;  // When it was in a release, by the loop's clock.
  };

  void OnPacket(Packet packet) override;
  void OnChannelEnd(std::string_view error) override;
  void Start();
  void TellScopes();
  // The other end of a new channel to the store; none, which the log tells.
  Descriptor MakeChannel(const StoreUser& user);
  void ConnectWaiting();

  uv_loop_t* const loop_;
  Log& log_;
  std::map<uint32_t, Known> scopes_;
  std::map<uint64_t, WorkerLink*> waiting_;  // By their ids.
  std::optional<StoreClient> operator_;      // Once anything was asked.
  bool operator_waits_ = false;              // For a channel.
  std::unique_ptr<Channel> channel_;
  pid_t pid_ = 0;
  bool due_ = false;
  bool ending_ = false;
  uint64_t started_ms_ = 0;
  RestartBackoff backoff_;
  net::Timer restart_;
};

}  // namespace nano::server
