// The indexes of the legacy encodings (Encoding Standard, section 5), by pointer; 0 where there is
// no code point. They are generated when NANO is built (tools/generators/encoding_tables.mjs) and
// lie in the program's read-only data, shared by all processes. Included by one source file only,
// since each copy has 180 KB. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace nano::runtime {
namespace tables {

#include "encoding_tables.inc"

}  // namespace tables

template <size_t kLength>
constexpr char16_t Lookup(const char16_t (&table)[kLength], size_t pointer) {
  return pointer < kLength ? table[pointer] : u'\0';
}

// "Index Big5 code point": its characters are in the planes 0 and 2.
constexpr uint32_t LookupBig5(size_t pointer) {
  const uint32_t low = Lookup(tables::kBig5, pointer);
  if (low == 0) return 0;
  return low | ((tables::kBig5Plane2[pointer / 8] >> (pointer % 8) & 1u) << 17);
}

// "Index gb18030 ranges code point"; 0 if there is none.
constexpr uint32_t LookupGb18030Ranges(uint32_t pointer) {
  if (pointer >= 189000) return pointer <= 1237575 ? 0x10000 + pointer - 189000 : 0;
  if (pointer > 39419) return 0;
  // Pairs of a pointer and its code point, each the beginning of a run.
  size_t low = 0;
  size_t high = std::size(tables::kGb18030Ranges) / 2;
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (tables::kGb18030Ranges[2 * middle] <= pointer ? low : high) = middle;
  }
  return tables::kGb18030Ranges[2 * low + 1] + (pointer - tables::kGb18030Ranges[2 * low]);
}

}  // namespace nano::runtime
