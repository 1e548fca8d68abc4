// Texts, digests and names of keys. See entry_key.h for ownership and threads.
#include "storage/cache/entry_key.h"

#include <charconv>

namespace nano::cache {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string KeyText(std::string_view cache, std::string_view url) {
  // The length says where the name ends, whatever is in it.
  std::string text = std::to_string(cache.size());
  text.reserve(text.size() + 1 + cache.size() + url.size());
  return text.append(":").append(cache).append(url);
}

std::string_view CacheOf(std::string_view text) {
  size_t size = 0;
  const size_t end = text.find(':');
  if (end == text.npos) return {};
  const auto read = std::from_chars(text.data(), text.data() + end, size);
  if (read.ec != std::errc() || size > text.size() - end - 1) return {};
  return text.substr(end + 1, size);
}

// FNV-1a of 128 bits (RFC 9923).
EntryKey KeyOf(std::string_view text) {
  using Number = unsigned __int128;
  constexpr Number kBasis = Number{0x6c62272e07bb0142} << 64 | 0x62b821756295c58d;
  constexpr Number kPrime = Number{1} << 88 | 0x13b;
  Number hash = kBasis;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  EntryKey key;
  std::memcpy(key.bytes.data(), &hash, sizeof hash);
  return key;
}

std::string NameOf(const EntryKey& key) {
  std::string name;
  name.reserve(2 * key.bytes.size());
  for (const unsigned char byte : key.bytes) {
    name.push_back(kDigits[byte >> 4]);
    name.push_back(kDigits[byte & 15]);
  }
  return name;
}

bool ParseName(std::string_view name, EntryKey& key) {
  if (name.size() != 2 * key.bytes.size()) return false;
  for (size_t i = 0; i < key.bytes.size(); ++i) {
    const size_t high = kDigits.find(name[2 * i]);
    const size_t low = kDigits.find(name[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    key.bytes[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return true;
}

}  // namespace nano::cache
