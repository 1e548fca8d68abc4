// ECDH, X25519 and X448 by OpenSSL.
#include "runtime/native/crypto/key_agreement.h"

#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {

std::optional<Octets> Agree(const ParsedKey& private_key, const ParsedKey& public_key) {
  const ErrorScope errors;
  EVP_PKEY* mine = private_key.Get();
  EVP_PKEY* theirs = public_key.Get();
  if (mine == nullptr || theirs == nullptr) return std::nullopt;
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, mine, nullptr));
  // Points were checked when they were imported.
  constexpr int kValidatePeer = 0;
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), theirs, kValidatePeer) != 1) {
    return std::nullopt;
  }
  // OpenSSL itself refuses a secret of zeros (RFC 7748, section 6), in constant time.
  Octets secret(TraitsOf(private_key.curve()).secret_size);
  size_t size = secret.size();
  if (EVP_PKEY_derive(context.get(), secret.data(), &size) != 1 || size != secret.size()) {
    return std::nullopt;
  }
  return secret;
}

}  // namespace nano::runtime
