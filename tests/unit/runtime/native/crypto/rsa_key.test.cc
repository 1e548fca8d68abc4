// RSA keys: parsing, checks of their numbers, and what is written.
#include <catch2/catch.hpp>
#include <string>

#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/key_info.h"
#include "runtime/native/crypto/rsa_key.h"
#include "runtime/native/crypto/rsa_recovery.h"
#include "runtime/native/jobs/cancellation.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Good;
using testing::Hex;
using testing::Joined;
using testing::Refused;
using testing::RfcRsaKey;

constexpr uint8_t kF4[] = {1, 0, 1};

TEST_CASE("RSA keys: what is written is what is parsed") {
  const RfcRsaKey key;
  const Octets spki = WriteRsaPublicKeyInfo(key.PublicNumbers());
  const RsaNumbers parsed = Good(ParseRsaPublicKeyInfo(spki));
  CHECK(ToOctets(parsed.n) == key.n);
  CHECK(ToOctets(parsed.e) == key.e);
  CHECK(CheckRsaPublicKey(parsed).ok());
  CHECK(WriteRsaPublicKeyInfo(parsed) == spki);

  const Octets pkcs8 = WriteRsaPrivateKeyInfo(key.PrivateNumbers());
  const RsaNumbers numbers = Good(ParseRsaPrivateKeyInfo(pkcs8));
  CHECK(ToOctets(numbers.d) == key.d);
  CHECK(ToOctets(numbers.qi) == key.qi);
  CHECK(CheckRsaPrivateKey(numbers).ok());
  CHECK(WriteRsaPrivateKeyInfo(numbers) == pkcs8);
}

TEST_CASE("RSA keys: leading zeros change nothing") {
  RfcRsaKey key;
  key.n.insert(key.n.begin(), 0);
  key.d.insert(key.d.begin(), 0);
  CHECK(CheckRsaPrivateKey(key.PrivateNumbers()).ok());
  CHECK(BitLength(key.n) == 2048);
  CHECK(WriteRsaPrivateKeyInfo(key.PrivateNumbers()) ==
        WriteRsaPrivateKeyInfo(RfcRsaKey().PrivateNumbers()));
  CHECK(BitLength({}) == 0);
  CHECK(BitLength(Hex("0001")) == 1);
}

TEST_CASE("RSA keys: public numbers that are none") {
  const auto check = [](const Octets& n, const Octets& e) {
    return CheckRsaPublicKey({n, e, {}, {}, {}, {}, {}, {}});
  };
  const RfcRsaKey key;
  const std::string exponent = "The public exponent is not an odd number of at least 3.";
  CHECK(Refused(check(key.n, {})) == exponent);
  CHECK(Refused(check(key.n, Hex("00"))) == exponent);
  CHECK(Refused(check(key.n, Hex("01"))) == exponent);
  CHECK(Refused(check(key.n, Hex("010000"))) == exponent);
  CHECK(check(key.n, Hex("03")).ok());
  CHECK(Refused(check(key.n, key.n)) == "The public exponent is not below the modulus.");
  Octets even = key.n;
  even.back() ^= 1;
  CHECK(Refused(check(even, key.e)) == "The modulus is even.");
  CHECK(Refused(check({}, key.e)) == "The modulus has 0 bits; RSA keys have 512 to 16384.");
  CHECK(Refused(check(Hex("0f"), key.e)) == "The modulus has 4 bits; RSA keys have 512 to 16384.");
  CHECK(Refused(check(Octets(63, 0xFF), key.e)) ==
        "The modulus has 504 bits; RSA keys have 512 to 16384.");
  CHECK(check(Octets(64, 0xFF), key.e).ok());
  CHECK(check(Octets(2048, 0xFF), key.e).ok());
  CHECK(Refused(check(Octets(2049, 0xFF), key.e)) ==
        "The modulus has 16392 bits; RSA keys have 512 to 16384.");
}

