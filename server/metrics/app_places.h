// The places of apps by their names: a hash table that several processes share and write to without
// a lock. A place is taken by whoever needs it first, and never free again.
//
// Does not own the memory, which outlives it. Thread: any, of any process.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nano::server {

class AppPlaces {
 public:
  static constexpr size_t kApps = 1 << 14;
  // Of the memory; a multiple of 8, as its address has to be.
  static size_t Bytes();

  // In so many bytes, which are zeros at first.
  explicit AppPlaces(void* memory);

  // None: the app has no place.
  std::optional<size_t> Find(std::string_view app) const;
  // The app's place, also if it had none; kApps: none is left.
  size_t Take(std::string_view app);
  // Of a place that was taken.
  std::string_view NameOf(size_t place) const;
  // Places below this one were taken, or are about to be.
  size_t taken() const;

  // The two steps of taking a place, between which other processes may do anything. The name
  // is written down; kApps: there is no place. Then it is found there: or, if another process
  // was faster with the same name, where that one says, and the place is given back.
  size_t Write(std::string_view app);
  size_t Enter(std::string_view app, size_t place);

 private:
  struct Name;
  struct Table;

  void GiveBack(size_t place);

  Table* const table_;  // The memory begins here …
  Name* const names_;   // … and has the names by their places.
};

}  // namespace nano::server
