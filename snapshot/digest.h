// SHA-256 (FIPS 180-4). Owns its state. A Sha256 is used by one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nano::snapshot {

using Digest = std::array<unsigned char, 32>;

class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  // Ends the computation; the object is not used any more after that.
  Digest Finish();

 private:
  alignas(
      8) std::array<unsigned char, 112> state_;  // OpenSSL's SHA256_CTX; its header stays outside.
};

Digest Sha256Of(std::string_view bytes);

// 64 digits, in lower case.
std::string Hex(const Digest& digest);

// Whether a text is what Hex() gives.
bool IsHexDigest(std::string_view text);

}  // namespace nano::snapshot
