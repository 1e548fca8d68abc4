// Fetching the hash functions from OpenSSL's default provider.
#include "runtime/native/crypto/hash.h"

#include <openssl/evp.h>

#include <array>

#include "base/check.h"

namespace nano::runtime {

const EVP_MD* HashFunction(Hash hash) {
  static const std::array<const EVP_MD*, 4> functions = [] {
    constexpr std::array kNames = {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512"};
    std::array<const EVP_MD*, kNames.size()> fetched{};
    for (size_t i = 0; i < kNames.size(); ++i) {
      fetched[i] = EVP_MD_fetch(nullptr, kNames[i], nullptr);
      NANO_CHECK(fetched[i] != nullptr);
    }
    return fetched;
  }();
  return functions[static_cast<size_t>(hash)];
}

}  // namespace nano::runtime
