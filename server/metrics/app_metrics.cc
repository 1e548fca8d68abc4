// A hash table of names in shared memory, and the counters at their places. See app_metrics.h.
#include "server/metrics/app_metrics.h"

#include <sys/mman.h>

#include <cstring>
#include <functional>
#include <type_traits>

#include "base/check.h"

namespace nano::server {

// Names of apps have 63 characters at most (config/schema/app.h).
struct AppMetrics::Name {
  enum State : uint32_t { kFree, kBeingTaken, kTaken };
  std::atomic<uint32_t> state{kFree};
  uint32_t length = 0;
  uint32_t place =
      0;  // Of its counters in each row: in the order of coming, so that few share many pages.
  uint32_t unused = 0;
  char text[64] = {};

  bool Is(std::string_view app) const {
    return state.load(std::memory_order_acquire) == kTaken && std::string_view(text, length) == app;
  }
};

struct AppMetrics::Header {
  std::atomic<uint64_t> taken{0};  // Places; one for each name, so never more than kApps.
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
  for (size_t i = 0; i < kApps; ++i) {
    const size_t at = (begin + i) % kApps;
    Name& name = names_[at];
    if (name.Is(app)) return name.place;
    uint32_t free = Name::kFree;
    if (name.state.load(std::memory_order_acquire) != free) {
      // Perhaps being taken for this very app by another process, in a few instructions, or by one
      // that died meanwhile.
      for (int patience = 0;
           patience < 10'000 && name.state.load(std::memory_order_acquire) == Name::kBeingTaken;
           ++patience) {
      }
      if (name.Is(app)) return name.place;
      continue;
    }
    if (!take) return kApps;
    if (!name.state.compare_exchange_strong(free, Name::kBeingTaken)) {
      --i;
      continue;
    }
    name.place = header_->taken.fetch_add(1, std::memory_order_relaxed);
    name.length = static_cast<uint32_t>(app.size());
    std::memcpy(name.text, app.data(), app.size());
    name.state.store(Name::kTaken, std::memory_order_release);
    return name.place;
  }
  return kApps;
}

AppCounters& AppMetrics::At(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  return counters_[row * (kApps + 1) + Find(app, /*take=*/true)];
}

// Looks through all names: for the log only.
std::string_view AppMetrics::NameOf(size_t row, const void* counters) const {
  for (size_t at = 0; counters != nullptr && at < kApps; ++at) {
    const Name& name = names_[at];
    if (name.state.load(std::memory_order_acquire) != Name::kTaken) continue;
    if (&counters_[row * (kApps + 1) + name.place] == counters) return {name.text, name.length};
  }
  return {};
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

uint64_t AppMetrics::EndRow(size_t row, std::string_view app) {
  NANO_CHECK(row < rows_);
  uint64_t lost = 0;
  const size_t place = app.empty() ? kApps : Find(app, /*take=*/false);
  for (size_t at = 0; at < kApps; ++at) {
    // Reading a page that nobody has written makes none; only places that are taken are counted at.
    if (names_[at].state.load(std::memory_order_acquire) != Name::kTaken) continue;
    AppCounters& counters = counters_[row * (kApps + 1) + names_[at].place];
    const uint64_t lost_here = counters.in_flight.value();
    if (lost_here == 0) continue;
    counters.in_flight.Set(0);
    if (names_[at].place != place) lost += lost_here;
    if (row == probe_) continue;
    AppCounters& own = counters_[(rows_ - 1) * (kApps + 1) + names_[at].place];
    own.requests[static_cast<size_t>(Ended::kLost)].Add(lost_here);
  }
  return lost;
}

}  // namespace nano::server
