// SHA-256 by the engine's OpenSSL.
//
// By its low-level functions, which it calls deprecated: the EVP interface first loads a provider
// and fetches the algorithm, which takes longer than hashing a snapshot, at every start of the
// server.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "snapshot/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <new>
#include <tuple>

#include "base/check.h"

namespace nano::snapshot {

static_assert(std::tuple_size_v<Digest> == SHA256_DIGEST_LENGTH);

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) <= sizeof(state_) && alignof(SHA256_CTX) <= 8);
  NANO_CHECK(SHA256_Init(new (state_.data()) SHA256_CTX) == 1);
}

void Sha256::Update(std::string_view bytes) {
  auto* context = std::launder(reinterpret_cast<SHA256_CTX*>(state_.data()));
  NANO_CHECK(SHA256_Update(context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::Finish() {
  auto* context = std::launder(reinterpret_cast<SHA256_CTX*>(state_.data()));
  Digest digest;
  NANO_CHECK(SHA256_Final(digest.data(), context) == 1);
  return digest;
}

Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

std::string Hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool IsHexDigest(std::string_view text) {
  return text.size() == 2 * std::tuple_size_v<Digest> &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace nano::snapshot
