// Keys on Curve25519 and Curve448: from and to SubjectPublicKeyInfo and PrivateKeyInfo (RFC 8410),
// and the members of a JSON Web Key (RFC 8037). Gives material as runtime/native/crypto/curve.h
// describes it. Public keys are not checked to be points, as the specification says: using one that
// is none fails. Errors are sentences about the key data. Without V8. Thread: any.
#pragma once

#include "base/result.h"
#include "runtime/native/crypto/curve.h"

namespace nano::runtime {

Result<Octets> ImportOkpPublicKeyInfo(Curve curve, Bytes spki);
Result<Octets> ImportOkpPrivateKeyInfo(Curve curve, Bytes pkcs8);
// The octets of a public key.
Result<Octets> ImportOkpPublicKey(Curve curve, Bytes public_key);
// A private key by its secret octets, and its public key; without one (empty) it is computed.
Result<Octets> ImportOkpPrivateKey(Curve curve, Bytes secret, Bytes public_key);

Octets ExportOkpPublicKeyInfo(Curve curve, Bytes public_key);
Octets ExportOkpPrivateKeyInfo(Curve curve, Bytes private_key);

}  // namespace nano::runtime
