// Parsed keys of one isolate, so that using a key again does not parse it again. Holds the keys
// used last, by the numbers that runtime/web/crypto/lazy/crypto-key.ts gives to keys. Thread: the
// isolate's; the keys themselves may be used on others.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/native/crypto/parsed_key.h"

namespace nano::runtime {

class KeyCache {
 public:
  // An RSA key takes about 10 KB, most others less than one.
  static constexpr size_t kMostKeys = 32;

  // The key with this number; `material` is copied if it is not there yet.
  std::shared_ptr<const ParsedKey> Find(uint64_t id, const KeyForm& form, Bytes material);

  size_t size() const { return entries_.size(); }
  void Clear() { entries_.clear(); }

 private:
  struct Entry {
    uint64_t id;
    uint64_t last_use;
    std::shared_ptr<const ParsedKey> key;
  };

  std::vector<Entry> entries_;
  uint64_t uses_ = 0;
};

}  // namespace nano::runtime
