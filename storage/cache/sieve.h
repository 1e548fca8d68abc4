// A table of what is kept that says what goes first when there is too much: SIEVE (Zhang et al.,
// NSDI 2024), a queue in order of arrival whose hand passes over what was used since it came by.
// Better than the order of last use where much is asked for once, and a use costs a bit.
//
// Owns its items; pointers to them hold until they are taken out. Thread: one at a time.
#pragma once

#include <list>
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
    found->second->used = true;
    return &found->second->item;
  }

  // The same without one.
  Item* Find(const Key& key) {
    const auto found = nodes_.find(key);
    return found == nodes_.end() ? nullptr : &found->second->item;
  }

  // There is none of the key.
  Item& Add(const Key& key, Item item) {
    queue_.push_front({key, std::move(item)});
    nodes_.emplace(key, queue_.begin());
    return queue_.front().item;
  }

  // None: there was none.
  std::optional<Item> Take(const Key& key) {
    const auto found = nodes_.find(key);
    if (found == nodes_.end()) return std::nullopt;
    std::optional<Item> item(std::move(found->second->item));
    Unlink(found->second);
    nodes_.erase(found);
    return item;
  }

  // What goes first, with its key; it is not empty.
  std::pair<Key, Item> Evict() {
    auto at = hand_ == queue_.end() ? std::prev(queue_.end()) : hand_;
    while (at->used) {
      at->used = false;
      at = at == queue_.begin() ? std::prev(queue_.end()) : std::prev(at);
    }
    hand_ = at;
    std::pair<Key, Item> evicted(at->key, std::move(at->item));
    nodes_.erase(at->key);
    Unlink(at);
    return evicted;
  }

  template <typename Visit>
  void Each(Visit visit) const {
    for (const Node& node : queue_) visit(node.key, node.item);
  }

  bool empty() const { return queue_.empty(); }
  size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    Key key;
    Item item;
    bool used = false;
  };
  using Place = typename std::list<Node>::iterator;

  // The hand goes on to what came later than the one that it was at.
  void Unlink(Place at) {
    if (at == hand_) hand_ = at == queue_.begin() ? queue_.end() : std::prev(at);
    queue_.erase(at);
  }

  std::list<Node> queue_;  // The newest first.
  std::unordered_map<Key, Place, Hash> nodes_;
  Place hand_ = queue_.end();  // The end: it begins with the oldest.
};

}  // namespace nano::cache
