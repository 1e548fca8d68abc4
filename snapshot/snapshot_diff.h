// How much of one snapshot is not in another: for people who want to know what a deploy replaces.
//
// Heap, bundle and source map are compared, each with its counterpart; headers and padding are not.
// What both begin and end with is the same. The rest is cut into chunks of about 12 bytes
// where the bytes themselves say so (content-defined chunking, by a rolling hash of the last 6), so
// that what is inserted or taken out moves the cuts no further than itself. A chunk differs if the
// other side has no such chunk, or fewer of them; what only stands elsewhere does not differ.
// Chunks are compared by 64 bits of hash: good enough to be told, and no proof of anything, which
// the digest is.
//
// V8 numbers the objects of a heap: one more or less changes the numbers of all that follow
// wherever they are referred to. A line of source that differs makes about a sixth of a heap
// differ.
//
// Time and memory are linear, five to ten milliseconds for a megabyte. Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "snapshot/container.h"

namespace nano::snapshot {

struct SnapshotDiff {
  size_t before = 0;  // Bytes of the whole container.
  size_t after = 0;
  // Bytes of the chunks that only one of them has; of the two sides, the larger for each section. A
  // chunk with a changed byte counts as a whole.
  size_t heap = 0;
  size_t source = 0;
  size_t source_map = 0;

  size_t differ() const { return heap + source + source_map; }
};

// Reads all of both, and leaves no page of them in the process's memory that is not used otherwise.
SnapshotDiff Compare(const Container& before, const Container& after);

// Of two sections: the bytes that differ.
size_t DifferingBytes(std::string_view before, std::string_view after);

// "650 KB → 652 KB, 3.1 KB differ"
std::string ToString(const SnapshotDiff& diff);

// "840 B", "3.1 KB", "652 KB", "12 MB": two or three digits, by powers of 1000.
std::string ReadableBytes(size_t bytes);

}  // namespace nano::snapshot
