// Random and mutated manifests: whatever the bytes, the answer is a Manifest or an Error with a
// message. Bounded, and seeded, so that a failure comes back.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "snapshot/manifest.h"
#include "tests/unit/mutation.h"

using namespace nano;
using namespace nano::snapshot;
using nano::testing::Below;
using nano::testing::Mutated;
using nano::testing::Random;

namespace {

const std::vector<std::string>& Pieces() {
  static const std::vector<std::string> pieces = {
      "{",          "}",          "[",        "]",
      ",",          ":",          "\"",       "\\",
      "\\u0000",    "\\uD800",    "null",     "true",
      "-1",         "1e999",      "0.5",      "18446744073709551616",
      "\"apps\"",   "\"format\"", "\"name\"", "\"digest\"",
      "\"limits\"", "\"memory\"", "../",      "\xFF",
      "\xE2\x82",   "\n",         " ",        "[[[[[[",
      "{\"a\":"};
  return pieces;
}

// What is accepted has to mean what its own text says again.
bool Try(const std::string& text) {
  const Result<Manifest> manifest = DecodeManifest(text, "m.json");
  LooksLikeManifest(text);
  if (!manifest.ok()) {
    if (manifest.error().message.empty() || !manifest.error().where.starts_with("m.json")) {
      FAIL("an error without message or place for: " << text);
    }
    return false;
  }
  const std::string encoded = EncodeManifest(*manifest);
  const Result<Manifest> again = DecodeManifest(encoded, "m.json");
  if (!again.ok()) FAIL("accepted, but not again: " << text);
  if (EncodeManifest(*again) != encoded) FAIL("not stable: " << text);
  return true;
}

}  // namespace

TEST_CASE("random texts are a manifest or an error") {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t n = Below(random, 40); n > 0; --n) text += Pieces()[Below(random, Pieces().size())];
    Try(text);
  }
}

TEST_CASE("mutations of a manifest are a manifest or an error") {
  const std::string example = EncodeManifest(
      {"26.10.0",
       "14.6",
       {{"blog", {}, true, std::string(64, 'd'), 4096, 0},
        {"shop", {"shop.example.com", "[::1]"}, false, std::string(64, 'c'), 524288, 134217728}}});
  REQUIRE(Try(example));
  Random random(2);
  int accepted = 0;
  constexpr int kRuns = 20'000;
  for (int i = 0; i < kRuns; ++i)
    accepted += Try(Mutated(random, example, Pieces(), 3, 20, 300)) ? 1 : 0;
  // Mutations that are all refused, or all accepted, would test little.
  CHECK(accepted > 0);
  CHECK(accepted < kRuns);
}
