// Content-defined chunking.
#include "snapshot/snapshot_diff.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace nano::snapshot {
namespace {

constexpr size_t kShortest = 4;
constexpr size_t kLongest = 64;
// Every eighth place, on average, is a cut.
constexpr uint64_t kCutMask = 7;
// A byte leaves these bits of the rolling hash after 6 more: 3 bits below, 3 of the mask.
constexpr unsigned kCutShift = 3;

// A permutation of numbers that looks random (splitmix64's last step).
constexpr uint64_t Mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// What each byte adds to the rolling hash.
constexpr std::array<uint64_t, 256> kGear = [] {
  std::array<uint64_t, 256> gear{};
  for (size_t i = 0; i < gear.size(); ++i) gear[i] = Mixed((i + 1) * 0x9E3779B97F4A7C15);
  return gear;
}();

template <typename Word>
uint64_t WordAt(std::string_view bytes, size_t at) {
  Word word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

// Never 0. By whole words, of which the last may overlap the one before: no branch for each byte.
uint64_t HashOf(std::string_view bytes) {
  const size_t size = bytes.size();
  uint64_t hash = size;
  const auto add = [&hash](uint64_t word) {
    hash = std::rotl((hash ^ word) * 0x9E3779B97F4A7C15, 29);
  };
  if (size >= 8) {
    for (size_t at = 0; at + 8 < size; at += 8) add(WordAt<uint64_t>(bytes, at));
    add(WordAt<uint64_t>(bytes, size - 8));
  } else if (size >= 4) {
    add(WordAt<uint32_t>(bytes, 0) << 32 | WordAt<uint32_t>(bytes, size - 4));
  } else {
    for (const char byte : bytes) add(static_cast<unsigned char>(byte));
  }
  return Mixed(hash) | 1;
}

struct Chunk {
  uint64_t hash = 0;  // Never 0.
  uint32_t size = 0;
};

std::vector<Chunk> Chunks(std::string_view bytes) {
  std::vector<Chunk> chunks;
  chunks.reserve(bytes.size() / (kShortest + kCutMask) + 1);
  uint64_t rolling = 0;
  size_t begin = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    rolling = (rolling << 1) + kGear[static_cast<unsigned char>(bytes[i])];
    const size_t size = i + 1 - begin;
    const bool is_cut = size >= kShortest && ((rolling >> kCutShift) & kCutMask) == 0;
    if (!is_cut && size < kLongest && i + 1 < bytes.size()) continue;
    chunks.push_back({HashOf(bytes.substr(begin, size)), static_cast<uint32_t>(size)});
    begin = i + 1;
  }
  return chunks;
}

// The chunks of one side that the other has not taken yet: a hash table with open addressing, since
// sorting or a map of nodes would take most of the time.
class Remainder {
 public:
  explicit Remainder(const std::vector<Chunk>& chunks)
      : slots_(std::bit_ceil(chunks.size() + chunks.size() / 2 + 1)) {
    for (const Chunk& chunk : chunks) {
      Slot& slot = Find(chunk.hash);
      slot.hash = chunk.hash;
      ++slot.count;
      bytes_ += chunk.size;
    }
  }

  // False: it has none like it, or none any more.
  bool Take(const Chunk& chunk) {
    Slot& slot = Find(chunk.hash);
    if (slot.count == 0) return false;
    --slot.count;
    bytes_ -= chunk.size;
    return true;
  }

  size_t bytes() const { return bytes_; }  // Of what is left.

 private:
  struct Slot {
    uint64_t hash = 0;  // 0: it is free.
    uint32_t count = 0;
  };

  // The slot of a hash, or the free one that it would have; a third of them are free.
  Slot& Find(uint64_t hash) {
    const size_t mask = slots_.size() - 1;
    size_t at = (hash >> 1) & mask;
    while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
    return slots_[at];
  }

  std::vector<Slot> slots_;
  size_t bytes_ = 0;
};

// Takes off what both begin and end with.
void TrimCommon(std::string_view& a, std::string_view& b) {
  const size_t least = std::min(a.size(), b.size());
  const auto front = static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(least), b.begin()).first -
      a.begin());
  a.remove_prefix(front);
  b.remove_prefix(front);
  const size_t left = least - front;
  const auto back = static_cast<size_t>(
      std::mismatch(a.rbegin(), a.rbegin() + static_cast<ptrdiff_t>(left), b.rbegin()).first -
      a.rbegin());
  a.remove_suffix(back);
  b.remove_suffix(back);
}

}  // namespace

size_t DifferingBytes(std::string_view before, std::string_view after) {
  TrimCommon(before, after);
  Remainder removed(Chunks(before));
  size_t added = 0;
  for (const Chunk& chunk : Chunks(after)) {
    if (!removed.Take(chunk)) added += chunk.size;
  }
  return std::max(added, removed.bytes());
}

SnapshotDiff Compare(const Container& before, const Container& after) {
  SnapshotDiff diff{.before = before.size(), .after = after.size()};
  if (before.digest() == after.digest()) return diff;
  const Sections& old = before.sections();
  const Sections& fresh = after.sections();
  diff.heap = DifferingBytes(old.blob, fresh.blob);
  diff.source = DifferingBytes(old.source, fresh.source);
  diff.source_map = DifferingBytes(old.source_map, fresh.source_map);
  before.Release();
  after.Release();
  return diff;
}

std::string ReadableBytes(size_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double number = static_cast<double>(bytes);
  const char* unit = "B";
  // 999.5 of one is 1 of the next.
  for (const char* larger : {"kB", "MB", "GB"}) {
    if (number < 999.5) break;
    number /= 1000;
    unit = larger;
  }
  char text[32];
  snprintf(text, sizeof text, number < 9.95 ? "%.1f %s" : "%.0f %s", number, unit);
  return text;
}

std::string ToString(const SnapshotDiff& diff) {
  return ReadableBytes(diff.before) + " → " + ReadableBytes(diff.after) + ", " +
         ReadableBytes(diff.differ()) + " differ";
}

}  // namespace nano::snapshot
