// Keys, and the share of them that a percentage has. See canary.h.
#include "server/release/canary.h"

#include <algorithm>
#include <optional>

#include "http/fields.h"

namespace nano::server {
namespace {

constexpr std::string_view kOverride = "nano-version-override";
constexpr size_t kShortestDigest = 4;
constexpr uint64_t kShares = 10'000;  // A hundredth of a percent each.

// RFC 6265, section 4.2.1.
std::optional<std::string_view> CookieOf(std::string_view headers, std::string_view wanted) {
  std::string_view cookies = http::FieldValue(headers, "cookie").value_or("");
  while (!cookies.empty()) {
    const size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view pair = cookies.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(wanted) && pair.substr(wanted.size()).starts_with('=')) {
      return pair.substr(wanted.size() + 1);
    }
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return std::nullopt;
}

// FNV-1a over the app's name and the key, mixed once more: the same in all processes and for all
// time, so that a key stays where it is over restarts and machines.
uint64_t HashOf(std::string_view app, std::string_view key) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  };
  add(app);
  add("=");
  add(key);
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  return hash ^ hash >> 33;
}

// The digits that a request names a version of the app by; empty: none.
std::string_view OverrideOf(std::string_view headers, std::string_view app) {
  std::string_view list = http::FieldValue(headers, kOverride).value_or("");
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (item.starts_with(app) && item.substr(app.size()).starts_with('=')) {
      const std::string_view digits = item.substr(app.size() + 1);
      return digits.size() < kShortestDigest ? std::string_view() : digits;
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {};
}

}  // namespace

bool Canary::Takes(std::string_view headers, const AppVersion& current, uint64_t random) const {
  if (const std::string_view digits = OverrideOf(headers, current.name); !digits.empty()) {
    if (version->digest.starts_with(digits)) return true;
    if (current.digest.starts_with(digits)) return false;
  }
  const std::optional<std::string_view> value =
      key.is_cookie ? CookieOf(headers, key.name) : http::FieldValue(headers, key.name);
  const uint64_t hash = value && !value->empty() ? HashOf(current.name, *value) : random;
  return hash % kShares < uint64_t{percent} * (kShares / 100);
}

}  // namespace nano::server
