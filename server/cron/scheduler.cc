// Ticks. See scheduler.h for ownership and threads.
#include "server/cron/scheduler.h"

#include <algorithm>

#include "server/cron/times.h"

namespace nano::server {
namespace {

// The clock of the wall may be set, and the machine may sleep: it is looked at so often.
constexpr int64_t kLookMs = 10'000;
constexpr uint64_t kLockMs = 1'000;  // Until the lock is asked for again.

}  // namespace

CronScheduler::CronScheduler(uv_loop_t* loop, Workers& workers, RunMarks& marks, Log& log,
                             std::string folder, CronRuns::Current current, Clock clock)
    : log_(log),
      current_(current),
      clock_(std::move(clock)),
      record_(std::move(folder)),
      runs_(loop, workers, marks, log, std::move(current)),
      timer_(loop, [this] { Tick(); }) {}

void CronScheduler::Start() {
  in_charge_ = true;
  OnRelease();
}

void CronScheduler::OnRelease() {
  if (in_charge_ && current_() != followed_) timer_.Start(0);
}

void CronScheduler::OnStopping(bool retires) {
  in_charge_ = false;
  timer_.Stop();
  record_.Unlock();
  if (!retires) runs_.OnStopping();
}

// Takes note of what the release has. True if what is recorded is to be saved.
bool CronScheduler::Follow(int64_t now) {
  followed_ = current_();
  crons_.clear();
  for (const ServedApp& app : followed_->apps()) {
    if (app.leaving || app.version->files_alone()) continue;
    for (const config::CronExpression& cron : app.crons) {
      crons_.emplace(Name(app.name(), cron.text()), cron);
    }
  }
  if (crons_.empty() && handed_.empty()) return false;
  bool changed = std::erase_if(handed_, [this](const auto& entry) {
                   return !crons_.contains(entry.first);
                 }) != 0;
  std::erase_if(counted_, [this](const auto& entry) { return !crons_.contains(entry.first); });
  // A new one begins now.
  for (const auto& entry : crons_) changed = handed_.emplace(entry.first, now).second || changed;
  return changed;
}

// A server without triggers makes no file.
bool CronScheduler::TakeLock() {
  const Result<bool> locked = record_.Lock();
  if (locked.ok() && !*locked) {
    if (!std::exchange(told_other_, true)) {
      log_.Warn("another server of the same state calls what is scheduled; this one does not");
    }
    return false;
  }
  if (locked.ok() && read_) return true;
  Result<CronRecord::Handed> handed =
      locked.ok() ? record_.Read() : Result<CronRecord::Handed>(locked.error());
  if (handed.ok()) {
    handed_ = std::move(handed).value();
    read_ = true;
    return true;
  }
  // They are called all the same: a folder that cannot be had is no reason to do nothing.
  if (!std::exchange(told_broken_, true)) {
    log_.Error(
        "what is scheduled is called without a record, so that a start within a minute may "
        "call it again: " +
        handed.error().ToString());
  }
  return true;
}

void CronScheduler::Save() {
  if (!record_.is_locked()) return;
  const Result<void> saved = record_.Save(handed_);
  if (saved.ok()) {
    told_broken_ = false;
  } else if (!std::exchange(told_broken_, true)) {
    log_.Error(
        "what is scheduled is called without a record, so that a start within a minute may "
        "call it again: " +
        saved.error().ToString());
  }
}

void CronScheduler::Tick() {
  const auto has_crons = [](const ServedApp& app) { return !app.crons.empty(); };
  const std::shared_ptr<const Release> release = current_();
  if (crons_.empty() && std::ranges::none_of(release->apps(), has_crons)) {
    followed_ = release;
    return;
  }
  if (!TakeLock()) return timer_.Start(kLockMs);
  const int64_t now = clock_();
  bool changed = release != followed_ && Follow(now);
  std::vector<std::pair<Name, int64_t>> due;
  for (const auto& [name, cron] : crons_) {
    int64_t& handed = handed_[name];
    const DueTimes times = DueOf(cron, handed, now);
    for (const int64_t time : times.times) due.emplace_back(name, time);
    if (times.missed != 0) {
      counted_[name].missed += times.missed;
      log_.Write(LogLevel::kWarn, name.first,
                 "scheduled calls were missed: the server did not run, or the clock was set",
                 {{"cron", name.second}, {"missed", static_cast<int64_t>(times.missed)}});
    }
    changed = changed || times.handed != handed;
    handed = times.handed;
  }
  // Before any of it is handed out: what is on disk is never called again.
  if (changed) Save();
  std::ranges::stable_sort(due, {}, &std::pair<Name, int64_t>::second);
  for (const auto& [name, time] : due) Fire(name, time);
  Arm(clock_());
}

void CronScheduler::Fire(const Name& name, int64_t time) {
  runs_.Begin({.app = name.first, .cron = name.second, .time = time},
              [this, name](const CronRun& run) {
                if (!crons_.contains(name)) return;
                Counted& counted = counted_[name];
                ++counted.outcomes[run.outcome];
                counted.ms += run.ms;
                counted.last = run;
              });
}

void CronScheduler::Arm(int64_t now) {
  if (crons_.empty()) return timer_.Stop();
  int64_t next = now + kLookMs;
  for (const auto& [name, cron] : crons_) {
    if (const auto time = cron.Next(handed_[name])) next = std::min(next, *time);
  }
  timer_.Start(static_cast<uint64_t>(std::max<int64_t>(next - now, 1)));
}

std::vector<CronView> CronScheduler::crons() {
  std::vector<CronView> views;
  const std::shared_ptr<const Release> release = current_();
  for (const ServedApp& app : release->apps()) {
    if (app.leaving) continue;
    for (const config::CronExpression& cron : app.crons) {
      const Name name(app.name(), cron.text());
      CronView view{.app = name.first, .cron = name.second};
      const auto handed = handed_.find(name);
      if (in_charge_ && handed != handed_.end()) {
        view.next = cron.Next(std::max(handed->second, clock_()));
      }
      if (const auto counted = counted_.find(name); counted != counted_.end()) {
        view.last = counted->second.last;
        view.outcomes = counted->second.outcomes;
        view.ms = counted->second.ms;
        view.missed = counted->second.missed;
      }
      views.push_back(std::move(view));
    }
  }
  return views;
}

}  // namespace nano::server