TEST_CASE("RSA keys: private numbers that do not fit together") {
  const auto changed = [](Octets RfcRsaKey::*member) {
    RfcRsaKey key;
    (key.*member)[20] ^= 4;
    return Refused(CheckRsaPrivateKey(key.PrivateNumbers()));
  };
  const std::string primes = "The primes of the private key do not multiply to the modulus.";
  CHECK(changed(&RfcRsaKey::n) == primes);
  CHECK(changed(&RfcRsaKey::p) == primes);
  CHECK(changed(&RfcRsaKey::q) == primes);
  CHECK(changed(&RfcRsaKey::d) == "The private exponent is not the inverse of the public one.");
  const std::string remainders =
      "The numbers for the Chinese remainder theorem do not fit the private key.";
  CHECK(changed(&RfcRsaKey::dp) == remainders);
  CHECK(changed(&RfcRsaKey::dq) == remainders);
  CHECK(changed(&RfcRsaKey::qi) == remainders);

  const std::string size = "A number of the private key is zero or longer than the modulus.";
  for (Octets RfcRsaKey::*member : {&RfcRsaKey::d, &RfcRsaKey::p, &RfcRsaKey::q, &RfcRsaKey::dp,
                                    &RfcRsaKey::dq, &RfcRsaKey::qi}) {
    RfcRsaKey key;
    (key.*member).clear();
    CHECK(Refused(CheckRsaPrivateKey(key.PrivateNumbers())) == size);
    key.*member = Octets(300, 1);
    CHECK(Refused(CheckRsaPrivateKey(key.PrivateNumbers())) == size);
  }
  // Leading zeros of the modulus do not make room for longer numbers.
  RfcRsaKey padded;
  padded.n.insert(padded.n.begin(), 1000, 0);
  padded.d = Octets(1000, 0xFF);
  CHECK(Refused(CheckRsaPrivateKey(padded.PrivateNumbers())) == size);
  // 1 and the modulus itself multiply to it, too.
  RfcRsaKey trivial;
  trivial.p = trivial.n;
  trivial.q = Hex("01");
  CHECK(Refused(CheckRsaPrivateKey(trivial.PrivateNumbers())) == primes);
}

TEST_CASE("RSA keys: primes are recovered from the exponents") {
  const RfcRsaKey key;
  const auto primes = RecoverRsaPrimes(key.n, key.e, key.d);
  REQUIRE(primes.has_value());
  CHECK(primes->p == key.p);  // The larger one, in the RFC as well.
  CHECK(primes->q == key.q);
  CHECK(primes->dp == key.dp);
  CHECK(primes->dq == key.dq);
  CHECK(primes->qi == key.qi);

  for (int i = 0; i < 5; ++i) {
    const auto pair = GenerateRsaKey(512, i % 2 ? Bytes(kF4) : Bytes(Hex("03")));
    REQUIRE(pair.has_value());
    const RsaNumbers numbers = Good(ParseRsaPrivateKeyInfo(pair->private_key));
    const auto found = RecoverRsaPrimes(numbers.n, numbers.e, numbers.d);
    REQUIRE(found.has_value());
    CHECK(CheckRsaPrivateKey({numbers.n, numbers.e, numbers.d, found->p, found->q, found->dp,
                              found->dq, found->qi})
              .ok());
  }

  CHECK_FALSE(RecoverRsaPrimes(key.n, key.e, Hex("03")).has_value());
  CHECK_FALSE(RecoverRsaPrimes(key.n, key.e, {}).has_value());
  CHECK_FALSE(RecoverRsaPrimes(key.n, Hex("01"), Hex("01")).has_value());
  CHECK_FALSE(RecoverRsaPrimes(key.n, key.e, Octets(300, 0xFF)).has_value());
  CHECK_FALSE(RecoverRsaPrimes({}, {}, {}).has_value());
  Octets other = key.d;
  other[100] ^= 1;
  CHECK_FALSE(RecoverRsaPrimes(key.n, key.e, other).has_value());
  // A prime modulus: 2^521 - 1. Roots of 1 are 1 and -1 alone.
  Octets prime(66, 0xFF);
  prime[0] = 1;
  CHECK_FALSE(RecoverRsaPrimes(prime, Hex("03"), Hex("05")).has_value());
}

