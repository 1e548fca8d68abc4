// Names in shared memory, and the counters at their places. See app_metrics.h.
#include "server/metrics/app_metrics.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <type_traits>

#include "base/check.h"

namespace nano::server {

AppMetrics::AppMetrics(size_t workers, size_t more)
    : rows_(workers + more + 2), probe_(workers), used_(rows_) {
  for (size_t row = 0; row < workers; ++row) used_[row] = true;
  used_[rows_ - 1] = true;
  static_assert(std::is_trivially_destructible_v<AppCounters>);
  static_assert(std::is_trivially_destructible_v<WorkerCounters>);
  static_assert(alignof(WorkerCounters) <= alignof(uint64_t) &&
                alignof(AppCounters) <= alignof(uint64_t));
  const size_t places = AppPlaces::Bytes();
  bytes_ = places + rows_ * sizeof(WorkerCounters) + rows_ * (kApps + 1) * sizeof(AppCounters);
  memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  NANO_CHECK(memory_ != MAP_FAILED);
  // All zeros, as names and counters are: a page is there when something on it is first counted.
  places_.emplace(memory_);
  workers_ = reinterpret_cast<WorkerCounters*>(static_cast<char*>(memory_) + places);
  counters_ = reinterpret_cast<AppCounters*>(workers_ + rows_);
}

AppMetrics::~AppMetrics() { munmap(memory_, bytes_); }

AppCounters& AppMetrics::At(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  return counters_[row * (kApps + 1) + places_->Take(app)];
}

std::string_view AppMetrics::NameOf(size_t row, const void* counters) const {
  const AppCounters* const begin = &counters_[row * (kApps + 1)];
  const auto* const wanted = static_cast<const AppCounters*>(counters);
  if (std::less<>()(wanted, begin) || !std::less<>()(wanted, begin + kApps)) return {};
  return places_->NameOf(static_cast<size_t>(wanted - begin));
}

WorkerCounters& AppMetrics::OfWorker(size_t row) {
  NANO_CHECK(row < rows_);
  return workers_[row];
}

uint64_t AppMetrics::SumOfWorkers(FunctionRef<uint64_t(const WorkerCounters&)> value) const {
  uint64_t sum = 0;
  for (size_t row = 0; row < rows_; ++row) {
    if (row != probe_) sum += value(workers_[row]);
  }
  return sum;
}

uint64_t AppMetrics::Sum(std::string_view app,
                         FunctionRef<uint64_t(const AppCounters&)> value) const {
  const std::optional<size_t> place = places_->Find(app);
  if (!place) return 0;
  uint64_t sum = 0;
  for (size_t row = 0; row < rows_; ++row) {
    if (used_[row] && row != probe_) sum += value(counters_[row * (kApps + 1) + *place]);
  }
  return sum;
}

void AppMetrics::EachInFlight(
    FunctionRef<void(std::string_view app, uint64_t requests)> visit) const {
  const size_t taken = places_->taken();
  for (size_t at = 0; at < taken; ++at) {
    uint64_t requests = 0;
    for (size_t row = 0; row < rows_; ++row) {
      if (!used_[row] || row == probe_) continue;
      requests += counters_[row * (kApps + 1) + at].in_flight.value();
    }
    if (requests != 0) visit(places_->NameOf(at), requests);
  }
}

uint64_t AppMetrics::EndRow(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  uint64_t lost = 0;
  const size_t place = app.empty() ? kApps : places_->Find(app).value_or(kApps);
  const size_t taken = places_->taken();
  for (size_t at = 0; at < taken; ++at) {
    AppCounters& counters = counters_[row * (kApps + 1) + at];
    const uint64_t lost_here = counters.in_flight.value();
    if (lost_here == 0) continue;
    counters.in_flight.Set(0);
    if (at != place) lost += lost_here;
    if (row == probe_) continue;
    AppCounters& own = counters_[(rows_ - 1) * (kApps + 1) + at];
    own.requests[static_cast<size_t>(Ended::kLost)].Add(lost_here);
  }
  return lost;
}

}  // namespace nano::server
