// Copies of short responses that apps have found in their caches, in a worker's memory, so that
// what is asked for again and again is not asked of the store. A copy is as good as the entry: it
// is used while nobody has changed that (storage/cache/epochs.h), while it is fresh, and for a
// minute at most, after which the store hears again that it is of use.
//
// Owns the copies, of all apps together so many bytes at most. Thread: the worker's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "storage/cache/epochs.h"
#include "storage/cache/messages.h"
#include "storage/cache/sieve.h"

namespace nano::server {

class CacheFront {
 public:
  // What a copy is looked for by.
  struct Place {
    cache::EntryKey key;
    uint32_t epoch = 0;  // When it was looked.
  };
  struct Copy {
    std::string text;  // The app's name and the key's text, by which it is the one meant.
    uint32_t epoch = 0;
    int64_t until = 0;
    int status = 0;
    std::string status_text, fields, body;
    int64_t born = 0;
  };

  // Epochs outlive the front. 0 bytes: no copies.
  CacheFront(const cache::Epochs& epochs, size_t bytes) : epochs_(epochs), most_(bytes) {}
  CacheFront(const CacheFront&) = delete;
  CacheFront& operator=(const CacheFront&) = delete;

  // For a process that only looks at the epochs, as they can be from now on. Null: there are none.
  static std::unique_ptr<CacheFront> Of(cache::Epochs* epochs, size_t bytes);

  Place PlaceOf(std::string_view app, std::string_view key) const;

  // Null: there is none.
  std::shared_ptr<const Copy> Find(const Place& place, std::string_view app, std::string_view key,
                                   int64_t now);

  // What the store has answered to who looked at `place` before.
  void Keep(const Place& place, std::string_view app, std::string_view key,
            const cache::Answer& found, int64_t now);

  size_t bytes() const { return bytes_; }

 private:
  static constexpr int64_t kLongest = 60;  // Seconds.

  void Drop(const cache::EntryKey& key);

  const cache::Epochs& epochs_;
  const size_t most_;
  size_t bytes_ = 0;
  cache::Sieve<cache::EntryKey, std::shared_ptr<const Copy>, cache::EntryKeyHash> copies_;
};

}  // namespace nano::server
