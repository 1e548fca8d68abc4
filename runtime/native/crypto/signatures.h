// Signatures with RSA (RFC 8017, section 8), ECDSA (as Web Cryptography writes them: r, then s,
// each as long as the order of the curve) and EdDSA (RFC 8032). Without V8. Thread: any.
#pragma once

#include <optional>

#include "runtime/native/crypto/hash.h"
#include "runtime/native/crypto/parsed_key.h"

namespace nano::runtime {

struct SignatureScheme {
  // Of RSA and ECDSA; EdDSA has its own.
  std::optional<Hash> hash;
  // RSA: octets of the salt of RSASSA-PSS; none: RSASSA-PKCS1-v1_5.
  std::optional<uint32_t> pss_salt;
};

// Nothing if the key cannot sign so: if it is too short for the hash or the salt, say.
std::optional<Octets> Sign(const ParsedKey& key, const SignatureScheme& scheme, Bytes message);

// False for whatever is not a valid signature. As the specification says, EdDSA's are not if the
// public key or the signature's first half is a point of small order.
bool Verify(const ParsedKey& key, const SignatureScheme& scheme, Bytes signature, Bytes message);

}  // namespace nano::runtime
