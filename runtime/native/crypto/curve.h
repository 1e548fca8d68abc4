// The elliptic curves of Web Cryptography, and how their keys are kept.
//
// Key material, as JS holds it, is bytes of fixed lengths:
//
// NIST curves: a public key is the uncompressed point (SEC 1, section 2.3.3); a private key is the
// scalar, big-endian, followed by its public key.
//
// Curve25519 and Curve448: a public key is the u coordinate (RFC 7748) or the encoded point
// (RFC 8032); a private key is the secret octets followed by its public key.
//
// Whoever passes material on has got it from an import or from key generation: its length is right.
//
// Without V8. Thread: any.
#pragma once

#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

// The numbers are those of runtime/web/host/subtle-ops.ts.
enum class Curve : uint8_t {
  kP256 = 0,
  kP384 = 1,
  kP521 = 2,
  kEd25519 = 3,
  kX25519 = 4,
  kEd448 = 5,
  kX448 = 6,
};
inline constexpr size_t kCurves = 7;

enum class CurveKind : uint8_t {
  kNist,        // ECDSA and ECDH
  kEdwards,     // EdDSA
  kMontgomery,  // X25519 and X448
};

struct CurveTraits {
  const char* name;          // Of the curve in Web Cryptography.
  const char* openssl_name;  // Of the group (NIST) or of the type of key (others).
  int nid;                   // The same, by number.
  CurveKind kind;
  size_t secret_size;  // Of private keys without their public keys: octets.
  size_t public_size;  // Octets.
  Bytes oid;           // Of the named curve (NIST) or of the algorithm (others).
};

const CurveTraits& TraitsOf(Curve curve);

inline bool IsNist(Curve curve) { return TraitsOf(curve).kind == CurveKind::kNist; }

// The parts of a private key's material.
inline Bytes SecretPart(Curve curve, Bytes material) {
  return material.first(TraitsOf(curve).secret_size);
}
inline Bytes PublicPart(Curve curve, Bytes material) {
  return material.subspan(TraitsOf(curve).secret_size);
}

}  // namespace nano::runtime
