// Import and export of keys on the NIST curves.
#include "runtime/native/crypto/ec_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/check.h"
#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/key_info.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

constexpr uint8_t kIdEcPublicKey[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};

enum PointForm : uint8_t { kCompressedEven = 2, kCompressedOdd = 3, kUncompressed = 4 };

Error DataError(std::string message) { return Error{std::move(message), "", ""}; }

std::string NameOf(Curve curve) { return TraitsOf(curve).name; }

// The groups are constants, made at their first use and kept.
const EC_GROUP* GroupOf(Curve curve) {
  static const std::array<const EC_GROUP*, 3> groups = [] {
    std::array<const EC_GROUP*, 3> made{};
    for (size_t i = 0; i < made.size(); ++i) {
      made[i] = EC_GROUP_new_by_curve_name(TraitsOf(static_cast<Curve>(i)).nid);
      NANO_CHECK(made[i] != nullptr);
    }
    return made;
  }();
  return groups[static_cast<size_t>(curve)];
}

Octets Uncompressed(Curve curve, const EC_POINT* point, BN_CTX* context) {
  Octets out(TraitsOf(curve).public_size);
  const size_t size = EC_POINT_point2oct(GroupOf(curve), point, POINT_CONVERSION_UNCOMPRESSED,
                                         out.data(), out.size(), context);
  NANO_CHECK(size == out.size());
  return out;
}

Octets NamedCurve(Curve curve) { return der::Write(der::kObjectIdentifier, {TraitsOf(curve).oid}); }

// Checks that an AlgorithmIdentifier is that of an elliptic curve key on this named curve.
Result<void> CheckAlgorithm(Curve curve, const KeyAlgorithmId& algorithm) {
  if (!std::ranges::equal(algorithm.oid, kIdEcPublicKey)) {
    return DataError("The key data are not those of an elliptic curve key.");
  }
  if (algorithm.parameters.empty() || algorithm.parameters[0] != der::kObjectIdentifier) {
    return DataError("The key data do not name their curve.");
  }
  if (!std::ranges::equal(algorithm.parameters, NamedCurve(curve))) {
    return DataError("The key is not on the curve " + NameOf(curve) + ".");
  }
  return {};
}

}  // namespace

Result<Octets> ImportEcPoint(Curve curve, Bytes point) {
  const ErrorScope errors;
  const size_t field_size = TraitsOf(curve).secret_size;
  const uint8_t form = point.empty() ? 0 : point[0];
  const bool compressed = form == kCompressedEven || form == kCompressedOdd;
  if (!compressed && form != kUncompressed) {
    return DataError("The public key is not an uncompressed or compressed point.");
  }
  if (point.size() != 1 + (compressed ? field_size : 2 * field_size)) {
    return DataError("The public key is " + std::to_string(point.size()) +
                     " bytes long, which no point on the curve " + NameOf(curve) + " is.");
  }
  const NumberContextPtr context(BN_CTX_new());
  const PointPtr decoded(EC_POINT_new(GroupOf(curve)));
  // Checks the equation of the curve as well.
  if (!context || !decoded ||
      EC_POINT_oct2point(GroupOf(curve), decoded.get(), point.data(), point.size(),
                         context.get()) != 1) {
    return DataError("The public key is not a point on the curve " + NameOf(curve) + ".");
  }
  if (!compressed) return ToOctets(point);
  return Uncompressed(curve, decoded.get(), context.get());
}

Result<Octets> ImportEcScalar(Curve curve, Bytes scalar, Bytes point) {
  const ErrorScope errors;
  const EC_GROUP* group = GroupOf(curve);
  const size_t size = TraitsOf(curve).secret_size;
  if (scalar.empty() || scalar.size() > size) {
    return DataError("The private key is " + std::to_string(scalar.size()) + " bytes long, not " +
                     std::to_string(size) + ".");
  }
  const NumberContextPtr context(BN_CTX_secure_new());
  const NumberPtr number(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
  const PointPtr multiple(EC_POINT_new(group));
  if (!context || !number || !multiple) return DataError("There is no memory left for the key.");
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group)) >= 0) {
    return DataError("The private key is not a number below the order of the curve.");
  }
  if (EC_POINT_mul(group, multiple.get(), number.get(), nullptr, nullptr, context.get()) != 1) {
    return DataError("The public key could not be computed.");
  }
  const Octets computed = Uncompressed(curve, multiple.get(), context.get());
  if (!point.empty()) {
    const Octets given = TRY(ImportEcPoint(curve, point));
    if (given != computed) return DataError("The public key is not that of the private key.");
  }
  Octets material(size - scalar.size());  // Zeros.
  material.reserve(size + computed.size());
  Append(material, scalar);
  Append(material, computed);
  return material;
}

Result<Octets> ImportEcPublicKeyInfo(Curve curve, Bytes spki) {
  const PublicKeyInfo info = TRY(ParsePublicKeyInfo(spki));
  TRY(CheckAlgorithm(curve, info.algorithm));
  return ImportEcPoint(curve, info.key);
}

Result<Octets> ImportEcPrivateKeyInfo(Curve curve, Bytes pkcs8) {
  const PrivateKeyInfo info = TRY(ParsePrivateKeyInfo(pkcs8));
  TRY(CheckAlgorithm(curve, info.algorithm));

  const Error malformed = DataError("The private key is not a well-formed ECPrivateKey.");
  der::Reader outer(info.key);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence || !outer.AtEnd()) return malformed;
  der::Reader fields(*sequence);
  const std::optional<Bytes> version = fields.ReadUnsigned();
  if (!version || version->size() != 1 || (*version)[0] != 1) return malformed;
  const std::optional<Bytes> scalar = fields.Read(der::kOctetString);
  if (!scalar) return malformed;
  if (fields.NextIs(der::kExplicit0)) {
    const std::optional<Bytes> parameters = fields.Read(der::kExplicit0);
    if (!parameters) return malformed;
    if (!std::ranges::equal(*parameters, info.algorithm.parameters)) {
      return DataError("The private key and its PrivateKeyInfo name different curves.");
    }
  }
  Bytes point = info.public_key;
  if (fields.NextIs(der::kExplicit1)) {
    const std::optional<Bytes> tagged = fields.Read(der::kExplicit1);
    if (!tagged) return malformed;
    der::Reader inner(*tagged);
    const std::optional<Bytes> bits = inner.ReadBits();
    if (!bits || bits->empty() || !inner.AtEnd()) return malformed;
    point = *bits;
  }
  if (!fields.AtEnd()) return malformed;
  return ImportEcScalar(curve, *scalar, point);
}

Octets ExportEcPublicKeyInfo(Curve curve, Bytes public_key) {
  const Octets parameters = NamedCurve(curve);
  return WritePublicKeyInfo({kIdEcPublicKey, parameters}, public_key);
}

Octets ExportEcPrivateKeyInfo(Curve curve, Bytes private_key) {
  // The specification's text wants the curve's parameters in the inner structure as well; its
  // tests, and what every implementation writes, have them in the PrivateKeyInfo only.
  static constexpr uint8_t kVersion[] = {1};
  const Octets parameters = NamedCurve(curve);
  const Octets key =
      der::Write(der::kSequence,
                 {der::WriteUnsigned(kVersion),
                  der::Write(der::kOctetString, {SecretPart(curve, private_key)}),
                  der::Write(der::kExplicit1, {der::WriteBits(PublicPart(curve, private_key))})});
  return WritePrivateKeyInfo({kIdEcPublicKey, parameters}, key);
}

}  // namespace nano::runtime
