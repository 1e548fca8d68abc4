// The assets of one app in one piece: its files as they are and compressed, with a table by which
// they are found. It is a section of the app's container (snapshot/container.h), which checks every
// byte of it, and is used where that is mapped.
//
// Layout, all numbers little-endian, all offsets from the first byte:
//   0   u32 format version, u32 number of files
//   8   u64 offset, u64 length of the rules: a text, to whom it may concern (assets/site_rules.h)
//   24  for each file, in the order of their names' bytes, 128 bytes: u64 offset and u32 length of
//   its name; u32 length and
//       u64 offset of its media type; u64 flags (1: its name has the hash of its contents in it);
//       32 hex digits of its contents' SHA-256; and for br, zstd, gzip and the contents themselves
//       u64 offset and u64 length, offset 0 where there is none rules, names, media types, contents
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::snapshot {

// The codings that a file may be there in, the smallest first; the last is the file as it is, which
// always is there.
inline constexpr size_t kAssetCodings = 4;  // br, zstd, gzip, identity.
inline constexpr size_t kAssetIdentity = kAssetCodings - 1;
inline constexpr size_t kAssetTagSize = 32;

// Some ten times what large sites have.
inline constexpr size_t kMaxAssetFiles = 200'000;

// A file to be packed. Views live until it is.
struct AssetSource {
  std::string name;  // Decoded, from its "/" on.
  std::string_view media_type;
  bool has_hash = false;
  std::string_view contents;
  std::array<std::string_view, kAssetIdentity> coded{};  // Null views where there is none.
};

// The bytes of a pack. Equal arguments give equal bytes; the order of the files does not matter.
// Errors: too many files; two of one name.
Result<std::string> EncodeAssetPack(std::vector<AssetSource> files, std::string_view rules);

// A part of a pack.
struct AssetBytes {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// A file in a pack; views of its bytes.
struct AssetFile {
  std::string_view name;
  std::string_view media_type;  // Empty: unknown.
  bool has_hash = false;
  std::string_view tag;  // kAssetTagSize hex digits.
  std::array<std::optional<AssetBytes>, kAssetCodings> bytes{};

  const AssetBytes& contents() const { return *bytes[kAssetIdentity]; }
};

// A pack as it lies there. A view of the bytes, which outlive it; immutable, safe to share between
// threads.
class AssetPack {
 public:
  // Checks all that a look-up relies on, so that none leads out of the bytes. Errors: the table is
  // malformed, or another version's; without a place.
  static Result<AssetPack> Read(std::string_view bytes);

  size_t size() const { return count_; }
  AssetFile At(size_t index) const;
  // The file of a name. A search in halves: allocates nothing.
  std::optional<AssetFile> Find(std::string_view name) const;
  bool Has(std::string_view name) const { return IndexOf(name).has_value(); }

  std::string_view rules() const { return rules_; }
  std::string_view bytes() const { return bytes_; }
  std::string_view BytesOf(const AssetBytes& part) const {
    return bytes_.substr(part.offset, part.size);
  }

 private:
  explicit AssetPack(std::string_view bytes) : bytes_(bytes) {}
  bool Check();
  std::optional<size_t> IndexOf(std::string_view name) const;
  std::string_view NameAt(size_t index) const;

  std::string_view bytes_;
  size_t count_ = 0;
  std::string_view rules_;
};

}  // namespace nano::snapshot
