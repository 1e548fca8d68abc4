// What keys, values and lists of a KV namespace may be: Cloudflare's bounds, which apps rely on.
//
// Sources: developers.cloudflare.com/kv/platform/limits, and the messages of its API. Bytes are of
// UTF-8. Plain constants. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano::kv {

inline constexpr size_t kMaxKeyBytes = 512;
inline constexpr size_t kMaxValueBytes = size_t{25} << 20;
inline constexpr size_t kMaxMetadataBytes = 1024;
inline constexpr int64_t kMinTtlSeconds = 60;
inline constexpr uint32_t kMaxListed = 1000;
inline constexpr size_t kMaxKeysAtOnce = 100;  // Of one call that gets several.
// What such a call gets at most, as one answer.
inline constexpr size_t kMaxAtOnceBytes = size_t{25} << 20;

// What is wrong with a key; empty: nothing.
std::string WrongWithKey(std::string_view key);

// The same with a prefix and the key behind which a list begins …
std::string WrongWithPlace(std::string_view prefix, std::string_view after);
// … and with the sizes of a value and its metadata.
std::string WrongWithValue(size_t value, size_t metadata);

// Whether a text can be a namespace's name, which is that of a file: up to 63 letters, digits, '.',
// '_' and '-', the first of them a letter, a digit or '_'.
bool IsNamespaceName(std::string_view name);

// When what is written now ends, in seconds since 1970; 0: never. Of `expiration` and `ttl`, which
// are 0 if not given, the latter wins. None, with why: it is too soon.
struct Expiry {
  int64_t at = 0;
  std::string wrong;  // Why not; empty: nothing.
};
Expiry ExpiryOf(int64_t expiration, int64_t ttl, int64_t now);

}  // namespace nano::kv
