// Tests of what a process has in memory.
#include "base/process_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

namespace nano {
namespace {

constexpr size_t kBytes = 32 << 20;

char* Map(int flags) {
  void* const memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return static_cast<char*>(memory);
}

TEST_CASE("what a process has for itself is told from what it shares", "[memory]") {
  const MemoryGauge gauge;
  const ProcessMemory before = gauge.Read();
  CHECK(before.size > before.resident);
  CHECK(before.resident > before.shared);
  // The kernel counts in batches of some dozen pages for each thread.
  constexpr uint64_t kSlack = 2 << 20;

  char* const own = Map(MAP_PRIVATE);
  CHECK(gauge.Read().size >= before.size + kBytes);
  CHECK(gauge.Read().own() < before.own() + kSlack);
  std::memset(own, 1, kBytes);
  const ProcessMemory grown = gauge.Read();
  CHECK(grown.own() + kSlack > before.own() + kBytes);
  CHECK(grown.own() < before.own() + kBytes + kSlack);

  char* const shared = Map(MAP_SHARED);
  std::memset(shared, 1, kBytes);
  const ProcessMemory both = gauge.Read();
  CHECK(both.own() < grown.own() + kSlack);
  CHECK(both.shared + kSlack > grown.shared + kBytes);
  munmap(own, kBytes);
  munmap(shared, kBytes);
  CHECK(gauge.Read().own() < before.own() + kSlack);
}

TEST_CASE("another process's memory is read by its id", "[memory]") {
  const uint64_t mine = MemoryGauge(getpid()).Read().resident;
  CHECK(mine > 0);
  CHECK(MemoryGauge(INT32_MAX).Read().resident == 0);
}

}  // namespace
}  // namespace nano
