// Keys from secrets and from passwords: HKDF (RFC 5869) and PBKDF2 (RFC 8018). Without V8. Thread:
// any.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/native/crypto/hash.h"
#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

// Fills `output`, which has at most 255 digests' bytes. False if OpenSSL refuses.
bool Hkdf(Hash hash, Bytes secret, Bytes salt, Bytes info, std::span<uint8_t> output);

// Fills `output`. False if OpenSSL refuses: there has to be at least one iteration.
bool Pbkdf2(Hash hash, Bytes password, Bytes salt, uint64_t iterations, std::span<uint8_t> output);

}  // namespace nano::runtime
