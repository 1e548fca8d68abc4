// Status lines, and when. See service_reports.h for ownership and threads.
#include "server/supervisor/service_reports.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

std::string Count(size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace

ServiceReports::ServiceReports(uv_loop_t* loop, ServiceManager manager, size_t workers, Log& log)
    : manager_(std::move(manager)), workers_(workers), log_(log) {
  if (manager_.watchdog().has_value()) {
    watchdog_.emplace(loop, [this] { Check(manager_.Alive()); });
  }
}

void ServiceReports::Serving(const Release* release, size_t broken) {
  serving_ = true;
  told_release_ = release == nullptr ? 0 : release->number();
  told_broken_ = broken;
  Check(manager_.Ready(StatusOf(release)));
  if (!watchdog_.has_value()) return;
  Check(manager_.Alive());
  const auto period = static_cast<uint64_t>(manager_.watchdog()->count());
  watchdog_->Start(period, period);
}

void ServiceReports::Update(const Release* release, size_t broken) {
  if (!serving_ || over_ || release == nullptr) return;
  const bool is_other = release->number() != told_release_;
  if (!is_other && broken == told_broken_) return;
  told_release_ = release->number();
  told_broken_ = broken;
  if (is_other) reload_failed_ = false;
  Check(manager_.Status(StatusOf(release)));
}

void ServiceReports::Reloading() {
  if (serving_ && !over_) Check(manager_.Reloading());
}

void ServiceReports::Reloaded(const Release* release, size_t broken, bool failed) {
  if (!serving_ || over_) return;
  reload_failed_ = failed;
  told_broken_ = broken;
  if (release != nullptr) told_release_ = release->number();
  Check(manager_.Ready(StatusOf(release)));
}

void ServiceReports::Stopping() {
  if (over_) return;
  over_ = true;  // The watchdog goes on: what is under way may take longer than its patience.
  Check(manager_.Stopping("Stopping; requests under way may finish"));
}

void ServiceReports::HandedOver(pid_t successor) {
  over_ = true;
  if (watchdog_.has_value()) watchdog_->Stop();
  Check(manager_.MainProcess(successor, "Another process takes over"));
}

// Once: a manager that is not there will not be there the next time.
void ServiceReports::Check(const Result<void>& told) {
  if (told.ok() || std::exchange(complained_, true)) return;
  log_.Warn(told.error().ToString());
}

std::string ServiceReports::StatusOf(const Release* release) const {
  if (release == nullptr) return "Serving with " + Count(workers_, "worker");
  const auto unfit = static_cast<size_t>(
      std::count_if(release->apps().begin(), release->apps().end(),
                    [](const ServedApp& app) { return !app.version->refusal.empty(); }));
  const size_t refused = unfit + told_broken_;
  std::string text = "Serving release " + std::to_string(release->number()) + ": " +
                     Count(release->apps().size() - refused, "app") + " with " +
                     Count(workers_, "worker");
  if (refused != 0) text += "; " + Count(refused, "app") + " cannot be served (see the log)";
  if (reload_failed_) text += "; the last reload failed (see the log)";
  return text;
}

}  // namespace nano::server
