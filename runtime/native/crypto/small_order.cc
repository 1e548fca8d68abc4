// The points of small order, by their encodings.
#include "runtime/native/crypto/small_order.h"

#include <algorithm>
#include <array>

namespace nano::runtime {
namespace {

// The y coordinates of the points, little-endian, as the encoding has them; where a number below
// 2^255 (2^448) is congruent to one of them, that as well. Both signs of x belong to each.
using Coordinate25519 = std::array<uint8_t, 32>;

constexpr Coordinate25519 NearPrime25519(uint8_t lowest) {
  Coordinate25519 y{};
  y.fill(0xFF);
  y.front() = lowest;
  y.back() = 0x7F;
  return y;
}

constexpr std::array<Coordinate25519, 7> kSmall25519 = {{
    {0},                   // Order 4.
    {1},                   // Order 1.
    NearPrime25519(0xEC),  // p - 1; order 2.
    NearPrime25519(0xED),  // p: 0.
    NearPrime25519(0xEE),  // p + 1: 1.
    // Order 8.
    {0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4,
     0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6,
     0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05},
    {0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B,
     0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39,
     0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A},
}};

// 57 octets, the last of which holds the sign of x alone.
using Coordinate448 = std::array<uint8_t, 56>;

// p is 2^448 - 2^224 - 1.
constexpr Coordinate448 NearPrime448(uint8_t lowest) {
  Coordinate448 y{};
  y.fill(0xFF);
  y.front() = lowest;
  y[28] = 0xFE;
  return y;
}

constexpr Coordinate448 PrimePlusOne448() {
  Coordinate448 y{};
  for (size_t i = 28; i < y.size(); ++i) y[i] = 0xFF;
  return y;
}

constexpr std::array<Coordinate448, 5> kSmall448 = {{
    {0},                 // Order 4.
    {1},                 // Order 1.
    NearPrime448(0xFE),  // p - 1; order 2.
    NearPrime448(0xFF),  // p: 0.
    PrimePlusOne448(),   // 1.
}};

template <typename Table>
bool IsListed(const Table& table, Bytes point) {
  constexpr size_t kSize = std::tuple_size_v<typename Table::value_type>;
  constexpr uint8_t kSignBit = 0x80;
  if (point.size() < kSize) return false;
  typename Table::value_type y;
  std::ranges::copy(point.first(kSize), y.begin());
  // A sign in an octet of its own, or in the highest bit of the coordinate.
  if (point.size() == kSize) {
    y.back() &= static_cast<uint8_t>(~kSignBit);
  } else if ((point[kSize] & ~kSignBit) != 0) {
    return false;
  }
  return std::ranges::find(table, y) != table.end();
}

}  // namespace

bool IsSmallOrderPoint(Curve curve, Bytes point) {
  return curve == Curve::kEd448 ? IsListed(kSmall448, point) : IsListed(kSmall25519, point);
}

}  // namespace nano::runtime
