// What comes of a deployer's jobs: what is kept, logged, remembered and told. See deployer.h for
// ownership and threads.
#include <algorithm>
#include <utility>

#include "base/lines.h"
#include "base/system_error.h"
#include "base/timestamp.h"
#include "server/deploy/deployer.h"
#include "server/deploy/release_diff.h"

namespace nano::server {
namespace {

constexpr size_t kHistory = 100;  // Releases that are remembered.

int64_t ToMs(uint64_t nanoseconds) { return static_cast<int64_t>(nanoseconds / 1'000'000); }

Json JsonOf(const AppDifference& difference) {
  return Json(Json::Object()).Set("app", difference.app).Set("change", Describe(difference));
}

// For whoever reads line by line; who can take it apart has the errors themselves.
std::string InOneLine(const Error& error) {
  std::string text = error.where.empty() ? error.message : error.where + ": " + error.message;
  if (!error.hint.empty()) text += (text.ends_with('.') ? " " : ". ") + error.hint;
  for (const Error& other : error.others) text += "; " + InOneLine(other);
  return nano::InOneLine(text);
}

// What was asked for was not begun: it makes no sense, or not any more.
bool IsRefused(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kUnchanged:
    case Outcome::Kind::kDone:
    case Outcome::Kind::kDraining:
    case Outcome::Kind::kFailed:
      return false;
    default:
      return true;
  }
}

// A failure for the log: with the app's own lines, below each other where people read it, behind
// each other where lines are counted.
std::string Told(const Rollout::Failure& failure, LogFormat format) {
  const bool for_people = format == LogFormat::kText;
  std::string text = failure.step + ": " + failure.message;
  for (const std::string& line : failure.log) text += (for_people ? "\n  " : "\n│ ") + line;
  return for_people ? text : nano::InOneLine(text);
}

}  // namespace

const StoredState& Deployer::state() const {
  static const StoredState none;
  return options_.store == nullptr ? none : options_.store->state();
}

// Apps that stay as they were keep what is kept of them.
Result<void> Deployer::Persist(const std::set<std::string>& failed) {
  if (!job_->state || options_.store == nullptr) return {};
  job_->handed_over = !options_.store->is_locked();
  if (job_->handed_over) return Error{kTakingOver, {}, {}};
  StoredState next = *std::move(job_->state);
  const StoredState& before = options_.store->state();
  for (const std::string& name : failed) {
    next.Remove(name);
    if (const StoredState::Entry old = before.Find(name)) next.Put(old);
  }
  job_->state.reset();
  Result<void> saved = options_.store->Save(std::move(next));
  job_->no_space = !saved.ok() && IsOutOfSpace(saved.error());
  return saved;
}

void Deployer::Fail(std::string step, const Error& error) {
  job_->no_space = IsOutOfSpace(error);
  Outcome outcome{.kind = Outcome::Kind::kFailed,
                  .step = std::move(step),
                  .app = job_->app,
                  .message = InOneLine(error)};
  outcome.errors.push_back(error);
  Finish(std::move(outcome));
}

// Nothing was kept, and so nothing was changed.
void Deployer::PutOff() {
  Finish({.kind = Outcome::Kind::kBusy, .app = job_->app, .message = kTakingOver});
}

void Deployer::OnRolled() {
  if (job_->handed_over) return PutOff();
  Outcome outcome = std::move(job_->outcome);
  outcome.apps = rollout_->changes();
  outcome.created = job_->is_new && rollout_->committed();
  const bool committed = rollout_->committed();
  outcome.kind = committed ? Outcome::Kind::kDone : Outcome::Kind::kUnchanged;
  if (!committed && rollout_->failures().empty() && job_->state) {
    // The same is served, for other reasons: that is kept as well.
    if (Result<void> kept = Persist({}); !kept.ok()) {
      return job_->handed_over ? PutOff() : Fail("persist", kept.error());
    }
  }
  if (rollout_->failures().empty()) files_ = job_->files;
  if (job_->composed && (committed || rollout_->failures().empty())) {
    pure_ = rollout_->failures().empty();
  }
  if (!rollout_->failures().empty()) {
    const Rollout::Failure& first = rollout_->failures().front();
    outcome.kind = Outcome::Kind::kFailed;
    outcome.app = first.app;
    outcome.step = first.step;
    outcome.message = nano::InOneLine(first.message);
    outcome.log = first.log;
    for (const Rollout::Failure& other : rollout_->failures()) {
      if (&other == &first) continue;
      outcome.errors.push_back({.message = nano::InOneLine(other.step + ": " + other.message),
                                .where = other.app,
                                .hint = {}});
    }
  }
  Finish(std::move(outcome));
}

void Deployer::Finish(Outcome outcome) {
  outcome.release = current_->number();
  // What was not begun, or taken back, because the server stops is no news of its own.
  if (outcome.kind != Outcome::Kind::kStopping) {
    Report(outcome);
    Remember(outcome);
  }
  if (outcome.kind == Outcome::Kind::kDone && !outcome.operation.empty()) {
    Settle();
    const OperationView* drain = operations_.Find(outcome.operation);
    if (drain != nullptr && drain->state == OperationView::State::kRunning) {
      outcome.kind = Outcome::Kind::kDraining;
    }
  }
  const bool failed = outcome.kind == Outcome::Kind::kFailed;
  if (failed && outcome.step == "persist" && job_->no_space) {
    outcome.kind = Outcome::Kind::kNoSpace;
  }
  const std::unique_ptr<Job> job = std::move(job_);
  rollout_.reset();
  ForgetVersions();
  if (job->app.empty()) {
    RemoveUnusedSnapshots();
  } else {
    RemoveDropped(job->dropped);
  }
  EndTask();
  if (job->done) job->done(outcome);
}

