// How many isolates the system lets this process have, so that one more is never the engine's end:
// V8 aborts when it is given no memory for an isolate that it makes, or for one that grows.
//
// Two things run out. Mappings: the kernel lets a process have some 65,000 (vm.max_map_count), an
// idle isolate has 9 of them and one more for each 256 KiB of heap that no neighbour touches.
// Addresses: an isolate reserves 768 MiB of them, of which there are 128 TiB, or as many as
// RLIMIT_AS says. Addresses are one small read; mappings have to be counted, a microsecond each, so
// that is done again when half of those that were left may have been taken.
//
// Owns nothing but descriptors. Thread: the worker's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/process_memory.h"

namespace nano::server {

class IsolateCeiling {
 public:
  struct System {
    uint64_t mappings = 0;   // That the process may have; 0: no bound.
    uint64_t addresses = 0;  // The same in bytes.
    // How many it has, which takes its time.
    std::function<uint64_t()> count;
  };
  // Kept free of each, for heaps that grow: one part of so many.
  static constexpr uint64_t kReserve = 8;
  // What an isolate that has answered requests takes, with room to grow by some MiB.
  static constexpr uint64_t kMappings = 32;
  static constexpr uint64_t kAddresses = uint64_t{1} << 30;

  // What the system says; before the process gives up privileges.
  static System OfSystem();

  explicit IsolateCeiling(System system) : system_(std::move(system)) {}

  // Whether there is room for one more isolate, which is made then.
  bool Take();

 private:
  const System system_;
  const MemoryGauge memory_;
  uint64_t left_ = 0;  // Isolates until mappings are counted again.
};

}  // namespace nano::server
