// Keys on Curve25519 and Curve448: import and export in all encodings, and what is no key.
#include <catch2/catch.hpp>

#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/okp_key.h"
#include "runtime/native/crypto/small_order.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Base64Url;
using testing::Good;
using testing::Hex;
using testing::Joined;
using testing::Refused;

constexpr Curve kOkpCurves[] = {Curve::kEd25519, Curve::kX25519, Curve::kEd448, Curve::kX448};

TEST_CASE("OKP keys: the examples of RFC 8410 and RFC 8037") {
  // RFC 8410, section 10.3.
  const Octets pkcs8 = Hex(
      "302e 020100 3005 06032b6570 0422 0420 d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a8"
      "8f44755842");
  const Octets public_key = Hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  const Octets material = Good(ImportOkpPrivateKeyInfo(Curve::kEd25519, pkcs8));
  CHECK(ToOctets(PublicPart(Curve::kEd25519, material)) == public_key);
  CHECK(ExportOkpPrivateKeyInfo(Curve::kEd25519, material) == pkcs8);
  // Section 10.1.
  const Octets spki = Joined({Hex("302a 3005 06032b6570 0321 00"), public_key});
  CHECK(Good(ImportOkpPublicKeyInfo(Curve::kEd25519, spki)) == public_key);
  CHECK(ExportOkpPublicKeyInfo(Curve::kEd25519, public_key) == spki);
  // Version 2 brings attributes and the public key (section 10.3).
  const Octets version2 = Hex(
      "3072 020101 3005 06032b6570 0422 0420 d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a8"
      "8f44755842 a01f 301d 060a2a864886f70d01090914 310f 0c0d 437572646c6520436861697273 8121 00 "
      "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  CHECK(Good(ImportOkpPrivateKeyInfo(Curve::kEd25519, version2)) == material);
  // RFC 8037, appendix A.
  const Octets jwk = Good(
      ImportOkpPrivateKey(Curve::kEd25519, Base64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
                          Base64Url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
  CHECK(ToOctets(SecretPart(Curve::kEd25519, jwk)) ==
        Hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
}

TEST_CASE("OKP keys: every encoding gives the same key back") {
  for (const Curve curve : kOkpCurves) {
    INFO(TraitsOf(curve).name);
    const auto generated = GenerateCurveKey(curve);
    REQUIRE(generated.has_value());
    const Octets public_key = ToOctets(PublicPart(curve, *generated));
    const Octets pkcs8 = ExportOkpPrivateKeyInfo(curve, *generated);
    CHECK(Good(ImportOkpPrivateKeyInfo(curve, pkcs8)) == *generated);
    CHECK(Good(ImportOkpPublicKeyInfo(curve, ExportOkpPublicKeyInfo(curve, public_key))) ==
          public_key);
    CHECK(Good(ImportOkpPublicKey(curve, public_key)) == public_key);
    CHECK(Good(ImportOkpPrivateKey(curve, SecretPart(curve, *generated), {})) == *generated);
    CHECK(Refused(ImportOkpPrivateKey(curve, SecretPart(curve, *generated),
                                      Octets(public_key.size(), 9))) ==
          "The public key is not that of the private key.");
  }
}

TEST_CASE("OKP keys: wrong sizes, algorithms and parameters") {
  CHECK(Refused(ImportOkpPublicKey(Curve::kX25519, Octets(31, 1))) ==
        "The public key is 31 bytes long, not 32.");
  CHECK(Refused(ImportOkpPublicKey(Curve::kEd448, {})) ==
        "The public key is 0 bytes long, not 57.");
  CHECK(Refused(ImportOkpPrivateKey(Curve::kEd25519, Octets(33, 1), {})) ==
        "The private key is 33 bytes long, not 32.");
  const Octets spki = ExportOkpPublicKeyInfo(Curve::kEd25519, Octets(32, 1));
  CHECK(Refused(ImportOkpPublicKeyInfo(Curve::kX25519, spki)) ==
        "The key data are not those of an X25519 key.");
  CHECK(Refused(ImportOkpPublicKeyInfo(
            Curve::kEd25519, Joined({Hex("302c 3007 06032b6570 0500 0321 00"), Octets(32, 1)}))) ==
        "The key data have parameters, which Ed25519 keys must not have.");
  // The inner OCTET STRING is missing, too short, or followed by something.
  const std::string malformed = "The private key is not a well-formed CurvePrivateKey.";
  const Octets head = Hex("020100 3005 06032b6570");
  const auto with_key = [&head](const Octets& key) {
    const Octets rest = Joined({head, Octets{0x04, static_cast<uint8_t>(key.size())}, key});
    return Joined({Octets{0x30, static_cast<uint8_t>(rest.size())}, rest});
  };
  CHECK(Refused(ImportOkpPrivateKeyInfo(Curve::kEd25519, with_key(Octets(32, 1)))) == malformed);
  CHECK(Refused(ImportOkpPrivateKeyInfo(
            Curve::kEd25519, with_key(Joined({Hex("0420"), Octets(31, 1)})))) == malformed);
  CHECK(Refused(ImportOkpPrivateKeyInfo(
            Curve::kEd25519, with_key(Joined({Hex("0420"), Octets(33, 1)})))) == malformed);
  CHECK(ImportOkpPrivateKeyInfo(Curve::kEd25519, with_key(Joined({Hex("0420"), Octets(32, 1)})))
            .ok());
}

TEST_CASE("Points of small order are known in every encoding") {
  for (const char* point : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0000000000000000000000000000000000000000000000000000000000000080",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
       }) {
    INFO(point);
    CHECK(IsSmallOrderPoint(Curve::kEd25519, Hex(point)));
  }
  // The base point, and one next to a small one.
  CHECK_FALSE(IsSmallOrderPoint(
      Curve::kEd25519, Hex("5866666666666666666666666666666666666666666666666666666666666666")));
  CHECK_FALSE(IsSmallOrderPoint(
      Curve::kEd25519, Hex("efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));
  CHECK_FALSE(IsSmallOrderPoint(Curve::kEd25519, {}));

  Octets point(57, 0);
  CHECK(IsSmallOrderPoint(Curve::kEd448, point));
  point[56] = 0x80;
  CHECK(IsSmallOrderPoint(Curve::kEd448, point));
  point[56] = 0x01;
  CHECK_FALSE(IsSmallOrderPoint(Curve::kEd448, point));
  point = Octets(57, 0xFF);
  point[28] = 0xFE;
  point[56] = 0;
  CHECK(IsSmallOrderPoint(Curve::kEd448, point));  // p
  point[0] = 0xFE;
  CHECK(IsSmallOrderPoint(Curve::kEd448, point));  // -1
  point[0] = 0xFD;
  CHECK_FALSE(IsSmallOrderPoint(Curve::kEd448, point));
}

}  // namespace
}  // namespace nano::runtime
