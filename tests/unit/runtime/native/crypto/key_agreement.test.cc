// Key agreement and RSA-OAEP: vectors of RFCs, and what has to fail.
#include <catch2/catch.hpp>

#include "runtime/native/crypto/ec_key.h"
#include "runtime/native/crypto/key_agreement.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/okp_key.h"
#include "runtime/native/crypto/rsa_oaep.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Base64Url;
using testing::Good;
using testing::Hex;
using testing::Joined;
using testing::RfcRsaKey;
using testing::Text;

std::optional<Octets> AgreeOn(Curve curve, const Octets& private_key, const Octets& public_key) {
  return Agree(ParsedKey({curve, true}, private_key), ParsedKey({curve, false}, public_key));
}

TEST_CASE("X25519 and X448: RFC 7748, section 6") {
  struct Vector {
    Curve curve;
    const char* alice_secret;
    const char* alice_public;
    const char* bob_secret;
    const char* bob_public;
    const char* shared;
  };
  const Vector vectors[] = {
      {Curve::kX25519, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
       "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
       "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
       "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
       "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
      {Curve::kX448,
       "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f1"
       "27ab1d9ac2d8c0a598726b",
       "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88"
       "120d53177f80e532c41fa0",
       "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b"
       "09d1b0366f10b65173992d",
       "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57a"
       "ec3dae07bdc1c67bf33609",
       "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c244030"
       "85d59a449a5037514a879d"},
  };
  for (const Vector& vector : vectors) {
    INFO(TraitsOf(vector.curve).name);
    const Octets alice =
        Good(ImportOkpPrivateKey(vector.curve, Hex(vector.alice_secret), Hex(vector.alice_public)));
    const Octets bob =
        Good(ImportOkpPrivateKey(vector.curve, Hex(vector.bob_secret), Hex(vector.bob_public)));
    CHECK(AgreeOn(vector.curve, alice, Hex(vector.bob_public)) == Hex(vector.shared));
    CHECK(AgreeOn(vector.curve, bob, Hex(vector.alice_public)) == Hex(vector.shared));
  }
}

TEST_CASE("X25519 and X448: points of small order share no secret") {
  const auto alice = GenerateCurveKey(Curve::kX25519);
  REQUIRE(alice.has_value());
  for (const char* point : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       }) {
    INFO(point);
    CHECK(AgreeOn(Curve::kX25519, *alice, Hex(point)) == std::nullopt);
  }
  const auto alice448 = GenerateCurveKey(Curve::kX448);
  REQUIRE(alice448.has_value());
  CHECK(AgreeOn(Curve::kX448, *alice448, Octets(56, 0)) == std::nullopt);
}

TEST_CASE("ECDH: RFC 7518, appendix C") {
  const Octets alice_point =
      Joined({Hex("04"), Base64Url("gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"),
              Base64Url("SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps")});
  const Octets bob_point =
      Joined({Hex("04"), Base64Url("weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"),
              Base64Url("e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck")});
  const Octets alice = Good(ImportEcScalar(
      Curve::kP256, Base64Url("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"), alice_point));
  const Octets bob = Good(ImportEcScalar(
      Curve::kP256, Base64Url("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"), bob_point));
  const Octets shared = {158, 86,  217, 29,  129, 113, 53,  211, 114, 131, 66,
                         131, 191, 132, 38,  156, 251, 49,  110, 163, 218, 128,
                         106, 72,  246, 218, 167, 121, 140, 254, 144, 196};
  CHECK(AgreeOn(Curve::kP256, alice, bob_point) == shared);
  CHECK(AgreeOn(Curve::kP256, bob, alice_point) == shared);
}

