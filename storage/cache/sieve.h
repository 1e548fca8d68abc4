// A table of what is kept that says what goes first when there is too much: SIEVE (Zhang et al.,
// NSDI 2024), a queue in order of arrival whose hand passes over what was used since it came by.
// Better than the order of last use where much is asked for once, and a use costs a bit.
//
// Owns its items; pointers to them hold until they are taken out. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace nano::cache {

template <typename Key, typename Item, typename Hash = std::hash<Key>>
class Sieve {
 public:
  Sieve() = default;
  Sieve(const Sieve&) = delete;
  Sieve& operator=(const Sieve&) = delete;

  // Null: there is none. It counts as a use.
  Item* Use(const Key& key) {
    const auto found = nodes_.find(key);
    if (found == nodes_.end()) return nullptr;
    Node& node = found->second->second;
    node.used = true;
    return &node.item;
  }

  // The same without one.
  Item* Find(const Key& key) {
    const auto found = nodes_.find(key);
    return found == nodes_.end() ? nullptr : &found->second->second.item;
  }

  // There is none of the key.
  Item& Add(const Key& key, Item item) {
    const Place place = queue_.emplace_hint(queue_.end(), ++last_, Node{key, std::move(item)});
    nodes_.emplace(key, place);
    return place->second.item;
  }

  // None: there was none.
  std::optional<Item> Take(const Key& key) {
    const auto found = nodes_.find(key);
    if (found == nodes_.end()) return std::nullopt;
    std::optional<Item> item(std::move(found->second->second.item));
    Unlink(found->second);
    nodes_.erase(found);
    return item;
  }

  // What goes first, with its key; it is not empty.
  std::pair<Key, Item> Evict() {
    auto at = hand_ == queue_.end() ? queue_.begin() : hand_;
    while (at->second.used) {
      at->second.used = false;
      if (++at == queue_.end()) at = queue_.begin();
    }
    hand_ = at;
    Node& node = at->second;
    std::pair<Key, Item> evicted(node.key, std::move(node.item));
    nodes_.erase(node.key);
    Unlink(at);
    return evicted;
  }

  // Calls with items in the order of their arrival, the newest first: with what has come before
  // item number `before`, and its number, until it has had so many. `visit` takes none out. Whether
  // there are more.
  template <typename Visit>
  bool EachBefore(uint64_t before, size_t most, Visit visit) const {
    auto at = queue_.lower_bound(before);
    for (; at != queue_.begin() && most > 0; --most) {
      --at;
      visit(at->first, at->second.key, at->second.item);
    }
    return at != queue_.begin();
  }

  bool empty() const { return queue_.empty(); }
  size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    Key key;
    Item item;
    bool used = false;
  };
  using Queue = std::map<uint64_t, Node>;
  using Place = typename Queue::iterator;

  // The hand goes on to what came later than the one that it was at.
  void Unlink(Place at) {
    const bool was_hand = at == hand_;
    const Place next = queue_.erase(at);
    if (was_hand) hand_ = next;
  }

  Queue queue_;  // By numbers, which are given as items arrive.
  uint64_t last_ = 0;
  std::unordered_map<Key, Place, Hash> nodes_;
  Place hand_ = queue_.end();  // The end: it begins with the oldest.
};

}  // namespace nano::cache
