// AES in the modes of Web Cryptography: GCM, CBC, CTR and the key wrap. Without V8. Thread: any.
//
// Results are written to memory of the caller's, which does not overlap with the data, and their
// length is returned; nothing if the data cannot be encrypted or are not what was encrypted, or if
// a size is wrong (keys have 16, 24 or 32 bytes). What is in `output` then has to be thrown away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

inline constexpr size_t kAesBlock = 16;

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

struct GcmParameters {
  Bytes key;
  Bytes iv;  // 1 to 128 bytes.
  Bytes additional;
  size_t tag_size = kAesBlock;
};

// NIST SP 800-38D. The tag is the end of what is encrypted. Writes at most as many bytes as the
// data and a tag have.
std::optional<size_t> AesGcm(Direction direction, const GcmParameters& parameters, Bytes data,
                             uint8_t* output);

// NIST SP 800-38A, with the padding of PKCS #7. `iv` has a block. Writes at most a block more than
// the data have.
std::optional<size_t> AesCbc(Direction direction, Bytes key, Bytes iv, Bytes data, uint8_t* output);

// NIST SP 800-38A; both directions are the same. The last `counter_bits` (1 to 128) of the block
// `counter` are the counter, which starts again at 0 after its highest value; the rest of the block
// never changes. Nothing if the counter has fewer values than the data blocks. Writes as many bytes
// as the data have.
std::optional<size_t> AesCtr(Bytes key, Bytes counter, unsigned counter_bits, Bytes data,
                             uint8_t* output);

// RFC 3394, with its initial value: keys of at least 16 bytes, in multiples of 8. Writes at most 8
// bytes more than the data have.
std::optional<size_t> AesKeyWrap(Direction direction, Bytes key, Bytes data, uint8_t* output);

}  // namespace nano::runtime
