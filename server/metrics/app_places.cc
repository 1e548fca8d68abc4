// Open addressing, in memory that begins as zeros. See app_places.h.
#include "server/metrics/app_places.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/check.h"

namespace nano::server {

// Of the counters at its place in each row: in the order of coming, so that few share many pages.
// Names of apps have 63 characters at most (config/schema/app.h).
struct AppPlaces::Name {
  uint64_t length = 0;
  char text[64] = {};

  std::string_view view() const { return {text, length}; }
};

struct AppPlaces::Table {
  std::atomic<uint64_t> taken{0};  // Places that somebody has written a name to, or is about to.
  // By names' hashes: a place and 1; 0: free. A name is there before its place is, so that nobody
  // has to wait for a process that the system has just taken the processor from, or that has died.
  std::atomic<uint32_t> entries[kApps] = {};
};

size_t AppPlaces::Bytes() {
  static_assert(sizeof(Table) % alignof(uint64_t) == 0 && sizeof(Name) % alignof(uint64_t) == 0);
  return sizeof(Table) + kApps * sizeof(Name);
}

AppPlaces::AppPlaces(void* memory)
    : table_(static_cast<Table*>(memory)), names_(reinterpret_cast<Name*>(table_ + 1)) {}

std::optional<size_t> AppPlaces::Find(std::string_view app) const {
  const size_t begin = std::hash<std::string_view>()(app);
  for (size_t i = 0; i < kApps; ++i) {
    const uint32_t found = table_->entries[(begin + i) % kApps].load(std::memory_order_acquire);
    if (found == 0) return std::nullopt;
    if (names_[found - 1].view() == app) return found - 1;
  }
  return std::nullopt;
}

size_t AppPlaces::Take(std::string_view app) {
  if (const std::optional<size_t> found = Find(app)) return *found;
  const size_t place = Write(app);
  return place == kApps ? kApps : Enter(app, place);
}

size_t AppPlaces::Write(std::string_view app) {
  NANO_CHECK(app.size() <= sizeof(Name::text));
  // Behind whatever was written to it by a process that has given it back.
  const size_t place = table_->taken.fetch_add(1, std::memory_order_acquire);
  if (place >= kApps) return kApps;
  names_[place].length = app.size();
  std::memcpy(names_[place].text, app.data(), app.size());
  return place;
}

size_t AppPlaces::Enter(std::string_view app, size_t place) {
  const size_t begin = std::hash<std::string_view>()(app);
  for (size_t i = 0; i < kApps; ++i) {
    std::atomic<uint32_t>& entry = table_->entries[(begin + i) % kApps];
    uint32_t found = 0;
    if (entry.compare_exchange_strong(found, static_cast<uint32_t>(place + 1),
                                      std::memory_order_acq_rel)) {
      return place;
    }
    if (names_[found - 1].view() != app) continue;
    GiveBack(place);
    return found - 1;
  }
  return kApps;
}

// It is lost if there is one behind it.
void AppPlaces::GiveBack(size_t place) {
  uint64_t taken = place + 1;
  table_->taken.compare_exchange_strong(taken, place, std::memory_order_release,
                                        std::memory_order_relaxed);
}

std::string_view AppPlaces::NameOf(size_t place) const { return names_[place].view(); }

size_t AppPlaces::taken() const {
  return std::min<uint64_t>(table_->taken.load(std::memory_order_relaxed), kApps);
}

}  // namespace nano::server
