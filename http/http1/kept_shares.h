// How the bytes that a listener keeps for its clients, of `Limits::buffer_bytes`, are shared by
// those whose requests they are for: apps, named by a value that nobody looks into
// (http::Exchange::account).
//
// Whoever comes first may have seven eighths. When those are used, the budget is short. Then who
// holds less than its share, or than what is left, may still have of the last eighth, and who holds
// more may not; the slow clients that have to leave are those of who holds the most. So one that
// fills the budget keeps nobody out. The shares are equal: seven eighths by the number of those who
// hold anything. That what is left counts too spares who holds little among many.
//
// One response may be larger than all of that, so that it can be sent at all. What that one takes
// beyond is nobody else's loss: it is not counted against the others.
//
// Nothing of this costs anything while a client takes what it is sent. Owned by the loop's state;
// knows no connections. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nano::http1 {

class KeptShares {
 public:
  using Key = const void*;  // Null: of nobody, as what comes before a request's head.

  // Of one that holds something.
  struct Holder {
    Key key = nullptr;
    uint64_t bytes = 0;
    size_t connections = 0;  // That hold them.
  };

  // 0: no bound, and nobody is counted.
  explicit KeptShares(uint64_t budget) : budget_(budget), usable_(budget - budget / 8) {}
  KeptShares(const KeptShares&) = delete;
  KeptShares& operator=(const KeptShares&) = delete;

  uint64_t budget() const { return budget_; }
  uint64_t total() const { return total_; }
  bool bounded() const { return budget_ != 0; }
  // So much is kept that not all may have more.
  bool scarce() const { return bounded() && total_ > usable_; }
  // Half of what is left for who holds little is in use.
  bool urgent() const { return scarce() && total_ - Excess() > budget_ - budget_ / 16; }
  // Whether one may have more kept.
  bool Admits(Key key) const { return !scarce() || AdmitsWhenScarce(key); }
  // Of one that holds something; null: it holds nothing.
  const Holder* Find(Key key) const {
    const auto found = holders_.find(key);
    return found == holders_.end() ? nullptr : &found->second;
  }
  // Whether one holds so much that its clients are to make room.
  bool IsOver(const Holder& holder) const { return holder.bytes > Share(holders_.size()); }

  // A connection begins to keep something, and has none: who holds it, to be given to Change until
  // Leave.
  Holder& Join(Key key);
  // It keeps so many bytes, and kept as many before.
  void Change(Holder& holder, size_t before, size_t now);
  // It keeps nothing any more.
  void Leave(Holder& holder);

  // `fallen` is called where much was kept, kMuch at least, and of that a quarter is left: what was
  // allocated for it is about to be free, with holes in it, which the system has only if the heap
  // is told. In the middle of a change: it only takes note.
  void WhenFallen(std::function<void()> fallen) { fallen_ = std::move(fallen); }
  static constexpr uint64_t kMuch = uint64_t{32} << 20;

 private:
  uint64_t Share(size_t holders) const { return holders == 0 ? usable_ : usable_ / holders; }
  // What the largest has beyond all that one may.
  uint64_t Excess() const;
  bool AdmitsWhenScarce(Key key) const;

  const uint64_t budget_;
  const uint64_t usable_;
  uint64_t total_ = 0;
  uint64_t most_ = 0;  // That total_ was, since it last fell.
  std::function<void()> fallen_;
  std::unordered_map<Key, Holder> holders_;  // Whose values stay where they are.
  // Of those the ones with more than usable_: at most total_ / usable_, mostly one, however many
  // hold anything, for they are looked at for each write while the budget is short.
  std::vector<const Holder*> beyond_;
};

}  // namespace nano::http1
