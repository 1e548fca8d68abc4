// The Range field: which bytes of a representation are asked for (RFC 9110, section 14). Own what
// they return; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nano::http {

struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;  // Not 0.

  bool operator==(const ByteRange&) const = default;
};

struct RequestedRanges {
  enum class Kind : uint8_t {
    kWhole,  // The field does not count: it is malformed, of another unit, or asks for too much.
             // 200.
    kSome,   // 206, with `ranges`, as they were asked for.
    kUnsatisfiable,  // 416: none of them is in it.
  };
  Kind kind = Kind::kWhole;
  std::vector<ByteRange> ranges{};
};

// Beyond so many ranges, or if they overlap so that more than the whole is asked for, the whole is
// cheaper for everybody (section 14.2): the field does not count.
inline constexpr size_t kMostRanges = 16;

// Of a representation of `size` bytes.
RequestedRanges ParseRanges(std::string_view field, uint64_t size);

}  // namespace nano::http