TEST_CASE("ECDH: the secret is as long as the field, on all curves") {
  for (const Curve curve : {Curve::kP256, Curve::kP384, Curve::kP521}) {
    INFO(TraitsOf(curve).name);
    const auto alice = GenerateCurveKey(curve);
    const auto bob = GenerateCurveKey(curve);
    REQUIRE((alice && bob));
    const auto secret = AgreeOn(curve, *alice, ToOctets(PublicPart(curve, *bob)));
    REQUIRE(secret.has_value());
    CHECK(secret->size() == TraitsOf(curve).secret_size);
    CHECK(AgreeOn(curve, *bob, ToOctets(PublicPart(curve, *alice))) == secret);
    // Material of the wrong size is no key.
    CHECK(AgreeOn(curve, *alice, Octets(3, 4)) == std::nullopt);
  }
}

class Oaep {
 public:
  Oaep() {
    const RfcRsaKey key;
    private_ = std::make_unique<ParsedKey>(KeyForm{std::nullopt, true},
                                           WriteRsaPrivateKeyInfo(key.PrivateNumbers()));
    public_ = std::make_unique<ParsedKey>(KeyForm{std::nullopt, false},
                                          WriteRsaPublicKeyInfo(key.PublicNumbers()));
  }

  std::optional<Octets> Encrypt(const OaepScheme& scheme, const Octets& message) const {
    return OaepEncrypt(*public_, scheme, message);
  }
  std::optional<Octets> Decrypt(const OaepScheme& scheme, const Octets& ciphertext) const {
    return OaepDecrypt(*private_, scheme, ciphertext);
  }

 private:
  std::unique_ptr<ParsedKey> private_;
  std::unique_ptr<ParsedKey> public_;
};

TEST_CASE("RSA-OAEP: hashes, labels and lengths") {
  const Oaep oaep;
  const Octets label = Text("a label");
  // k - 2 * hLen - 2 octets are the most (RFC 8017, section 7.1.1).
  const std::pair<Hash, size_t> hashes[] = {
      {Hash::kSha1, 214}, {Hash::kSha256, 190}, {Hash::kSha384, 158}, {Hash::kSha512, 126}};
  for (const auto& [hash, most] : hashes) {
    for (const size_t size : {size_t{0}, size_t{1}, most}) {
      const Octets message(size, 0x5A);
      const auto ciphertext = oaep.Encrypt({hash, label}, message);
      REQUIRE(ciphertext.has_value());
      CHECK(ciphertext->size() == 256);
      CHECK(oaep.Decrypt({hash, label}, *ciphertext) == message);
      CHECK(oaep.Decrypt({hash, {}}, *ciphertext) == std::nullopt);
      CHECK(oaep.Encrypt({hash, label}, message) != ciphertext);
    }
    CHECK(oaep.Encrypt({hash, {}}, Octets(most + 1, 1)) == std::nullopt);
  }
  const auto ciphertext = oaep.Encrypt({Hash::kSha256, {}}, Text("m"));
  REQUIRE(ciphertext.has_value());
  CHECK(oaep.Decrypt({Hash::kSha1, {}}, *ciphertext) == std::nullopt);
  for (const size_t size : {0, 1, 255, 257, 5000}) {
    CHECK(oaep.Decrypt({Hash::kSha256, {}}, Octets(size, 1)) == std::nullopt);
  }
  CHECK(oaep.Decrypt({Hash::kSha256, {}}, Octets(256, 0xFF)) == std::nullopt);
  Octets changed = *ciphertext;
  changed[100] ^= 1;
  CHECK(oaep.Decrypt({Hash::kSha256, {}}, changed) == std::nullopt);
}

TEST_CASE("RSA-OAEP: a key that is too short for the hash") {
  constexpr uint8_t kF4[] = {1, 0, 1};
  const auto keys = GenerateRsaKey(512, kF4);
  REQUIRE(keys.has_value());
  const ParsedKey public_key({std::nullopt, false}, keys->public_key);
  const ParsedKey private_key({std::nullopt, true}, keys->private_key);
  CHECK(OaepEncrypt(public_key, {Hash::kSha1, {}}, Text("m")).has_value());
  CHECK_FALSE(OaepEncrypt(public_key, {Hash::kSha256, {}}, {}).has_value());
  CHECK_FALSE(OaepDecrypt(private_key, {Hash::kSha512, {}}, Octets(64, 1)).has_value());
}

}  // namespace
}  // namespace nano::runtime
