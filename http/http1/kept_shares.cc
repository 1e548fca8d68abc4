// Counts, and judges by the counts. See kept_shares.h.
#include "http/http1/kept_shares.h"

#include <algorithm>

#include "base/check.h"

namespace nano::http1 {

KeptShares::Holder& KeptShares::Join(Key key) {
  Holder& holder = holders_[key];
  holder.key = key;
  ++holder.connections;
  return holder;
}

void KeptShares::Change(Holder& holder, size_t before, size_t now) {
  const bool was_beyond = holder.bytes > usable_;
  holder.bytes += now - before;
  total_ += now - before;
  if (total_ > most_) {
    most_ = total_;
  } else if (most_ >= kMuch && total_ < most_ / 4) [[unlikely]] {
    most_ = total_;
    if (fallen_) fallen_();
  }
  if ((holder.bytes > usable_) == was_beyond) [[likely]] {
    return;
  }
  if (was_beyond) {
    std::erase(beyond_, &holder);
  } else {
    beyond_.push_back(&holder);
  }
}

void KeptShares::Leave(Holder& holder) {
  NANO_CHECK(holder.connections > 0);
  if (--holder.connections != 0) return;
  NANO_CHECK(holder.bytes == 0);
  holders_.erase(holder.key);
}

uint64_t KeptShares::Excess() const {
  uint64_t most = usable_;
  for (const Holder* const holder : beyond_) most = std::max(most, holder->bytes);
  return most - usable_;
}

bool KeptShares::AdmitsWhenScarce(Key key) const {
  const Holder* const holder = Find(key);
  const uint64_t held = holder == nullptr ? 0 : holder->bytes;
  const uint64_t used = total_ - Excess();
  if (used >= budget_) return false;
  const size_t holders = holders_.size() + (holder == nullptr ? 1 : 0);
  return held < std::max(Share(holders), budget_ - used);
}

}  // namespace nano::http1
