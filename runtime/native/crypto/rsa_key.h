// RSA keys: from and to SubjectPublicKeyInfo and PrivateKeyInfo (RFC 8017, appendix A.1), and the
// numbers that a JSON Web Key holds (RFC 7518, section 6.3). Key material, as JS holds it, is the
// DER of the one or the other, written here. Errors are sentences about the key data. Without V8.
// Thread: any.
#pragma once

#include "base/result.h"
#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

// Big-endian magnitudes. All after `e` are empty for public keys.
struct RsaNumbers {
  Bytes n;
  Bytes e;
  Bytes d;
  Bytes p;
  Bytes q;
  Bytes dp;
  Bytes dq;
  Bytes qi;
};

// Of the modulus, in bits: what the engine can compute with.
inline constexpr size_t kLeastRsaBits = 512;
inline constexpr size_t kMostRsaBits = 16384;

// The numbers are views of the input; they are not checked.
Result<RsaNumbers> ParseRsaPublicKeyInfo(Bytes spki);
Result<RsaNumbers> ParseRsaPrivateKeyInfo(Bytes pkcs8);

// Whether the numbers are those of an RSA key (RFC 8017, section 3) of a usable size: an odd
// modulus and exponent in their ranges, and for private keys that all the others fit them. That p
// and q are primes is not tested.
Result<void> CheckRsaPublicKey(const RsaNumbers& key);
Result<void> CheckRsaPrivateKey(const RsaNumbers& key);

Octets WriteRsaPublicKeyInfo(const RsaNumbers& key);
Octets WriteRsaPrivateKeyInfo(const RsaNumbers& key);

// The length of a magnitude without leading zeros, in bits.
size_t BitLength(Bytes magnitude);

}  // namespace nano::runtime
