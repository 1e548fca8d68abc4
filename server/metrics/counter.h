// A number in memory that processes share: one writes it, others read it, so that plain loads and
// stores do. Thread: one of the process that writes; any to read.
#pragma once

#include <atomic>
#include <cstdint>

namespace nano::server {

// Written by one thread, and by what interrupts that one only if nothing else of it writes it.
class Counter {
 public:
  void Add(uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void Set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  // What is added to where Add cannot be called.
  std::atomic<uint64_t>& cell() { return value_; }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace nano::server
