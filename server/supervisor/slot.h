// A place for a worker: its process, if it has one, and how often those before it died.
//
// Part of the supervisor, whose files alone see it. Owns the link to the process and a timer.
// Thread: the supervisor's loop.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "config/yaml/units.h"
#include "net/handles.h"
#include "server/supervisor/pulse.h"
#include "server/supervisor/restart_backoff.h"
#include "server/supervisor/supervisor.h"

namespace nano::server {

struct Supervisor::Slot final : Channel::Peer {
  static constexpr uint64_t kOrphanMs = 1'000;

  Slot(Supervisor& owner, size_t at, std::string of_group = {})
      : supervisor(owner),
        index(at),
        group(std::move(of_group)),
        restart_timer(&owner.loop_, [this] { due = true; }),
        orphan_timer(&owner.loop_, [this] { supervisor.Replace(*link, channel_end); }),
        replace_timer(&owner.loop_, [this] { EndLate(); }) {}

  void OnPacket(Packet packet) override {
    const auto kind = static_cast<MessageKind>(packet.kind);
    if (kind == MessageKind::kServing) return supervisor.OnServing(*this);
    if (kind == MessageKind::kPong) return pulse.Answered();
    if (kind == MessageKind::kAskStore) return supervisor.store_->Connect(*link);
    if (kind == MessageKind::kSandbox) return supervisor.OnSandbox(packet.body);
    supervisor.observer_->OnMessage(*link, kind, packet.body);
  }
  // A worker that ends closes it just before it can be reaped. One that closed it and goes on
  // cannot follow any more.
  void OnChannelEnd(std::string_view error) override {
    channel_end = "its channel to the supervisor has ended";
    if (!error.empty()) channel_end += ": " + std::string(error);
    link->channel.reset();
    if (!link->is_probe) orphan_timer.Start(kOrphanMs);
  }

  // It was told to end, for which it allows itself so much and a second (worker_ending.cc); it is
  // killed unless it has then.
  void EndWithin(std::chrono::milliseconds time) {
    may_take_ms = static_cast<uint64_t>(time.count()) + 1500;
    replace_timer.Start(may_take_ms);
  }
  void EndLate() {
    if (pid == 0) return;
    const auto taken = std::chrono::milliseconds(may_take_ms);
    late = "went on for " + config::FormatDuration(taken) + " after it was told to end";
    late_blame = Blame::kNobody;
    late_limit.reset();
    kill(pid, SIGKILL);
  }

  Supervisor& supervisor;
  const size_t index;
  const std::string group;        // Whose apps alone its workers run; empty: they serve all.
  Descriptor sender, receiver{};  // Of a group's channel, in which connections wait for its worker.
  bool ending = false;            // Its group has no apps any more.
  pid_t pid = 0;                  // 0: no process.
  bool due = true;                // To be forked by the next turn of Run.
  bool replaced = false;          // It was told to end, so that another one takes its place.
  bool serving = false;           // It has said that it could answer requests.
  bool tried = false;             // One of its processes has: all that was to be tried there was.
  uint64_t started_ms = 0;        // The loop's clock.
  uint64_t deaths = 0;
  Pulse pulse;
  std::optional<Pulse::Finding> hung;  // It did not answer and was killed, because of this …
  std::string late;                    // … or because of this …
  Blame late_blame = Blame::kNobody;   // … which is whose doing, and at which limit.
  std::optional<AppFaults::End> late_limit{};
  RestartBackoff backoff;
  net::Timer restart_timer;
  std::string channel_end;           // How that came to its end.
  net::Timer orphan_timer;           // Since its channel has ended, while the process has not.
  net::Timer replace_timer;          // Since it was told to end …
  uint64_t may_take_ms = 0;          // … for which it has so long.
  std::unique_ptr<WorkerLink> link;  // While there is a process.

  int64_t number() const { return static_cast<int64_t>(index) + 1; }
  // For people: as WorkerLink has it.
  std::string name() const { return WorkerLink{.slot = index, .group = group}.name(); }
};

}  // namespace nano::server
