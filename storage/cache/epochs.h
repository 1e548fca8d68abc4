// What tells those who keep copies of entries that an entry may have changed: numbers, in memory
// that all processes share, of which the store raises an entry's before it changes the entry. A
// copy is good while the number is what it was before the copy was asked for. Entries share
// numbers: then a copy is thought changed that is not.
//
// Owns the mapping, which processes that are forked later inherit. Only the store raises; a process
// that only looks gives up the right to write (Seal). Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "storage/cache/entry_key.h"

namespace nano::cache {

class Epochs {
 public:
  // At a server's start, which could not do without. Pages are taken as they are written.
  Epochs();
  ~Epochs();
  Epochs(const Epochs&) = delete;
  Epochs& operator=(const Epochs&) = delete;

  // `key` is of an app's name and a key's text (CopyKeyOf).
  uint32_t At(const EntryKey& key) const {
    return numbers_[SlotOf(key)].load(std::memory_order_acquire);
  }
  void Raise(const EntryKey& key) { numbers_[SlotOf(key)].fetch_add(1, std::memory_order_release); }
  // Of all entries.
  void RaiseAll();

  // In a process that only looks, from now on.
  void Seal();

 private:
  static constexpr size_t kNumbers = size_t{1} << 16;
  static size_t SlotOf(const EntryKey& key) { return EntryKeyHash()(key) % kNumbers; }

  std::atomic<uint32_t>* numbers_ = nullptr;
};

// Tells apart the entries of all apps.
inline EntryKey CopyKeyOf(std::string_view app, std::string_view key) {
  return KeyOf(std::string(app).append("\n").append(key));
}

}  // namespace nano::cache
