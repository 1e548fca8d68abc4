// Keeps the store's process: whether there is one, what it is told, and how others get at it.
//
// It is started when an app that is served has something of it, or when a worker asks; started
// again when it has died, after growing delays if it keeps doing so; and ended after all workers
// have. What apps may reach there is told by their versions, each release's before any worker is
// told of it.
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
#include <string>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/control/channel.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"
#include "server/release/release.h"
#include "server/storage/store_client.h"
#include "server/supervisor/known_scopes.h"
#include "server/supervisor/pulse.h"
#include "server/supervisor/restart_backoff.h"

namespace nano::server {

class StoreKeeper final : private Channel::Peer {
 public:
  StoreKeeper(uv_loop_t* loop, Log& log);
  ~StoreKeeper();

  // What the apps of a release may reach, before anybody is told of it, beside those of the one
  // that is served meanwhile. Starts the store if they need it.
  void Allow(const Release& served, const Release& next);

  // It is to be forked, by who calls Started or FailedToStart then.
  bool due() const { return due_; }
  void Started(pid_t pid, Descriptor channel);
  void FailedToStart(const std::string& why);

  pid_t pid() const { return pid_; }
  void OnDeath(int status);
  // Every Pulse::kBeatMs: a store that does not answer any more is ended, and started again.
  void Beat();

  // A worker has something for it: gets a channel, once the store is there.
  void Connect(WorkerLink& worker);
  void Forget(const WorkerLink& worker);
  // Asks it for who operates the server.
  void Ask(StoreService service, std::string message, StoreDone done);

  // No worker is left, hence nobody who waits for it: it ends, too, or is ended.
  void End();

 private:
  void OnPacket(Packet packet) override;
  void OnChannelEnd(std::string_view error) override;
  void Start();
  void TellScopes();
  // The other end of a new channel to the store; none, which the log tells.
  Descriptor MakeChannel(const StoreUser& user);
  void ConnectWaiting();

  uv_loop_t* const loop_;
  Log& log_;
  KnownScopes scopes_;
  std::map<uint64_t, WorkerLink*> waiting_;  // By their ids.
  std::optional<StoreClient> operator_;      // Once anything was asked.
  bool operator_waits_ = false;              // For a channel.
  std::unique_ptr<Channel> channel_;
  pid_t pid_ = 0;
  bool due_ = false;
  bool ending_ = false;
  uint64_t started_ms_ = 0;
  Pulse pulse_;
  std::optional<Pulse::Finding> hung_;  // It was killed, because of this.
  RestartBackoff backoff_;
  net::Timer restart_;
  net::Timer connect_;  // Again, since a channel could not be made.
  net::Timer end_;      // By force.
};

}  // namespace nano::server