void Deployer::Report(const Outcome& outcome) {
  const int64_t ms = ToMs(uv_hrtime() - job_->began_ns);
  const auto release = static_cast<int64_t>(outcome.release);
  if (rollout_ && !IsRefused(outcome)) {
    for (const Rollout::Failure& failure : rollout_->failures()) {
      const std::string text =
          (failure.app.empty() ? "the release that is served stays: it failed at "
                               : "stays as it was: its deployment failed at ") +
          Told(failure, log_.format());
      log_.Write(LogLevel::kError, failure.app, text,
                 {{"release", release}, {"step", failure.step}});
    }
  }
  if (IsRefused(outcome)) {
    return log_.Write(LogLevel::kWarn, job_->app, "a change was refused: " + outcome.message);
  }
  if (outcome.kind == Outcome::Kind::kUnchanged) {
    if (job_->trigger == kStart) return;
    return log_.Info("nothing has changed",
                     {{"release", release}, {"trigger", job_->trigger}, {"ms", ms}});
  }
  if (rollout_ == nullptr) {
    // People see the place in the file as well.
    const bool whole = log_.format() == LogFormat::kText && !outcome.errors.empty();
    return log_.Write(LogLevel::kError, job_->app,
                      "the release that is served stays: it failed at " + outcome.step + ": " +
                          (whole ? outcome.errors.front().ToString() : outcome.message),
                      {{"release", release}, {"trigger", job_->trigger}, {"ms", ms}});
  }
  if (!rollout_->committed()) {
    return log_.Warn("the release that is served stays: nothing of the next one could be deployed",
                     {{"release", release}, {"trigger", job_->trigger}, {"ms", ms}});
  }
  for (const AppDifference& difference : outcome.apps) ReportChange(difference, release);
  log_.Info("serving a new release", {{"release", release},
                                      {"trigger", job_->trigger},
                                      {"changed", static_cast<int64_t>(outcome.apps.size())},
                                      {"unchanged", static_cast<int64_t>(rollout_->unchanged())},
                                      {"ms", ms}});
}

// Whoever reads the log finds what a key was and is; of a configuration each key has a line.
void Deployer::ReportChange(const AppDifference& difference, int64_t release) {
  using Kind = AppDifference::Kind;
  if (difference.kind != Kind::kConfig) {
    const std::string text =
        difference.kind == Kind::kCode ? DescribeCode(difference) : Describe(difference);
    log_.Write(LogLevel::kInfo, difference.app, text, {{"release", release}});
  }
  for (const std::string& key : difference.keys) {
    const auto change = std::ranges::find(difference.values, key, &ValueChange::key);
    const ValueChange shown =
        change == difference.values.end() ? ValueChange{key, "", ""} : *change;
    log_.Write(LogLevel::kInfo, difference.app,
               "configuration changed: " + DescribeKey(difference, key),
               {{"key", key},
                LogField::IfAny("old", shown.old),
                LogField::IfAny("new", shown.now),
                {"release", release}});
  }
}

void Deployer::Remember(const Outcome& outcome) {
  const bool committed = rollout_ && rollout_->committed();
  const bool failed = outcome.kind == Outcome::Kind::kFailed;
  const bool refused = IsRefused(outcome);
  if (job_->trigger == kStart && !committed && !failed) return;
  if (!refused) {
    ++(failed      ? overview_.swaps_failed
       : committed ? overview_.swaps_done
                   : overview_.swaps_unchanged);
  }
  Json::Array apps;
  for (const AppDifference& difference : outcome.apps) apps.push_back(JsonOf(difference));
  Json event = Json(Json::Object())
                   .Set("release", outcome.release)
                   .Set("trigger", job_->trigger)
                   .Set("outcome", failed      ? "failed"
                                   : refused   ? "refused"
                                   : committed ? "done"
                                               : "unchanged")
                   .Set("apps", std::move(apps));
  if (failed) event.Set("step", outcome.step);
  if (failed || refused) event.Set("message", outcome.message);
  Publish("swap", outcome.app.empty() ? job_->app : outcome.app, event);
  if (!committed && !failed) return;
  history_.insert(history_.begin(),
                  {.number = outcome.release,
                   .time = WallClockMs(),
                   .trigger = job_->trigger,
                   .failed = failed,
                   .step = outcome.step,
                   .message = outcome.message,
                   .seconds = static_cast<double>(uv_hrtime() - job_->began_ns) / 1e9,
                   .apps = outcome.apps});
  if (history_.size() > kHistory) history_.pop_back();
}

// Every event says when, and of what app, if it is of one.
void Deployer::Publish(const char* name, const std::string& app, Json data) {
  Json event;
  event.Set("time", Timestamp(WallClockMs())).Set("app", app.empty() ? Json() : Json(app));
  for (Json::Member& member : *data.object()) event.Set(member.name, std::move(member.value));
  events_.Publish(name, app, event.ToString());
}

void Deployer::PublishCircuit(const std::string& app, uint32_t version, const Circuit& circuit) {
  Json event = Json(Json::Object()).Set("state", NameOf(circuit.state)).Set("version", version);
  if (circuit.deaths == 0) return Publish("circuit", app, std::move(event));
  event.Set("deaths", circuit.deaths).Set("until", Timestamp(circuit.until));
  event.Set("reason", circuit.reason ? Json(WordsOf(*circuit.reason).name) : Json());
  Publish("circuit", app, event.Set("last", circuit.last));
}

}  // namespace nano::server
