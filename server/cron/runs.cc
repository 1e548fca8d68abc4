// Offers, and what comes back. See runs.h for ownership and threads.
#include "server/cron/runs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/timestamp.h"

namespace nano::server {
namespace {

constexpr uint64_t kLookMs = 200;
constexpr uint32_t kMostRefusals = 5;  // By workers that turn out not to run the app.

}  // namespace

CronRuns::CronRuns(uv_loop_t* loop, Workers& workers, RunMarks& marks, Log& log, Current current)
    : loop_(loop),
      workers_(workers),
      marks_(marks),
      log_(log),
      current_(std::move(current)),
      look_(loop, [this] { Look(); }) {}

void CronRuns::Begin(CronRun run, Crons::Done done) {
  const uint64_t token = ++last_token_;
  runs_[token] = {.run = std::move(run), .done = std::move(done)};
  look_.Start(0);  // `done` is not to be called from in here.
}

void CronRuns::Look() {
  const uint64_t now = uv_now(loop_);
  std::vector<uint64_t> waiting;
  for (const auto& [token, entry] : runs_) {
    if (HasBegun(token, entry)) continue;
    if (entry.worker == 0 || now >= entry.offered + kPatienceMs) waiting.push_back(token);
  }
  for (const uint64_t token : waiting) Offer(token);
  const bool any_waits = std::ranges::any_of(
      runs_, [this](const auto& each) { return !HasBegun(each.first, each.second); });
  if (any_waits) look_.Start(kLookMs);
}

// Gives it to a worker, if there is another one than the one that has it.
void CronRuns::Offer(uint64_t token) {
  Entry& entry = runs_.at(token);
  const std::shared_ptr<const Release> release = current_();
  const ServedApp* app = release == nullptr ? nullptr : release->Find(entry.run.app);
  const bool is_gone = app == nullptr || app->leaving;
  const uint64_t holder = entry.worker;
  WorkerLink* const worker = is_gone ? nullptr : Choose(app->group, holder);
  if (worker == nullptr && !is_gone && !stopping_) return;  // It stays where it is, or waits.
  if (!TakeBack(token, entry)) return;
  if (is_gone) return Finish(token, "not-run", "the app is not served any more");
  if (worker == nullptr) return Finish(token, "not-run", "the server is stopping");
  if (!entry.has_mark) {
    if (free_marks_.empty() && next_mark_ == RunMarks::kMarks) return;  // Until one is free.
    entry.has_mark = true;
    if (free_marks_.empty()) {
      entry.mark = next_mark_++;
    } else {
      entry.mark = free_marks_.back();
      free_marks_.pop_back();
    }
  }
  // By a name of its own: who had it before finds that it is not the one that it was given.
  if (holder != 0) token = Rename(token);
  marks_.Offer(entry.mark, token);
  const Result<void> sent =
      worker->Send(MessageKind::kRun, RunStart{.token = token,
                                               .mark = entry.mark,
                                               .app = entry.run.app,
                                               .cron = entry.run.cron,
                                               .time = static_cast<uint64_t>(entry.run.time)});
  if (!sent.ok()) {
    (void)marks_.TakeBack(entry.mark, token);
    return;
  }
  entry.worker = worker->id;
  entry.offered = uv_now(loop_);
  entry.run.worker = static_cast<uint32_t>(worker->number());
  ++given_[worker->id];
}

// The one that was given the least so far. Null: there is none but `other_than`.
WorkerLink* CronRuns::Choose(const std::string& group, uint64_t other_than) {
  if (stopping_) return nullptr;
  WorkerLink* chosen = nullptr;
  for (WorkerLink* worker : workers_.live()) {
    if (worker->group != group || worker->replaced || worker->channel == nullptr) continue;
    if (worker->id == other_than) continue;
    if (chosen != nullptr) {
      if (worker->behind() && !chosen->behind()) continue;
      const bool is_better = chosen->behind() && !worker->behind();
      if (!is_better && given_[worker->id] >= given_[chosen->id]) continue;
    }
    chosen = worker;
  }
  return chosen;
}

bool CronRuns::TakeBack(uint64_t token, Entry& entry) {
  if (entry.worker == 0) return true;
  if (!marks_.TakeBack(entry.mark, token)) return false;
  entry.worker = 0;
  entry.run.worker = 0;
  return true;
}

uint64_t CronRuns::Rename(uint64_t token) {
  auto node = runs_.extract(token);
  node.key() = ++last_token_;
  runs_.insert(std::move(node));
  return last_token_;
}

void CronRuns::OnMessage(const WorkerLink& worker, const RunEnd& end) {
  const auto found = runs_.find(end.token);
  // Of one that was taken back from it, or of nothing: it runs strangers' code.
  if (found == runs_.end() || found->second.worker != worker.id) return;
  Entry& entry = found->second;
  if (!HasBegun(end.token, entry)) {
    if (++entry.refusals >= kMostRefusals) return Finish(end.token, "not-run", end.why);
    if (TakeBack(end.token, entry)) Rename(end.token);
    look_.Start(kLookMs);
    return;
  }
  entry.run.ms = end.ms;
  entry.run.request = end.request;
  Finish(end.token, end.outcome);
}

void CronRuns::OnEnded(const WorkerLink& worker) {
  given_.erase(worker.id);
  std::vector<uint64_t> tokens;
  for (const auto& [token, entry] : runs_) {
    if (entry.worker == worker.id) tokens.push_back(token);
  }
  for (const uint64_t token : tokens) {
    if (!TakeBack(token, runs_.at(token))) {
      Finish(token, "worker-ended");
    } else {
      Rename(token);
    }
  }
  if (!runs_.empty()) look_.Start(0);
}

void CronRuns::OnStopping() {
  stopping_ = true;
  if (!runs_.empty()) look_.Start(0);
}

void CronRuns::Finish(uint64_t token, std::string outcome, std::string why) {
  auto entry = runs_.extract(token);
  if (!entry) return;
  Entry& ended = entry.mapped();
  if (ended.has_mark) free_marks_.push_back(ended.mark);
  ended.run.outcome = std::move(outcome);
  ended.run.why = std::move(why);
  Tell(ended.run);
  ended.done(ended.run);
}

void CronRuns::Tell(const CronRun& run) {
  const bool is_well = run.outcome == "ok";
  log_.Write(is_well ? LogLevel::kInfo : LogLevel::kWarn, run.app,
             is_well ? "a scheduled call has ended" : "a scheduled call did not end well",
             {{"cron", run.cron},
              {"scheduled", Timestamp(run.time)},
              {"outcome", run.outcome},
              LogField::IfAny("why", run.why),
              {"ms", static_cast<int64_t>(run.ms)},
              LogField::IfAny("slot", static_cast<int64_t>(run.worker)),
              LogField::IfAny("request_id", run.request)});
}

}  // namespace nano::server
