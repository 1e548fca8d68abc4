// AES below the Web APIs: sizes that those never let through are refused, and nothing is written
// beyond what a mode may write. The published vectors are in tests/web/subtle-aes.test.ts.
#include "runtime/native/crypto/aes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

namespace nano::runtime {
namespace {

using Buffer = std::vector<uint8_t>;

constexpr uint8_t kUntouched = 0xA5;

Buffer Filled(size_t size, uint8_t first = 0) {
  Buffer bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(first + i * 7);
  return bytes;
}

// Memory with room for a result, and more that must stay as it is.
struct Guarded {
  explicit Guarded(size_t size) : bytes(size + 64, kUntouched), room(size) {}
  bool intact() const {
    return std::all_of(bytes.begin() + static_cast<ptrdiff_t>(room), bytes.end(),
                       [](uint8_t byte) { return byte == kUntouched; });
  }
  Buffer First(size_t size) const {
    return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)};
  }

  Buffer bytes;
  const size_t room;
};

}  // namespace

TEST_CASE("AES: wrong sizes of keys, blocks and tags are refused") {
  const Buffer data = Filled(48);
  const Buffer block = Filled(kAesBlock);
  Buffer output(200);
  for (const size_t size : {0u, 1u, 15u, 17u, 23u, 31u, 33u, 64u}) {
    const Buffer key = Filled(size);
    for (const Direction direction : {Direction::kEncrypt, Direction::kDecrypt}) {
      CHECK_FALSE(AesGcm(direction, {.key = key, .iv = block}, data, output.data()));
      CHECK_FALSE(AesCbc(direction, key, block, data, output.data()));
      CHECK_FALSE(AesKeyWrap(direction, key, data, output.data()));
    }
    CHECK_FALSE(AesCtr(key, block, 64, data, output.data()));
  }
  const Buffer key = Filled(16);
  for (const size_t size : {0u, 1u, 15u, 17u, 32u}) {
    const Buffer wrong = Filled(size);
    CHECK_FALSE(AesCbc(Direction::kEncrypt, key, wrong, data, output.data()));
    CHECK_FALSE(AesCbc(Direction::kDecrypt, key, wrong, data, output.data()));
    CHECK_FALSE(AesCtr(key, wrong, 64, data, output.data()));
  }
  for (const unsigned bits : {0u, 129u, 1000u}) {
    CHECK_FALSE(AesCtr(key, block, bits, data, output.data()));
  }
  const Buffer long_iv = Filled(129);
  for (const Direction direction : {Direction::kEncrypt, Direction::kDecrypt}) {
    CHECK_FALSE(AesGcm(direction, {.key = key, .iv = {}}, data, output.data()));
    CHECK_FALSE(AesGcm(direction, {.key = key, .iv = long_iv}, data, output.data()));
    CHECK_FALSE(AesGcm(direction, {.key = key, .iv = block, .tag_size = 17}, data, output.data()));
  }
}

TEST_CASE("AES: round trips of every length stay within their room") {
  const Buffer iv = Filled(kAesBlock, 3);
  for (const size_t key_size : {16u, 24u, 32u}) {
    const Buffer key = Filled(key_size, 9);
    for (size_t size = 0; size <= 70; ++size) {
      const Buffer data = Filled(size, 40);
      INFO(key_size << " bytes of key, " << size << " of data");

      const GcmParameters gcm{.key = key, .iv = iv, .tag_size = 12};
      Guarded sealed(size + 12);
      REQUIRE(AesGcm(Direction::kEncrypt, gcm, data, sealed.bytes.data()) == size + 12);
      Guarded opened(size);
      REQUIRE(AesGcm(Direction::kDecrypt, gcm, sealed.First(size + 12), opened.bytes.data()) ==
              size);
      CHECK(opened.First(size) == data);

      const size_t padded = size - size % kAesBlock + kAesBlock;
      Guarded chained(size + kAesBlock);
      REQUIRE(AesCbc(Direction::kEncrypt, key, iv, data, chained.bytes.data()) == padded);
      Guarded unchained(padded);
      REQUIRE(AesCbc(Direction::kDecrypt, key, iv, chained.First(padded), unchained.bytes.data()) ==
              size);
      CHECK(unchained.First(size) == data);

      Guarded counted(size);
      REQUIRE(AesCtr(key, iv, 3, data, counted.bytes.data()) == size);
      Guarded back(size);
      REQUIRE(AesCtr(key, iv, 3, counted.First(size), back.bytes.data()) == size);
      CHECK(back.First(size) == data);

      for (const Guarded* each : {&sealed, &opened, &chained, &unchained, &counted, &back}) {
        CHECK(each->intact());
      }
      if (size < 16 || size % 8 != 0) {
        CHECK_FALSE(AesKeyWrap(Direction::kEncrypt, key, data, chained.bytes.data()));
        continue;
      }
      Guarded wrapped(size + 8);
      REQUIRE(AesKeyWrap(Direction::kEncrypt, key, data, wrapped.bytes.data()) == size + 8);
      Guarded unwrapped(size + 8);
      REQUIRE(AesKeyWrap(Direction::kDecrypt, key, wrapped.First(size + 8),
                         unwrapped.bytes.data()) == size);
      CHECK(unwrapped.First(size) == data);
      CHECK(wrapped.intact());
      CHECK(unwrapped.intact());
    }
  }
}

}  // namespace nano::runtime
