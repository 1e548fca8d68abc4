// HMAC by OpenSSL.
#include "runtime/native/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "base/check.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, OpensslDeleter<EVP_MAC_CTX_free>>;

// A context for a hash, without a key. Making one from OpenSSL's names costs more than a short
// HMAC: each is made once for the process and copied.
MacContextPtr NewContext(Hash hash) {
  static const auto templates = [] {
    std::array<EVP_MAC_CTX*, 4> made{};
    EVP_MAC* function = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    NANO_CHECK(function != nullptr);
    for (size_t i = 0; i < made.size(); ++i) {
      const char* name = EVP_MD_get0_name(HashFunction(static_cast<Hash>(i)));
      const std::array parameters = {
          OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(name), 0),
          OSSL_PARAM_construct_end()};
      made[i] = EVP_MAC_CTX_new(function);
      NANO_CHECK(made[i] != nullptr && EVP_MAC_CTX_set_params(made[i], parameters.data()) == 1);
    }
    return made;
  }();
  return MacContextPtr(EVP_MAC_CTX_dup(templates[static_cast<size_t>(hash)]));
}

}  // namespace

bool ComputeHmac(Hash hash, Bytes key, Bytes data, Mac& mac) {
  const ErrorScope errors;
  const MacContextPtr context = NewContext(hash);
  return context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), nullptr) == 1 &&
         EVP_MAC_update(context.get(), data.data(), data.size()) == 1 &&
         EVP_MAC_final(context.get(), mac.bytes.data(), &mac.size, mac.bytes.size()) == 1;
}

bool ComputeDigest(Hash hash, Bytes data, Mac& digest) {
  const ErrorScope errors;
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), digest.bytes.data(), &size, HashFunction(hash),
                 nullptr) != 1) {
    return false;
  }
  digest.size = size;
  return true;
}

bool EqualInConstantTime(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace nano::runtime
