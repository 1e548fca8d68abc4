// OpenSSL's two generators: the public one and the private one (RAND_priv_bytes(3)).
#include "runtime/native/crypto/random.h"

#include <openssl/rand.h>

namespace nano::runtime {

bool FillWithRandom(std::span<uint8_t> bytes) {
  return RAND_bytes_ex(nullptr, bytes.data(), bytes.size(), 0) == 1;
}

bool FillWithSecretRandom(std::span<uint8_t> bytes) {
  return RAND_priv_bytes_ex(nullptr, bytes.data(), bytes.size(), 0) == 1;
}

}  // namespace nano::runtime
