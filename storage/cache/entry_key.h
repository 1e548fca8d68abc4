// Under which key a response is kept: of an app's caches one, by its name, and the URL in it. A
// plain value; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace nano::cache {

// A hash of the key's text, not one that withstands who wants two texts of one: it is an app's own
// entries that would take each other's place. Which text an entry has says its file.
struct EntryKey {
  std::array<unsigned char, 16> bytes{};

  bool operator==(const EntryKey&) const = default;
};

struct EntryKeyHash {
  size_t operator()(const EntryKey& key) const {
    size_t hash = 0;
    std::memcpy(&hash, key.bytes.data(), sizeof hash);
    return hash;
  }
};

// One text for each pair: the name may be any. `cache` is "" for the default one.
std::string KeyText(std::string_view cache, std::string_view url);
EntryKey KeyOf(std::string_view text);
// The name that a text has. Empty as well: it is no such text.
std::string_view CacheOf(std::string_view text);

// 32 digits, in lower case, as files are called.
std::string NameOf(const EntryKey& key);
// False: it is no such name.
bool ParseName(std::string_view name, EntryKey& key);

}  // namespace nano::cache
