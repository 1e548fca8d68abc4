// New key pairs. Without V8. Thread: any, but not an event loop's: this is slow.
#pragma once

#include <optional>

#include "runtime/native/crypto/curve.h"
#include "runtime/native/jobs/cancellation.h"

namespace nano::runtime {

// A private key's material (curve.h), the public key's at its end. Nothing if the engine's
// generator of random numbers fails.
std::optional<Octets> GenerateCurveKey(Curve curve);

struct RsaKeyPair {
  Octets public_key;   // DER of SubjectPublicKeyInfo.
  Octets private_key;  // DER of PrivateKeyInfo.
};

// Whether an RSA key of this size and with this public exponent (big-endian) can be made.
bool CanGenerateRsaKey(uint32_t bits, Bytes exponent);

// Takes from a tenth of a second for 2048 bits to minutes for 16384. Nothing if the key cannot be
// made, or was cancelled meanwhile.
std::optional<RsaKeyPair> GenerateRsaKey(uint32_t bits, Bytes exponent,
                                         const CancelToken& cancel = {});

}  // namespace nano::runtime
