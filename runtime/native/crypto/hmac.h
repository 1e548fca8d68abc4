// HMAC (RFC 2104). Without V8. Thread: any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/native/crypto/hash.h"
#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

// A message authentication code, or a digest: at most the 64 bytes of SHA-512.
struct Mac {
  std::array<uint8_t, 64> bytes;
  size_t size = 0;

  Bytes view() const { return {bytes.data(), size}; }
};

// False if OpenSSL has no memory left.
bool ComputeHmac(Hash hash, Bytes key, Bytes data, Mac& mac);

// The hash of the data; false if OpenSSL has no memory left.
bool ComputeDigest(Hash hash, Bytes data, Mac& digest);

// In a time that depends on nothing but the lengths.
bool EqualInConstantTime(Bytes a, Bytes b);

}  // namespace nano::runtime
