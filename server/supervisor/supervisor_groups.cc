// The supervisor's workers of groups: those that run some apps alone. They come and go with the
// releases; each has a channel by which all other workers hand connections over to it
// (server/groups/). See supervisor.h for ownership and threads.
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/release/groups.h"
#include "server/supervisor/slot.h"
#include "server/supervisor/supervisor.h"

namespace nano::server {
namespace {

// For a worker that is to end, beyond what it allows itself.
constexpr uint64_t kEndGraceMs = 1500;

}  // namespace

Result<std::set<std::string>> Supervisor::StartGroups(const std::set<std::string>& groups) {
  std::set<std::string> started;
  for (const std::string& group : groups) {
    const bool is_there = std::ranges::any_of(
        group_slots_, [&group](const auto& slot) { return slot->group == group && !slot->ending; });
    if (is_there) continue;
    TRY(StartGroup(group));
    started.insert(group);
  }
  return started;
}

Result<void> Supervisor::StartGroup(const std::string& group) {
  size_t index = options_.workers + 1;  // Behind the probe's.
  const auto is_taken = [&](const auto& slot) { return slot->index == index; };
  while (std::ranges::any_of(group_slots_, is_taken)) ++index;
  if (index > options_.workers + kMaxGroups) {
    return Error{"there is no room for the worker of group " + group + ": a server has " +
                     std::to_string(kMaxGroups) + " at most, and some of them are just ending",
                 {},
                 "Try again in a moment."};
  }
  auto ends = TRY(Channel::MakeEnds());
  auto slot = std::make_unique<Slot>(*this, index, group);
  slot->sender = std::move(ends.first);
  slot->receiver = std::move(ends.second);
  for (WorkerLink* worker : live()) {
    TellChannel(*worker, group, slot->sender.get());
    TellChannel(*worker, {}, relay_->sender());
  }
  group_slots_.push_back(std::move(slot));
  log_.Info("a worker is started for the apps of group " + group);
  return {};
}

void Supervisor::KeepGroups(const std::set<std::string>& groups) {
  if (stopping_) return;
  for (const auto& slot : group_slots_) {
    if (!slot->ending && !groups.contains(slot->group)) EndGroup(*slot);
  }
}

// Nobody sends it connections from here on; those that are on their way it takes still, or what
// remains of its channel is passed on (RemoveEndedGroups).
void Supervisor::EndGroup(Slot& slot) {
  slot.ending = true;
  slot.due = false;
  slot.restart_timer.Stop();
  shutdown(slot.receiver.get(), SHUT_RD);
  for (WorkerLink* worker : live()) {
    if (worker->group != slot.group) TellChannel(*worker, slot.group, -1);
  }
  log_.Info("the group " + slot.group + " has no apps any more: its worker ends");
  if (slot.link == nullptr) return;
  Tell(*slot.link, MessageKind::kDismiss);
  slot.EndWithin(static_cast<uint64_t>(options_.drain_timeout.count()) +
                 static_cast<uint64_t>(options_.shutdown_timeout.count()) + kEndGraceMs);
}

// From the loop, not from within what is told of a slot.
void Supervisor::RemoveEndedGroups() {
  std::erase_if(group_slots_, [this](const auto& slot) {
    const bool is_over = slot->pid == 0 && (slot->ending || (stopping_ && replaced_));
    if (is_over && slot->receiver.get() >= 0) strays_->Collect(std::move(slot->receiver));
    return is_over;
  });
}

void Supervisor::TellChannel(WorkerLink& worker, const std::string& group, int sender) {
  const Result<void> told = worker.Send(MessageKind::kGroup, GroupChannel{.group = group}, sender);
  if (!told.ok()) Replace(worker, told.error().ToString());
}

void Supervisor::TellChannels(WorkerLink& worker) {
  if (group_slots_.empty()) return;
  TellChannel(worker, {}, relay_->sender());
  for (const auto& slot : group_slots_) {
    if (!slot->ending) TellChannel(worker, slot->group, slot->sender.get());
  }
}

void Supervisor::StopGroups() {
  const bool others_live =
      std::ranges::any_of(slots_, [](const auto& slot) { return slot->pid != 0; });
  if (others_live || std::exchange(groups_stopped_, true)) return;
  for (const auto& slot : group_slots_) {
    if (slot->link != nullptr) Tell(*slot->link, MessageKind::kFinish);
  }
}

}  // namespace nano::server
