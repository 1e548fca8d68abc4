// KeyCache: what is kept, and what makes room.
#include <catch2/catch.hpp>

#include "runtime/native/crypto/key_cache.h"
#include "runtime/native/crypto/key_generation.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

constexpr KeyForm kForm{Curve::kX25519, false};

TEST_CASE("KeyCache gives a key that it has") {
  KeyCache cache;
  const Octets material(32, 9);
  const auto key = cache.Find(1, kForm, material);
  CHECK(ToOctets(key->material()) == material);
  CHECK(key->Get() != nullptr);
  CHECK(cache.Find(1, kForm, material) == key);
  CHECK(cache.Find(2, kForm, material) != key);
  CHECK(cache.size() == 2);
}

TEST_CASE("KeyCache lets go of the key that was not used for longest") {
  KeyCache cache;
  const Octets material(32, 9);
  const auto first = cache.Find(0, kForm, material);
  const auto second = cache.Find(1, kForm, material);
  for (uint64_t id = 2; id < KeyCache::kMostKeys; ++id) cache.Find(id, kForm, material);
  CHECK(cache.Find(0, kForm, material) == first);  // Used again.
  CHECK(cache.size() == KeyCache::kMostKeys);

  const auto added = cache.Find(1000, kForm, material);
  CHECK(cache.size() == KeyCache::kMostKeys);
  CHECK(cache.Find(0, kForm, material) == first);
  CHECK(cache.Find(1000, kForm, material) == added);
  CHECK(cache.Find(1, kForm, material) != second);
  // Whoever uses a key keeps it alive.
  CHECK(second->Get() != nullptr);

  cache.Clear();
  CHECK(cache.size() == 0);
  CHECK(cache.Find(0, kForm, material) != first);
}

}  // namespace
}  // namespace nano::runtime
