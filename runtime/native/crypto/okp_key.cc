// Import and export of keys on Curve25519 and Curve448.
#include "runtime/native/crypto/okp_key.h"

#include <algorithm>
#include <optional>
#include <string>

#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/key_info.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

Error DataError(std::string message) { return Error{std::move(message), "", ""}; }

Result<void> CheckAlgorithm(Curve curve, const KeyAlgorithmId& algorithm) {
  const CurveTraits& traits = TraitsOf(curve);
  if (!std::ranges::equal(algorithm.oid, traits.oid)) {
    return DataError(std::string("The key data are not those of an ") + traits.name + " key.");
  }
  if (!algorithm.parameters.empty()) {
    return DataError(std::string("The key data have parameters, which ") + traits.name +
                     " keys must not have.");
  }
  return {};
}

Error WrongSize(const char* what, size_t size, size_t expected) {
  return DataError(std::string("The ") + what + " key is " + std::to_string(size) +
                   " bytes long, not " + std::to_string(expected) + ".");
}

}  // namespace

Result<Octets> ImportOkpPublicKey(Curve curve, Bytes public_key) {
  const size_t size = TraitsOf(curve).public_size;
  if (public_key.size() != size) return WrongSize("public", public_key.size(), size);
  return ToOctets(public_key);
}

Result<Octets> ImportOkpPrivateKey(Curve curve, Bytes secret, Bytes public_key) {
  const ErrorScope errors;
  const CurveTraits& traits = TraitsOf(curve);
  if (secret.size() != traits.secret_size) {
    return WrongSize("private", secret.size(), traits.secret_size);
  }
  Octets material = ToOctets(secret);
  material.resize(traits.secret_size + traits.public_size);
  size_t size = traits.public_size;
  const PkeyPtr key(
      EVP_PKEY_new_raw_private_key(traits.nid, nullptr, secret.data(), secret.size()));
  if (!key ||
      EVP_PKEY_get_raw_public_key(key.get(), material.data() + traits.secret_size, &size) != 1) {
    return DataError("The public key could not be computed.");
  }
  if (!public_key.empty() && !std::ranges::equal(public_key, PublicPart(curve, material))) {
    return DataError("The public key is not that of the private key.");
  }
  return material;
}

Result<Octets> ImportOkpPublicKeyInfo(Curve curve, Bytes spki) {
  const PublicKeyInfo info = TRY(ParsePublicKeyInfo(spki));
  TRY(CheckAlgorithm(curve, info.algorithm));
  return ImportOkpPublicKey(curve, info.key);
}

Result<Octets> ImportOkpPrivateKeyInfo(Curve curve, Bytes pkcs8) {
  const PrivateKeyInfo info = TRY(ParsePrivateKeyInfo(pkcs8));
  TRY(CheckAlgorithm(curve, info.algorithm));
  // CurvePrivateKey ::= OCTET STRING
  der::Reader reader(info.key);
  const std::optional<Bytes> secret = reader.Read(der::kOctetString);
  if (!secret || !reader.AtEnd()) {
    return DataError("The private key is not a well-formed CurvePrivateKey.");
  }
  return ImportOkpPrivateKey(curve, *secret, info.public_key);
}

Octets ExportOkpPublicKeyInfo(Curve curve, Bytes public_key) {
  return WritePublicKeyInfo({TraitsOf(curve).oid, {}}, public_key);
}

Octets ExportOkpPrivateKeyInfo(Curve curve, Bytes private_key) {
  return WritePrivateKeyInfo({TraitsOf(curve).oid, {}},
                             der::Write(der::kOctetString, {SecretPart(curve, private_key)}));
}

}  // namespace nano::runtime
