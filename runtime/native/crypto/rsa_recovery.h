// The primes of RSA keys that come without them: a JSON Web Key needs n, e and d only (RFC 7518,
// section 6.3.2). Without V8. Thread: any, but not an event loop's: this is slow.
#pragma once

#include <optional>

#include "runtime/native/crypto/rsa_key.h"

namespace nano::runtime {

struct RsaPrimes {
  Octets p;
  Octets q;
  Octets dp;
  Octets dq;
  Octets qi;
};

// Takes as long as some signatures without the primes: milliseconds for 2048 bits. Nothing if the
// numbers are not those of a key of two primes.
std::optional<RsaPrimes> RecoverRsaPrimes(Bytes n, Bytes e, Bytes d);

}  // namespace nano::runtime
