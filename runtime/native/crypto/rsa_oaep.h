// RSAES-OAEP (RFC 8017, section 7.1) with MGF1 on the same hash function. Without V8. Thread: any.
#pragma once

#include <optional>

#include "runtime/native/crypto/hash.h"
#include "runtime/native/crypto/parsed_key.h"

namespace nano::runtime {

struct OaepScheme {
  Hash hash;
  Bytes label;
};

// Nothing if the message is too long for the key.
std::optional<Octets> OaepEncrypt(const ParsedKey& key, const OaepScheme& scheme, Bytes message);
// Nothing if the ciphertext is not one of this key, label and hash.
std::optional<Octets> OaepDecrypt(const ParsedKey& key, const OaepScheme& scheme, Bytes ciphertext);

}  // namespace nano::runtime
