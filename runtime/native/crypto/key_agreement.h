// Diffie-Hellman on elliptic curves: ECDH (RFC 6090, section 4), X25519 and X448 (RFC 7748).
// Without V8. Thread: any.
#pragma once

#include <optional>

#include "runtime/native/crypto/parsed_key.h"

namespace nano::runtime {

// The shared secret: the x coordinate, big-endian, as long as the field's elements, or the u
// coordinate. Both keys are on the same curve. Nothing if one of them is unusable, or if the secret
// of X25519 or X448 is all zeros, which is what points of small order give.
std::optional<Octets> Agree(const ParsedKey& private_key, const ParsedKey& public_key);

}  // namespace nano::runtime
