// Keys on the NIST curves: from and to SubjectPublicKeyInfo (RFC 5480), PrivateKeyInfo with an
// ECPrivateKey (RFC 5915), points (SEC 1) and the members of a JSON Web Key (RFC 7518,
// section 6.2). Gives material as runtime/native/crypto/curve.h describes it; every point is
// checked to lie on its curve. Errors are sentences about the key data. Without V8. Thread: any.
#pragma once

#include "base/result.h"
#include "runtime/native/crypto/curve.h"

namespace nano::runtime {

Result<Octets> ImportEcPublicKeyInfo(Curve curve, Bytes spki);
Result<Octets> ImportEcPrivateKeyInfo(Curve curve, Bytes pkcs8);
// A point in its uncompressed or compressed form.
Result<Octets> ImportEcPoint(Curve curve, Bytes point);
// A private key by its scalar, which is shorter than or as long as the curve's order, and its
// public key; without one (empty) it is computed.
Result<Octets> ImportEcScalar(Curve curve, Bytes scalar, Bytes point);

Octets ExportEcPublicKeyInfo(Curve curve, Bytes public_key);
Octets ExportEcPrivateKeyInfo(Curve curve, Bytes private_key);

}  // namespace nano::runtime
