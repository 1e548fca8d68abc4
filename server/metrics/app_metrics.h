// The counters of all apps in all processes, and of their clients. They outlive the processes, so
// that none is lost when a worker dies, and none ever goes down.
//
// Owns the shared mapping, which processes forked later inherit. An app's place is found by its
// name and taken by whoever needs it first; it is never given back, so that an app that returns
// goes on counting. Beyond kApps names, all others share one place. Thread: the main one of each
// process; a process writes its own row alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "server/metrics/app_counters.h"
#include "server/metrics/worker_counters.h"

namespace nano::server {

class AppMetrics {
 public:
  static constexpr size_t kApps = 1 << 14;

  // A row for each worker, one for the probe, `more` for workers that come and go, and one for the
  // supervisor.
  explicit AppMetrics(size_t workers, size_t more = 0);
  ~AppMetrics();
  AppMetrics(const AppMetrics&) = delete;
  AppMetrics& operator=(const AppMetrics&) = delete;

  // In the supervisor: a row of those is to be summed up from now on.
  void UseRow(size_t row) { used_[row] = true; }

  // What this process counts of the app. The workers' rows come first, then the probe's.
  AppCounters& At(size_t row, std::string_view app);
  // Whose these are, of that row; nothing of others' and of none.
  std::string_view NameOf(size_t row, const void* counters) const;
  AppCounters& OfSupervisor(std::string_view app) { return At(rows_ - 1, app); }
  // What it counts of clients. Rows as above.
  WorkerCounters& OfWorker(size_t row);

  // The sum over all processes but the probe, which no client asks; nothing of an app that nobody
  // has counted yet.
  uint64_t Sum(std::string_view app, FunctionRef<uint64_t(const AppCounters&)> value) const;

  // The same of clients.
  uint64_t SumOfWorkers(FunctionRef<uint64_t(const WorkerCounters&)> value) const;

  // In the supervisor: the apps that have requests under way, and how many, over all processes but
  // the probe.
  void EachInFlight(FunctionRef<void(std::string_view app, uint64_t requests)> visit) const;

  // In the supervisor: a worker has ended. What was under way in it is lost, and counted so unless
  // it was the probe; returns how much of that was of others than `app`.
  uint64_t EndRow(size_t row, std::string_view app);

 private:
  struct Header;
  struct Name;

  // The place of an app; kApps if it has none and there is none, or `take` is not set.
  size_t Find(std::string_view app, bool take) const;
  // A place with the name, which is found once it is in the table; kApps: there is none.
  size_t NewPlace(std::string_view app) const;
  void GiveBack(size_t place) const;

  const size_t rows_;
  const size_t probe_;
  std::vector<bool> used_;  // By rows: reading one makes its pages.
  size_t bytes_ = 0;
  Header* header_ = nullptr;           // The mapping begins here …
  WorkerCounters* workers_ = nullptr;  // … has one of these for each row …
  Name* names_ = nullptr;              // … the names by their places …
  AppCounters* counters_ = nullptr;    // … and goes on here: kApps + 1 of each row.
};

}  // namespace nano::server
