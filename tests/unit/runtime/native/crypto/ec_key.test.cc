// Keys on the NIST curves: import and export in all encodings, and what is no key.
#include <catch2/catch.hpp>
#include <string>

#include "runtime/native/crypto/ec_key.h"
#include "runtime/native/crypto/key_generation.h"
#include "tests/unit/runtime/native/crypto/crypto_fixture.h"

namespace nano::runtime {
namespace {

using testing::Base64Url;
using testing::Good;
using testing::Hex;
using testing::Joined;
using testing::Refused;

constexpr Curve kNistCurves[] = {Curve::kP256, Curve::kP384, Curve::kP521};

// The key of RFC 7515, appendix A.3.
struct Es256Key {
  Octets x = Base64Url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
  Octets y = Base64Url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
  Octets d = Base64Url("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
  Octets point = Joined({Hex("04"), x, y});
};

// SEC 2, section 2.4.2.
constexpr char kP256Order[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

TEST_CASE("EC keys: a JWK's numbers") {
  const Es256Key key;
  const Octets material = Good(ImportEcScalar(Curve::kP256, key.d, key.point));
  CHECK(material == Joined({key.d, key.point}));
  CHECK(Good(ImportEcScalar(Curve::kP256, key.d, {})) == material);
  CHECK(Refused(ImportEcScalar(Curve::kP256, Hex("01"), key.point)) ==
        "The public key is not that of the private key.");
}

TEST_CASE("EC keys: every encoding gives the same key back") {
  for (const Curve curve : kNistCurves) {
    INFO(TraitsOf(curve).name);
    const auto generated = GenerateCurveKey(curve);
    REQUIRE(generated.has_value());
    const Octets point = ToOctets(PublicPart(curve, *generated));
    REQUIRE(generated->size() == TraitsOf(curve).secret_size + TraitsOf(curve).public_size);

    const Octets pkcs8 = ExportEcPrivateKeyInfo(curve, *generated);
    CHECK(Good(ImportEcPrivateKeyInfo(curve, pkcs8)) == *generated);
    const Octets spki = ExportEcPublicKeyInfo(curve, point);
    CHECK(Good(ImportEcPublicKeyInfo(curve, spki)) == point);
    CHECK(Good(ImportEcPoint(curve, point)) == point);

    Octets compressed(point.begin(), point.begin() + 1 + (point.size() - 1) / 2);
    compressed[0] = 2 | (point.back() & 1);
    CHECK(Good(ImportEcPoint(curve, compressed)) == point);
    compressed[0] ^= 1;
    CHECK(Good(ImportEcPoint(curve, compressed)) != point);  // The other root.
  }
}

TEST_CASE("EC keys: a short scalar is padded") {
  const Octets material = Good(ImportEcScalar(Curve::kP521, Hex("05"), {}));
  CHECK(ToOctets(SecretPart(Curve::kP521, material)) == Joined({Octets(65, 0), Hex("05")}));
  CHECK(Good(ImportEcPrivateKeyInfo(Curve::kP521,
                                    ExportEcPrivateKeyInfo(Curve::kP521, material))) == material);
}

TEST_CASE("EC keys: scalars are between 1 and the order") {
  for (const Octets& scalar : {Octets(32, 0), Octets(32, 0xFF), Hex(kP256Order), Hex("00")}) {
    CHECK(Refused(ImportEcScalar(Curve::kP256, scalar, {})) ==
          "The private key is not a number below the order of the curve.");
  }
  Octets largest = Hex(kP256Order);
  --largest.back();
  CHECK(ImportEcScalar(Curve::kP256, largest, {}).ok());
  CHECK(Refused(ImportEcScalar(Curve::kP256, {}, {})) ==
        "The private key is 0 bytes long, not 32.");
  CHECK(Refused(ImportEcScalar(Curve::kP256, Octets(33, 1), {})) ==
        "The private key is 33 bytes long, not 32.");
}

TEST_CASE("EC keys: points that are none") {
  const Es256Key key;
  Octets off_curve = key.point;
  off_curve.back() ^= 1;
  CHECK(Refused(ImportEcPoint(Curve::kP256, off_curve)) ==
        "The public key is not a point on the curve P-256.");
  // No square root belongs to this x.
  CHECK(Refused(ImportEcPoint(Curve::kP256, Joined({Hex("02"), Octets(31, 0), Hex("07")}))) ==
        "The public key is not a point on the curve P-256.");
  // Coordinates beyond the field.
  CHECK(Refused(ImportEcPoint(Curve::kP256, Joined({Hex("04"), Octets(64, 0xFF)}))) ==
        "The public key is not a point on the curve P-256.");
  CHECK(Refused(ImportEcPoint(Curve::kP256, Bytes(key.point).first(64))) ==
        "The public key is 64 bytes long, which no point on the curve P-256 is.");
  CHECK(Refused(ImportEcPoint(Curve::kP384, key.point)) ==
        "The public key is 65 bytes long, which no point on the curve P-384 is.");
  const std::string no_form = "The public key is not an uncompressed or compressed point.";
  CHECK(Refused(ImportEcPoint(Curve::kP256, {})) == no_form);
  CHECK(Refused(ImportEcPoint(Curve::kP256, Hex("00"))) == no_form);  // Infinity.
  for (const uint8_t form : {0, 1, 5, 6, 7}) {                        // 6 and 7: the hybrid form.
    Octets hybrid = key.point;
    hybrid[0] = form;
    CHECK(Refused(ImportEcPoint(Curve::kP256, hybrid)) == no_form);
  }
}

TEST_CASE("EC keys: key data for something else") {
  const Es256Key key;
  const Octets material = Joined({key.d, key.point});
  const Octets spki = ExportEcPublicKeyInfo(Curve::kP256, key.point);
  const Octets pkcs8 = ExportEcPrivateKeyInfo(Curve::kP256, material);
  CHECK(Refused(ImportEcPublicKeyInfo(Curve::kP384, spki)) == "The key is not on the curve P-384.");
  CHECK(Refused(ImportEcPrivateKeyInfo(Curve::kP521, pkcs8)) ==
        "The key is not on the curve P-521.");
  CHECK(Refused(ImportEcPublicKeyInfo(Curve::kP256, pkcs8)) ==
        "The key data are not a well-formed SubjectPublicKeyInfo.");
  const testing::RfcRsaKey rsa;
  CHECK(Refused(ImportEcPublicKeyInfo(Curve::kP256, WriteRsaPublicKeyInfo(rsa.PublicNumbers()))) ==
        "The key data are not those of an elliptic curve key.");
  // id-ecPublicKey without a curve, and with explicit parameters (a SEQUENCE).
  const std::string unnamed = "The key data do not name their curve.";
  CHECK(Refused(ImportEcPublicKeyInfo(Curve::kP256,
                                      Hex("300f 3009 06072a8648ce3d0201 0302 0004"))) == unnamed);
  CHECK(Refused(ImportEcPublicKeyInfo(
            Curve::kP256, Hex("3011 300b 06072a8648ce3d0201 3000 0302 0004"))) == unnamed);
}

// PrivateKeyInfo of the scalar 1 on P-256 with an ECPrivateKey of these fields.
Octets WithFields(std::string_view fields_hex) {
  const Octets fields = Hex(fields_hex);
  const auto size = static_cast<uint8_t>(fields.size());
  const Octets key = Joined({Octets{0x30, size}, fields});
  const Octets rest = Joined({Hex("020100 3013 06072a8648ce3d0201 06082a8648ce3d030107"),
                              Octets{0x04, static_cast<uint8_t>(key.size())}, key});
  return Joined({Octets{0x30, static_cast<uint8_t>(rest.size())}, rest});
}

TEST_CASE("EC keys: the optional fields of an ECPrivateKey") {
  const auto import = [](std::string_view fields) {
    return ImportEcPrivateKeyInfo(Curve::kP256, WithFields(fields));
  };
  const Octets expected = Good(ImportEcScalar(Curve::kP256, Hex("01"), {}));
  CHECK(Good(import("020101 0401 01")) == expected);
  CHECK(Good(import("020101 0401 01 a00a 06082a8648ce3d030107")) == expected);
  CHECK(Refused(import("020101 0401 01 a007 06052b81040022")) ==
        "The private key and its PrivateKeyInfo name different curves.");
  const std::string malformed = "The private key is not a well-formed ECPrivateKey.";
  CHECK(Refused(import("020100 0401 01")) == malformed);               // The version.
  CHECK(Refused(import("020101")) == malformed);                       // No key.
  CHECK(Refused(import("020101 0401 01 a103 0301 00")) == malformed);  // An empty public key.
  CHECK(Refused(import("020101 0401 01 0500")) == malformed);          // Something else.
  CHECK(Refused(import("020101 0401 01 a103 0302 0004")) == malformed);
}

}  // namespace
}  // namespace nano::runtime
