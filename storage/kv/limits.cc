// The bounds, with the words that say so. See limits.h.
#include "storage/kv/limits.h"

#include <algorithm>

namespace nano::kv {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string WrongWithKey(std::string_view key) {
  if (key.empty()) return "Key name cannot be empty.";
  if (key == ".") return "\".\" is not allowed as a key name.";
  if (key == "..") return "\"..\" is not allowed as a key name.";
  if (key.size() <= kMaxKeyBytes) return {};
  return "UTF-8 encoded length of " + std::to_string(key.size()) + " exceeds key length limit of " +
         std::to_string(kMaxKeyBytes) + ".";
}

std::string WrongWithPlace(std::string_view prefix, std::string_view after) {
  if (prefix.size() <= kMaxKeyBytes && after.size() <= kMaxKeyBytes) return {};
  return "UTF-8 encoded length of a prefix or cursor exceeds key length limit of " +
         std::to_string(kMaxKeyBytes) + ".";
}

std::string WrongWithValue(size_t value, size_t metadata) {
  const auto exceeds = [](const char* what, size_t size, size_t most) {
    return std::string(what) + " length of " + std::to_string(size) + " exceeds limit of " +
           std::to_string(most) + ".";
  };
  if (value > kMaxValueBytes) return exceeds("Value", value, kMaxValueBytes);
  if (metadata > kMaxMetadataBytes) return exceeds("Metadata", metadata, kMaxMetadataBytes);
  return {};
}

bool IsNamespaceName(std::string_view name) {
  constexpr size_t kLongest = 63;
  if (name.empty() || name.size() > kLongest) return false;
  if (!IsAlphanumeric(name.front()) && name.front() != '_') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

Expiry ExpiryOf(int64_t expiration, int64_t ttl, int64_t now) {
  // Beyond it no clock goes.
  constexpr int64_t kLast = int64_t{1} << 53;
  if (ttl != 0) {
    if (ttl < kMinTtlSeconds) {
      return {.wrong = "Invalid expiration_ttl of " + std::to_string(ttl) +
                       ". Expiration TTL must be at least " + std::to_string(kMinTtlSeconds) + "."};
    }
    return {.at = now + std::min(ttl, kLast), .wrong = {}};
  }
  if (expiration == 0) return {};
  if (expiration < now + kMinTtlSeconds) {
    return {.wrong = "Invalid expiration of " + std::to_string(expiration) +
                     ". Expiration times must be at least " + std::to_string(kMinTtlSeconds) +
                     " seconds in the future."};
  }
  return {.at = std::min(expiration, kLast), .wrong = {}};
}

}  // namespace nano::kv
