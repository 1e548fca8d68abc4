// Key data changed at random: every import refuses them or gives a key that works, and never more.
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "runtime/native/crypto/ec_key.h"
#include "runtime/native/crypto/key_agreement.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/okp_key.h"
#include "runtime/native/crypto/rsa_key.h"
#include "runtime/native/crypto/signatures.h"
#include "tests/unit/mutation.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::RfcRsaKey;

std::string ToText(const Octets& octets) { return std::string(octets.begin(), octets.end()); }
Octets ToBytes(const std::string& text) { return Octets(text.begin(), text.end()); }

// Feeds `import` with changed seeds. It gives whether the data were taken.
void Fuzz(const Octets& seed, int rounds, const std::function<bool(Bytes)>& import) {
  // Tags, lengths, object identifiers.
  const std::vector<std::string> pieces = {
      std::string("\x30\x00", 2),     std::string("\x30\x80", 2),
      std::string("\x02\x01\x00", 3), std::string("\x03\x01\x00", 3),
      "\x04\x84\xff\xff\xff\xff",     "\x82\xff\xff",
      "\x06\x03\x2b\x65\x70",         "\xa1\x03",
      std::string("\x00\x00", 2)};
  nano::testing::Random random(20260401);
  REQUIRE(import(seed));
  int taken = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string changed = nano::testing::Mutated(random, ToText(seed), pieces, 3, 8, 16);
    if (import(ToBytes(changed))) ++taken;
  }
  // Most changes are noticed.
  CHECK(taken < rounds / 2);
}

TEST_CASE("Fuzz: RSA keys") {
  const RfcRsaKey key;
  Fuzz(WriteRsaPublicKeyInfo(key.PublicNumbers()), 4000, [](Bytes data) {
    const Result<RsaNumbers> numbers = ParseRsaPublicKeyInfo(data);
    if (!numbers.ok() || !CheckRsaPublicKey(*numbers).ok()) return false;
    const Octets written = WriteRsaPublicKeyInfo(*numbers);
    const ParsedKey parsed({std::nullopt, false}, written);
    if (parsed.Get() == nullptr) FAIL_CHECK("a checked key is not usable");
    if (Verify(parsed, {Hash::kSha256, {}}, Octets(256, 1), {})) FAIL_CHECK("verified");
    return true;
  });
  Fuzz(WriteRsaPrivateKeyInfo(key.PrivateNumbers()), 4000, [](Bytes data) {
    const Result<RsaNumbers> numbers = ParseRsaPrivateKeyInfo(data);
    if (!numbers.ok() || !CheckRsaPrivateKey(*numbers).ok()) return false;
    const ParsedKey parsed({std::nullopt, true}, WriteRsaPrivateKeyInfo(*numbers));
    if (!Sign(parsed, {Hash::kSha256, {}}, {})) FAIL_CHECK("a checked key does not sign");
    return true;
  });
}

TEST_CASE("Fuzz: keys on curves") {
  for (int i = 0; i < static_cast<int>(kCurves); ++i) {
    const auto curve = static_cast<Curve>(i);
    INFO(TraitsOf(curve).name);
    const bool nist = IsNist(curve);
    const auto material = GenerateCurveKey(curve);
    REQUIRE(material.has_value());
    const Octets public_key = ToOctets(PublicPart(curve, *material));
    const int rounds = curve == Curve::kP384 || curve == Curve::kP521 ? 150 : 1500;

    Fuzz(
        nist ? ExportEcPrivateKeyInfo(curve, *material) : ExportOkpPrivateKeyInfo(curve, *material),
        rounds, [&](Bytes data) {
          const Result<Octets> imported =
              nist ? ImportEcPrivateKeyInfo(curve, data) : ImportOkpPrivateKeyInfo(curve, data);
          if (!imported.ok()) return false;
          const ParsedKey parsed({curve, true}, *imported);
          if (parsed.Get() == nullptr) FAIL_CHECK("an imported key is not usable");
          // A secret without its public key may be any other one.
          return *imported == *material;
        });
    Fuzz(
        nist ? ExportEcPublicKeyInfo(curve, public_key) : ExportOkpPublicKeyInfo(curve, public_key),
        rounds, [&](Bytes data) {
          const Result<Octets> imported =
              nist ? ImportEcPublicKeyInfo(curve, data) : ImportOkpPublicKeyInfo(curve, data);
          if (!imported.ok()) return false;
          const ParsedKey parsed({curve, false}, *imported);
          if (nist && parsed.Get() == nullptr) FAIL_CHECK("an imported key is not usable");
          return *imported == public_key;
        });
    Fuzz(public_key, rounds, [&](Bytes data) {
      const Result<Octets> imported =
          nist ? ImportEcPoint(curve, data) : ImportOkpPublicKey(curve, data);
      if (!imported.ok()) return false;
      if (imported->size() != TraitsOf(curve).public_size) FAIL_CHECK("a key of a wrong size");
      return *imported == public_key;
    });
  }
}

}  // namespace
}  // namespace nano::runtime
