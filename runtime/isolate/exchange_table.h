// The exchanges in flight of one isolate, by the number that JS knows them under. A number is not
// valid any more once its exchange has ended, even when the slot is taken again: what JS does late
// reaches nobody else's request. Thread: the isolate's.
#pragma once

#include <cstdint>
#include <vector>

#include "http/exchange.h"

namespace nano::runtime {

class ExchangeTable {
 public:
  // A number from 1 to 2^30, small enough for V8 to hold it without allocation; 0 if too many are
  // in flight (65,536).
  uint32_t Add(http::Exchange* exchange) {
    uint32_t slot;
    if (free_.empty()) {
      if (slots_.size() > kSlotMask) return 0;
      slot = static_cast<uint32_t>(slots_.size());
      slots_.push_back({});
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].exchange = exchange;
    ++size_;
    return slots_[slot].generation << kSlotBits | slot;
  }

  // Null if the exchange has ended.
  http::Exchange* Find(uint32_t id) const {
    const uint32_t slot = id & kSlotMask;
    if (slot >= slots_.size() || slots_[slot].generation != id >> kSlotBits) return nullptr;
    return slots_[slot].exchange;
  }

  // Ends it: returns the exchange and forgets its number.
  http::Exchange* Take(uint32_t id) {
    http::Exchange* exchange = Find(id);
    if (exchange == nullptr) return nullptr;
    Slot& slot = slots_[id & kSlotMask];
    slot.exchange = nullptr;
    // From 1 to 2^14 - 1, never 0: no number is 0.
    slot.generation = slot.generation % ((1u << 14) - 1) + 1;
    free_.push_back(id & kSlotMask);
    --size_;
    return exchange;
  }

  // Any exchange's number, or 0 when none is left.
  uint32_t First() const {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].exchange != nullptr) return slots_[slot].generation << kSlotBits | slot;
    }
    return 0;
  }

  size_t size() const { return size_; }

 private:
  static constexpr int kSlotBits = 16;
  static constexpr uint32_t kSlotMask = (1u << kSlotBits) - 1;

  struct Slot {
    http::Exchange* exchange = nullptr;
    uint32_t generation = 1;
  };

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace nano::runtime
