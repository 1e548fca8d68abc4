// The two containers of keys: SubjectPublicKeyInfo (RFC 5280) and PrivateKeyInfo (RFC 5208, with
// the public key of RFC 5958). What is in them depends on the algorithm: rsa_key, ec_key, okp_key.
// Without V8. Thread: any.
#pragma once

#include "base/result.h"
#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

// AlgorithmIdentifier.
struct KeyAlgorithmId {
  Bytes oid;         // The contents of the OBJECT IDENTIFIER.
  Bytes parameters;  // The whole element; empty if absent.
};

struct PublicKeyInfo {
  KeyAlgorithmId algorithm;
  Bytes key;  // The contents of the BIT STRING.
};

struct PrivateKeyInfo {
  KeyAlgorithmId algorithm;
  Bytes key;         // The contents of the OCTET STRING.
  Bytes public_key;  // The contents of the BIT STRING; empty if absent.
};

// The fields are views of the input. Nothing may follow the structure.
Result<PublicKeyInfo> ParsePublicKeyInfo(Bytes spki);
Result<PrivateKeyInfo> ParsePrivateKeyInfo(Bytes pkcs8);

Octets WritePublicKeyInfo(const KeyAlgorithmId& algorithm, Bytes key);
Octets WritePrivateKeyInfo(const KeyAlgorithmId& algorithm, Bytes key);

}  // namespace nano::runtime
