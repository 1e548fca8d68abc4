// Notes, tells and ends. See stragglers.h for ownership and threads.
#include "server/deploy/stragglers.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "config/yaml/units.h"
#include "server/release/groups.h"
#include "server/release/release.h"

namespace nano::server {
namespace {

using std::chrono::milliseconds;

// What one turn of an app may take of its `limits.cpu` (runtime/limits/cpu_limit.cc) …
constexpr int kCpuOfTurn = 5;
// … until the worker ends itself (runtime/watchdog.cc) …
constexpr milliseconds kUntilEnded{1'000};
// … in time on a clock: others may have the processor meanwhile.
constexpr int kWallOfCpu = 2;

// How long the worker may be in one turn of an app whose limits bound that; 0: there is none.
milliseconds LongestTurn(const WorkerLink& worker) {
  milliseconds longest{0};
  const Membership members = Membership::Of(worker.group);
  for (const ServedApp& app : worker.release->apps()) {
    if (members.Has(app)) longest = std::max(longest, app.terms.limits.cpu);
  }
  // Versions that finish what they have begun keep the limits that they had.
  for (const auto& [version, cpu] : worker.draining_cpu) longest = std::max(longest, cpu);
  return longest.count() == 0 ? longest : kWallOfCpu * (kCpuOfTurn * longest + kUntilEnded);
}

// Whether the limits of what the worker runs leave it to it how long it computes.
bool RunsWithoutBound(const Workers& workers, const WorkerLink& worker) {
  const std::optional<uint32_t> running = workers.Running(worker);
  if (!running) return false;
  const auto draining = worker.draining_cpu.find(*running);
  if (draining != worker.draining_cpu.end()) return draining->second.count() == 0;
  std::shared_ptr<const AppVersion> version = worker.release->FindAnyVersion(*running);
  if (version == nullptr) version = worker.told->FindAnyVersion(*running);
  // Of an earlier release: as is known of nobody any more.
  if (version == nullptr) return true;
  const ServedApp* app = worker.release->Find(version->name);
  if (app == nullptr) app = worker.told->Find(version->name);
  return app == nullptr || app->terms.limits.cpu.count() == 0;
}

}  // namespace

void EndBusy(Workers& workers, WorkerLink& worker, const std::string& why,
             const std::optional<AppFaults::End>& limit) {
  workers.End(worker, why, RunsWithoutBound(workers, worker) ? Blame::kWhatItRuns : Blame::kNobody,
              limit);
}

Stragglers::Stragglers(uv_loop_t* loop, Workers& workers, Log& log,
                       std::chrono::milliseconds patience, AppOf app_of)
    : loop_(loop),
      workers_(workers),
      log_(log),
      patience_(patience),
      app_of_(std::move(app_of)),
      timer_(loop, [this] { EndLate(); }) {}

std::string Stragglers::Add(const WorkerLink& worker, uint64_t release) {
  const auto [behind, is_new] = behind_.try_emplace(
      worker.id,
      Behind{.since_ms = uv_now(loop_), .patience = std::max(patience_, LongestTurn(worker))});
  const std::string app = Running(worker);
  std::string text =
      worker.name() + (app.empty() ? " is busy" : " is busy with the app " + app) +
      ": it changes over as soon as it comes to it, before it begins another request, and is "
      "ended " +
      config::FormatDuration(behind->second.patience) + " after it was left behind (" +
      WordsOf(behind->second) + ")";
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
             {"ms", static_cast<int64_t>(uv_now(loop_) - behind->second.since_ms)}});
  behind_.erase(behind);
}

std::string Stragglers::Running(const WorkerLink& worker) const {
  const std::optional<uint32_t> version = workers_.Running(worker);
  return version ? app_of_(*version) : std::string();
}

std::string Stragglers::WordsOf(const Behind& behind) const {
  return behind.patience == patience_
             ? "`server.drain_timeout`"
             : "longer than `server.drain_timeout`, for the `limits.cpu` of its apps";
}

void Stragglers::EndLate() {
  const uint64_t now = uv_now(loop_);
  for (WorkerLink* worker : workers_.live()) {
    const auto found = behind_.find(worker->id);
    if (found == behind_.end() || now < found->second.due_ms()) continue;
    const Behind behind = found->second;
    behind_.erase(found);
    if (worker->replaced) continue;  // It has a time of its own.
    EndBusy(workers_, *worker,
            "was busy for " + config::FormatDuration(behind.patience) +
                " while a new release waited for it (" + WordsOf(behind) + ")",
            AppFaults::End{.reason = Reason::kDrainTimeout,
                           .limit = static_cast<uint64_t>(behind.patience.count()),
                           .used = now - behind.since_ms});
  }
  Arm();
}

void Stragglers::Arm() {
  uint64_t first = UINT64_MAX;
  for (const auto& [id, behind] : behind_) first = std::min(first, behind.due_ms());
  if (first == UINT64_MAX) return timer_.Stop();
  const uint64_t now = uv_now(loop_);
  timer_.Start(first > now ? first - now : 0);
}

}  // namespace nano::server