TEST_CASE("RSA keys: malformed structures") {
  const RfcRsaKey key;
  const Octets spki = WriteRsaPublicKeyInfo(key.PublicNumbers());
  const Octets pkcs8 = WriteRsaPrivateKeyInfo(key.PrivateNumbers());
  for (size_t size = 0; size < pkcs8.size(); size += 7) {
    CHECK_FALSE(ParseRsaPrivateKeyInfo(Bytes(pkcs8).first(size)).ok());
  }
  CHECK_FALSE(ParseRsaPublicKeyInfo(pkcs8).ok());
  CHECK_FALSE(ParseRsaPrivateKeyInfo(spki).ok());

  static constexpr uint8_t kRsaEncryption[] = {0x2A, 0x86, 0x48, 0x86, 0xF7,
                                               0x0D, 0x01, 0x01, 0x01};
  static constexpr uint8_t kRsassaPss[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A};
  const Octets numbers =
      der::Write(der::kSequence, {der::WriteUnsigned(key.n), der::WriteUnsigned(key.e)});
  CHECK(ParseRsaPublicKeyInfo(WritePublicKeyInfo({kRsaEncryption, {}}, numbers)).ok());
  CHECK(
      Refused(ParseRsaPublicKeyInfo(WritePublicKeyInfo({kRsaEncryption, Hex("3000")}, numbers))) ==
      "The key data have parameters, which RSA keys must not have.");
  CHECK(Refused(ParseRsaPublicKeyInfo(WritePublicKeyInfo({kRsassaPss, Hex("0500")}, numbers))) ==
        "The key data are not those of an RSA key.");
  const std::string malformed = "The public key is not a well-formed RSAPublicKey.";
  CHECK(Refused(ParseRsaPublicKeyInfo(
            WritePublicKeyInfo({kRsaEncryption, {}}, Joined({numbers, Hex("00")})))) == malformed);
  const Octets third = der::Write(
      der::kSequence, {der::WriteUnsigned(key.n), der::WriteUnsigned(key.e), Hex("020100")});
  CHECK(Refused(ParseRsaPublicKeyInfo(WritePublicKeyInfo({kRsaEncryption, {}}, third))) ==
        malformed);
  const Octets negative = der::Write(der::kSequence, {Hex("0201ff"), der::WriteUnsigned(key.e)});
  CHECK(Refused(ParseRsaPublicKeyInfo(WritePublicKeyInfo({kRsaEncryption, {}}, negative))) ==
        malformed);
  CHECK(Refused(ParseRsaPrivateKeyInfo(WritePrivateKeyInfo(
            {kRsaEncryption, {}}, der::Write(der::kSequence, {Hex("020101")})))) ==
        "RSA keys with more than two primes are not supported.");
}

TEST_CASE("RSA keys: generation") {
  const auto pair = GenerateRsaKey(1024, kF4);
  REQUIRE(pair.has_value());
  const RsaNumbers public_key = Good(ParseRsaPublicKeyInfo(pair->public_key));
  const RsaNumbers private_key = Good(ParseRsaPrivateKeyInfo(pair->private_key));
  CHECK(BitLength(public_key.n) == 1024);
  CHECK(ToOctets(public_key.e) == Hex("010001"));
  CHECK(ToOctets(private_key.n) == ToOctets(public_key.n));
  CHECK(CheckRsaPrivateKey(private_key).ok());

  const auto small_exponent = GenerateRsaKey(512, Hex("000003"));
  REQUIRE(small_exponent.has_value());
  CHECK(ToOctets(Good(ParseRsaPublicKeyInfo(small_exponent->public_key)).e) == Hex("03"));

  CHECK_FALSE(CanGenerateRsaKey(2048, {}));
  CHECK_FALSE(CanGenerateRsaKey(2048, Hex("01")));
  CHECK_FALSE(CanGenerateRsaKey(2048, Hex("0000")));
  CHECK_FALSE(CanGenerateRsaKey(2048, Hex("010000")));
  CHECK_FALSE(CanGenerateRsaKey(2048, Octets(33, 0xFF)));
  CHECK_FALSE(CanGenerateRsaKey(511, kF4));
  CHECK_FALSE(CanGenerateRsaKey(0xFFFFFFFF, kF4));
  CHECK(CanGenerateRsaKey(16384, kF4));
  CHECK_FALSE(GenerateRsaKey(511, kF4).has_value());
}

TEST_CASE("RSA keys: generation ends when nobody waits any more") {
  CancelToken token;
  {
    CancelSource source;
    token = source.token();
    CHECK_FALSE(token.cancelled());
  }
  CHECK(token.cancelled());
  // It would take minutes.
  CHECK_FALSE(GenerateRsaKey(16384, kF4, token).has_value());
}

}  // namespace
}  // namespace nano::runtime
