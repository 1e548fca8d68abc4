// Notes, tells and ends. See stragglers.h for ownership and threads.
#include "server/deploy/stragglers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/yaml/units.h"

namespace nano::server {

Stragglers::Stragglers(uv_loop_t* loop, Workers& workers, Log& log,
                       std::chrono::milliseconds patience, AppOf app_of)
    : loop_(loop),
      workers_(workers),
      log_(log),
      patience_(patience),
      app_of_(std::move(app_of)),
      timer_(loop, [this] { EndLate(); }) {}

std::string Stragglers::Add(const WorkerLink& worker, uint64_t release) {
  const bool is_new = behind_.try_emplace(worker.id, uv_now(loop_)).second;
  const std::string app = Running(worker);
  std::string text =
      worker.name() + (app.empty() ? " is busy" : " is busy with the app " + app) +
      ": it changes over as soon as it comes to it, before it begins another request, and is "
      "ended " +
      config::FormatDuration(patience_) + " after it was left behind (`server.drain_timeout`)";
  if (is_new) {
    log_.Write(
        LogLevel::kWarn, app,
        "release " + std::to_string(release) + " is served without one of the workers: " + text,
        {{"release", static_cast<int64_t>(release)}, {"pid", worker.pid}});
    Arm();
  }
  return text;
}

void Stragglers::Caught(const WorkerLink& worker) {
  const auto behind = behind_.find(worker.id);
  if (behind == behind_.end()) return;
  uv_update_time(loop_);
  log_.Info(worker.name() + " has changed over, after the others",
            {{"release", static_cast<int64_t>(worker.release->number())},
             {"ms", static_cast<int64_t>(uv_now(loop_) - behind->second)}});
  behind_.erase(behind);
}

std::string Stragglers::Running(const WorkerLink& worker) const {
  const std::optional<uint32_t> version = workers_.Running(worker);
  return version ? app_of_(*version) : std::string();
}

void Stragglers::EndLate() {
  const uint64_t now = uv_now(loop_);
  const auto patience = static_cast<uint64_t>(patience_.count());
  for (WorkerLink* worker : workers_.live()) {
    const auto behind = behind_.find(worker->id);
    if (behind == behind_.end() || now < behind->second + patience) continue;
    behind_.erase(behind);
    workers_.End(*worker, "was busy for " + config::FormatDuration(patience_) +
                              " while a new release waited for it (`server.drain_timeout`)");
  }
  Arm();
}

void Stragglers::Arm() {
  uint64_t first = UINT64_MAX;
  for (const auto& [id, since] : behind_) first = std::min(first, since);
  if (first == UINT64_MAX) return timer_.Stop();
  const uint64_t due = first + static_cast<uint64_t>(patience_.count());
  const uint64_t now = uv_now(loop_);
  timer_.Start(due > now ? due - now : 0);
}

}  // namespace nano::server
