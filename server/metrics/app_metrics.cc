// A hash table of names in shared memory, and the counters at their places. See app_metrics.h.
#include "server/metrics/app_metrics.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <type_traits>

#include "base/check.h"

namespace nano::server {

// Of the counters at its place in each row: in the order of coming, so that few share many pages.
// Names of apps have 63 characters at most (config/schema/app.h).
struct AppMetrics::Name {
  uint64_t length = 0;
  char text[64] = {};

  std::string_view view() const { return {text, length}; }
};

struct AppMetrics::Header {
  std::atomic<uint64_t> taken{0};  // Places that somebody has written a name to, or is about to.
  // By names' hashes: a place and 1; 0: free. A name is there before its place is, so that nobody
  // has to wait for a process that the system has just taken the processor from, or that has died.
  std::atomic<uint32_t> table[kApps] = {};
};

AppMetrics::AppMetrics(size_t workers, size_t more)
    : rows_(workers + more + 2), probe_(workers), used_(rows_) {
  for (size_t row = 0; row < workers; ++row) used_[row] = true;
  used_[rows_ - 1] = true;
  static_assert(std::is_trivially_destructible_v<AppCounters>);
  static_assert(std::is_trivially_destructible_v<WorkerCounters>);
  static_assert(alignof(WorkerCounters) <= alignof(uint64_t) &&
                alignof(AppCounters) <= alignof(uint64_t) && sizeof(Name) % alignof(uint64_t) == 0);
  bytes_ = sizeof(Header) + rows_ * sizeof(WorkerCounters) + kApps * sizeof(Name) +
           rows_ * (kApps + 1) * sizeof(AppCounters);
  void* const memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  NANO_CHECK(memory != MAP_FAILED);
  // All zeros, as names and counters are: a page is there when something on it is first counted.
  header_ = static_cast<Header*>(memory);
  workers_ = reinterpret_cast<WorkerCounters*>(header_ + 1);
  names_ = reinterpret_cast<Name*>(workers_ + rows_);
  counters_ = reinterpret_cast<AppCounters*>(names_ + kApps);
}

AppMetrics::~AppMetrics() { munmap(header_, bytes_); }

size_t AppMetrics::Find(std::string_view app, bool take) const {
  NANO_CHECK(app.size() <= sizeof(Name::text));
  const size_t begin = std::hash<std::string_view>()(app);
  std::optional<size_t> mine;  // A place with this name, which nobody finds yet.
  for (size_t i = 0; i < kApps; ++i) {
    std::atomic<uint32_t>& entry = header_->table[(begin + i) % kApps];
    uint32_t found = entry.load(std::memory_order_acquire);
    if (found == 0) {
      if (!mine) mine = take ? NewPlace(app) : kApps;
      if (*mine == kApps) return kApps;
      const auto place = static_cast<uint32_t>(*mine + 1);
      if (entry.compare_exchange_strong(found, place, std::memory_order_acq_rel)) return *mine;
    }
    if (names_[found - 1].view() != app) continue;
    if (mine) GiveBack(*mine);
    return found - 1;
  }
  return kApps;
}

size_t AppMetrics::NewPlace(std::string_view app) const {
  // Behind whatever was written to it by a process that has given it back.
  const size_t place = header_->taken.fetch_add(1, std::memory_order_acquire);
  if (place >= kApps) return kApps;
  names_[place].length = app.size();
  std::memcpy(names_[place].text, app.data(), app.size());
  return place;
}

// Another process was faster with the same name. The place is lost if there is one behind it.
void AppMetrics::GiveBack(size_t place) const {
  uint64_t taken = place + 1;
  header_->taken.compare_exchange_strong(taken, place, std::memory_order_release,
                                         std::memory_order_relaxed);
}

AppCounters& AppMetrics::At(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  return counters_[row * (kApps + 1) + Find(app, /*take=*/true)];
}

std::string_view AppMetrics::NameOf(size_t row, const void* counters) const {
  const AppCounters* const begin = &counters_[row * (kApps + 1)];
  const auto* const wanted = static_cast<const AppCounters*>(counters);
  if (std::less<>()(wanted, begin) || !std::less<>()(wanted, begin + kApps)) return {};
  return names_[wanted - begin].view();
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
  const size_t place = Find(app, /*take=*/false);
  if (place == kApps) return 0;
  uint64_t sum = 0;
  for (size_t row = 0; row < rows_; ++row) {
    if (used_[row] && row != probe_) sum += value(counters_[row * (kApps + 1) + place]);
  }
  return sum;
}

void AppMetrics::EachInFlight(
    FunctionRef<void(std::string_view app, uint64_t requests)> visit) const {
  const size_t taken = std::min<uint64_t>(header_->taken.load(std::memory_order_relaxed), kApps);
  for (size_t at = 0; at < taken; ++at) {
    uint64_t requests = 0;
    for (size_t row = 0; row < rows_; ++row) {
      if (!used_[row] || row == probe_) continue;
      requests += counters_[row * (kApps + 1) + at].in_flight.value();
    }
    if (requests != 0) visit(names_[at].view(), requests);
  }
}

uint64_t AppMetrics::EndRow(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  uint64_t lost = 0;
  const size_t place = app.empty() ? kApps : Find(app, /*take=*/false);
  const size_t taken = std::min<uint64_t>(header_->taken.load(std::memory_order_relaxed), kApps);
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
