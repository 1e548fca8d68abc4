// The certificate that one's own side of TLS connections shows, whichever side that is. Plain data.
// Thread: any one at a time.
#pragma once

#include <string>

#include "base/result.h"

struct ssl_ctx_st;

namespace nano::net {

// PEM files; empty: there is none.
struct OwnCertificate {
  std::string file{};  // With those between it and its authority.
  std::string key{};

  // Fails if a file cannot be read, or the key is another's.
  Result<void> UseIn(ssl_ctx_st* context) const;
};

}  // namespace nano::net
