// What of two snapshots differs: what was changed, and not all that comes after it.
#include "snapshot/snapshot_diff.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/mutation.h"
#include "tests/unit/resident_memory.h"
#include "tests/unit/snapshot/identity.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::snapshot;
using nano::test::TemporaryDirectory;
using nano::test::TestIdentity;
using nano::testing::Below;
using nano::testing::Random;

namespace {

std::string Noise(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

Container Made(const TemporaryDirectory& root, const Sections& sections) {
  const std::string path = root / "x.snap";
  REQUIRE(WriteContainer(path, sections, TestIdentity()).ok());
  Result<Container> container = Container::Open(path, TestIdentity());
  REQUIRE(container.ok());
  return std::move(container).value();
}

}  // namespace

TEST_CASE("of equal bytes none differ, and of others all") {
  Random random(1);
  const std::string bytes = Noise(random, 100'000);
  CHECK(DifferingBytes(bytes, bytes) == 0);
  CHECK(DifferingBytes("", "") == 0);
  CHECK(DifferingBytes("", bytes) == bytes.size());
  CHECK(DifferingBytes(bytes, "") == bytes.size());
  CHECK(DifferingBytes(bytes, Noise(random, 150'000)) == 150'000);
}

TEST_CASE("a single change is counted to the byte") {
  Random random(2);
  const std::string bytes = Noise(random, 10'000);
  std::string changed = bytes;
  changed[5000] ^= 1;
  CHECK(DifferingBytes(bytes, changed) == 1);
  CHECK(DifferingBytes(bytes, "x" + bytes) <= 2);
  CHECK(DifferingBytes(bytes, bytes + "x") == 1);
  CHECK(DifferingBytes(bytes + "x", bytes) == 1);
}

TEST_CASE("each change costs the chunk that it is in, and moves no others") {
  Random random(3);
  const std::string before = Noise(random, 1'000'000);
  for (int round = 0; round < 20; ++round) {
    std::string after = before;
    constexpr size_t kChanges = 10;
    for (size_t i = 0; i < kChanges; ++i) {
      const size_t at = Below(random, after.size() - 100);
      switch (i % 3) {
        case 0:
          after[at] ^= 1;
          break;
        case 1:
          after.insert(at, "inserted");
          break;
        default:
          after.erase(at, 7);
          break;
      }
    }
    // A chunk and what a cut in the changed bytes makes of it and its neighbour.
    CHECK(DifferingBytes(before, after) <= kChanges * 256);
    CHECK(DifferingBytes(before, after) >= kChanges);
    CHECK(DifferingBytes(before, after) == DifferingBytes(after, before));
  }
}

TEST_CASE("what repeats is counted as often as it is there more or less") {
  const std::string zeros(100'000, '\0');
  CHECK(DifferingBytes(zeros, std::string(150'000, '\0')) == 50'000);
  CHECK(DifferingBytes("a" + zeros + "b", "c" + std::string(150'000, '\0') + "d") <= 50'500);
  CHECK(DifferingBytes("a" + zeros + "b", "c" + std::string(150'000, '\0') + "d") >= 49'500);
}

TEST_CASE("what only stands elsewhere does not differ") {
  Random random(4);
  const std::string a = Noise(random, 50'000);
  const std::string b = Noise(random, 50'000);
  CHECK(DifferingBytes(a + b, b + a) <= 3 * 128);
}

TEST_CASE("snapshots are compared section by section, and leave no memory behind") {
  const TemporaryDirectory root;
  Random random(5);
  const std::string heap = Noise(random, 300'000);
  const std::string source = Noise(random, 50'000);
  std::string changed = heap;
  changed[123'456] ^= 1;
  const Container before = Made(root, {heap, source, "map"});
  const Container after = Made(root, {changed, source + "more", "map"});
  const SnapshotDiff diff = Compare(before, after);
  CHECK(diff.before == before.size());
  CHECK(diff.after == after.size());
  CHECK(diff.heap == 1);
  CHECK(diff.source == 4);
  CHECK(diff.source_map == 0);
  CHECK(diff.differ() == 5);
  CHECK(test::ResidentBytes(before.sections().blob) == 0);
  CHECK(test::ResidentBytes(after.sections().blob) == 0);
  CHECK(ToString(diff) == "357 kB → 357 kB, 5 B differ");
  CHECK(Compare(before, before).differ() == 0);
}

TEST_CASE("sizes are told in two or three digits") {
  CHECK(ReadableBytes(0) == "0 B");
  CHECK(ReadableBytes(999) == "999 B");
  CHECK(ReadableBytes(1000) == "1.0 kB");
  CHECK(ReadableBytes(3149) == "3.1 kB");
  CHECK(ReadableBytes(9'949) == "9.9 kB");
  CHECK(ReadableBytes(9'951) == "10 kB");
  CHECK(ReadableBytes(652'400) == "652 kB");
  CHECK(ReadableBytes(999'499) == "999 kB");
  CHECK(ReadableBytes(999'500) == "1.0 MB");
  CHECK(ReadableBytes(12'000'000) == "12 MB");
  CHECK(ReadableBytes(size_t{5'000'000'000'000}) == "5000 GB");
}
