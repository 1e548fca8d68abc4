// The least recently used key makes room for a new one.
#include "runtime/native/crypto/key_cache.h"

#include <algorithm>

namespace nano::runtime {

std::shared_ptr<const ParsedKey> KeyCache::Find(uint64_t id, const KeyForm& form, Bytes material) {
  ++uses_;
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  if (found != entries_.end()) {
    found->last_use = uses_;
    return found->key;
  }
  Entry entry{id, uses_, std::make_shared<ParsedKey>(form, material)};
  if (entries_.size() < kMostKeys) return entries_.emplace_back(std::move(entry)).key;
  return (*std::ranges::min_element(entries_, {}, &Entry::last_use) = std::move(entry)).key;
}

}  // namespace nano::runtime
