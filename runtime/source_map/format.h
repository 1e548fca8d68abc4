// The source map's binary format, shared by its writer (encoder.cc) and its reader
// (reader.cc). runtime/source_map.h describes the layout. Thread-safe: no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nano::runtime::source_map_format {

inline constexpr std::string_view kMagic = "NSM1";
inline constexpr size_t kHeaderSize = 32;
inline constexpr size_t kStringEntrySize = 4;
inline constexpr size_t kBlockEntrySize = 12;
inline constexpr uint32_t kHasContents = 1;

// A lookup decodes at most this many segments; more make the index smaller and lookups slower.
inline constexpr size_t kSegmentsPerBlock = 64;

// A segment's tag byte. What follows it, in this order, each if its bit is set:
enum Tag : uint8_t {
  kNewLine = 1 << 0,  // Lines since the last segment, less one; the column counts from zero again.
  kMapped = 1 << 1,   // The segment has an original position; without it, none.
  kSource = 1 << 2,   // Change of the source's index.
  kOriginalLine = 1 << 3,  // Change of the original line.
  kName = 1 << 4,          // Change of the name's index.
};
// The upper bits hold the change of the generated column if it is less than kLongColumn; else they
// are kLongColumn and a varint with the rest comes first. The change of the original column, of a
// segment that has one, comes last.
inline constexpr int kColumnShift = 5;
inline constexpr uint32_t kLongColumn = 7;

// A segment with absolute values, all from 0.
struct Segment {
  uint32_t line = 0;
  uint32_t column = 0;
  bool mapped = false;
  uint32_t source = 0;
  uint32_t original_line = 0;
  uint32_t original_column = 0;
  bool named = false;
  uint32_t name = 0;
};

inline uint32_t ReadU32(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return value;
}

inline void AppendU32(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

inline uint32_t ZigZag(int32_t value) {
  return static_cast<uint32_t>(value) << 1 ^ static_cast<uint32_t>(value >> 31);
}

inline uint32_t UnZigZag(uint32_t value) { return value >> 1 ^ (~(value & 1) + 1); }

}  // namespace nano::runtime::source_map_format
