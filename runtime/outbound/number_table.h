// What is in flight in one isolate, by the number that JS knows it under. A number is not valid any
// more once its item is taken out, even when the slot is used again: what JS does late reaches
// nothing else. Thread: the isolate's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace nano::runtime {

// `Pointer` is one, plain or owning.
template <typename Pointer>
class NumberTable {
 public:
  // A number from 1 to 2^30, small enough for V8 to hold it without allocation; 0 if too many are
  // in flight (65,536).
  uint32_t Add(Pointer item) {
    uint32_t slot;
    if (free_.empty()) {
      if (slots_.size() > kSlotMask) return 0;
      slot = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].item = std::move(item);
    first_ = std::min(first_, slot);
    ++size_;
    return slots_[slot].generation << kSlotBits | slot;
  }

  // Null if it has been taken out.
  auto* Find(uint32_t id) const { return Holds(id) ? &*slots_[id & kSlotMask].item : nullptr; }

  // The item, whose number is forgotten; null if it was taken out before.
  Pointer Take(uint32_t id) {
    if (!Holds(id)) return nullptr;
    Slot& slot = slots_[id & kSlotMask];
    Pointer item = std::exchange(slot.item, nullptr);
    // From 1 to 2^14 - 1, never 0: no number is 0.
    slot.generation = slot.generation % ((1u << 14) - 1) + 1;
    free_.push_back(id & kSlotMask);
    --size_;
    return item;
  }

  // Any item's number, or 0 when none is left. Taking one after the other looks at each slot once.
  uint32_t First() {
    for (; first_ < slots_.size(); ++first_) {
      if (slots_[first_].item != nullptr) return slots_[first_].generation << kSlotBits | first_;
    }
    return 0;
  }

  size_t size() const { return size_; }

  // Calls with each item, in no order that means anything.
  template <typename Visit>
  void Each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.item != nullptr) visit(*slot.item);
    }
  }

 private:
  static constexpr int kSlotBits = 16;
  static constexpr uint32_t kSlotMask = (1u << kSlotBits) - 1;

  struct Slot {
    Pointer item = nullptr;
    uint32_t generation = 1;
  };

  bool Holds(uint32_t id) const {
    const uint32_t slot = id & kSlotMask;
    return slot < slots_.size() && slots_[slot].generation == id >> kSlotBits &&
           slots_[slot].item != nullptr;
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  uint32_t first_ = 0;  // No slot before it has an item.
  size_t size_ = 0;
};

}  // namespace nano::runtime
