// Tests of how many isolates there may be: in a system that the tests make up, and in this one.
#include "server/worker/isolate_ceiling.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using namespace testing;

TEST_CASE("mappings are counted again when half of those that were left may be taken",
          "[residents]") {
  constexpr uint64_t kMost = 65'530;
  uint64_t isolates = 0;
  int counts = 0;
  IsolateCeiling ceiling({.mappings = kMost, .count = [&] {
                            ++counts;
                            return 1000 + 10 * isolates;
                          }});
  while (isolates < 10'000 && ceiling.Take()) ++isolates;
  // Those that have 10 mappings each leave the reserve alone, and few counts were needed for it.
  CHECK(isolates > 5000);
  CHECK(1000 + 10 * isolates <= kMost - kMost / IsolateCeiling::kReserve);
  CHECK(counts < 100);
  CHECK(!ceiling.Take());
  isolates -= 1000;
  CHECK(ceiling.Take());
}

TEST_CASE("what the system does not bound is not counted", "[residents]") {
  IsolateCeiling ceiling({});
  for (int i = 0; i < 1000; ++i) REQUIRE(ceiling.Take());
}

TEST_CASE("addresses are what a process may have", "[residents]") {
  const uint64_t taken = MemoryGauge().Read().size;
  CHECK(!IsolateCeiling({.addresses = taken}).Take());
  CHECK(IsolateCeiling({.addresses = 2 * taken + 8 * IsolateCeiling::kAddresses}).Take());
}

// Takes mappings of this process until `left` of those that it may have are left.
class ManyMappings {
 public:
  ManyMappings(const IsolateCeiling::System& system, uint64_t left) {
    const uint64_t wanted = system.mappings - left - system.count();
    const auto page = static_cast<size_t>(getpagesize());
    bytes_ = (wanted + 1) * page;
    memory_ = static_cast<char*>(
        mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    REQUIRE(memory_ != MAP_FAILED);
    // Neighbours that differ stay apart.
    for (size_t i = 1; i < wanted; i += 2) {
      REQUIRE(mprotect(memory_ + i * page, page, PROT_READ) == 0);
    }
  }
  ~ManyMappings() { munmap(memory_, bytes_); }
  ManyMappings(const ManyMappings&) = delete;
  ManyMappings& operator=(const ManyMappings&) = delete;

 private:
  size_t bytes_ = 0;
  char* memory_ = nullptr;
};

TEST_CASE("a worker at the kernel's own ceiling gives up isolates, and does not end",
          "[residents]") {
  const IsolateCeiling::System system = IsolateCeiling::OfSystem();
  if (system.mappings == 0 || system.mappings > 200'000) return;  // A kernel without the bound.
  const BuiltApp app("const fetch = () => new Response('here');");
  SlotFixture fixture;
  Residents& residents = fixture.UseResidents({.system = system});
  const ManyMappings others(system, system.mappings / IsolateCeiling::kReserve + 500);
  std::vector<std::unique_ptr<AppSlot>> slots;
  size_t most = 0;
  // 200 need 1800 mappings.
  for (int i = 0; i < 200; ++i) {
    slots.push_back(fixture.Slot(app));
    AskedByTest exchange;
    SlotFixture::Ask(*slots.back(), exchange, "/");
    REQUIRE(exchange.body == "here");
    most = std::max(most, residents.size());
  }
  CHECK(most < 100);
  CHECK(residents.size() > 0);
}

}  // namespace
}  // namespace nano::server
