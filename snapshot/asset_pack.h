// The file format of one app's assets: all of its files, each as it is and compressed, in one file
// that is mapped and never unpacked. It is found by content, as a snapshot is, and goes with one
// version of its app.
//
// Layout, all numbers little-endian:
//   0   magic "NANOASST"
//   8   u32 format version
//   12  u32 number of files
//   16  u64 length of the pack
//   24  u64 offset, u64 length of the rules: a text, to whom it may concern (assets/site_rules.h)
//   40  for each file, in the order of their names' bytes, 128 bytes: u64 offset and u32 length of
//   its name; u32 length and
//       u64 offset of its media type; u64 flags (1: its name has the hash of its contents in it);
//       32 hex digits of its contents' SHA-256; and for br, zstd, gzip and the contents themselves
//       u64 offset and u64 length, offset 0 where there is none names, media types, rules,
//       contents, in any order
//   last 32 bytes: SHA-256 of all bytes in front of them
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/result.h"

namespace nano::snapshot {

// The codings that a file may be there in, the smallest first; the last is the file as it is, which
// always is there.
inline constexpr size_t kAssetCodings = 4;  // br, zstd, gzip, identity.
inline constexpr size_t kAssetIdentity = kAssetCodings - 1;
inline constexpr size_t kAssetTagSize = 32;

// Tens of thousands of files, and a thousand times what most sites have.
inline constexpr uint64_t kMaxAssetPackBytes = uint64_t{8} << 30;
inline constexpr size_t kMaxAssetFiles = 200'000;

// A file to be packed. Views live until the pack is written.
struct AssetSource {
  std::string name;  // Decoded, from its "/" on.
  std::string_view media_type;
  bool has_hash = false;
  std::string_view contents;
  std::array<std::string_view, kAssetIdentity> coded{};  // Null views where there is none.
};

struct WrittenPack {
  std::string digest;
  uint64_t bytes = 0;
};

// Writes a pack to a new file. Equal arguments give equal bytes; the order of the files does not
// matter. Errors: the file cannot be written; too many files, or bytes; two of one name.
Result<WrittenPack> WriteAssetPack(const std::string& path, std::vector<AssetSource> files,
                                   std::string_view rules);

// A part of a pack.
struct AssetBytes {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// A file in a pack; views of the mapping.
struct AssetFile {
  std::string_view name;
  std::string_view media_type;  // Empty: unknown.
  bool has_hash = false;
  std::string_view tag;  // kAssetTagSize hex digits.
  std::array<std::optional<AssetBytes>, kAssetCodings> bytes{};

  const AssetBytes& contents() const { return *bytes[kAssetIdentity]; }
};

// A checked pack: a copy of its file, so that what was checked is what is served. Owns the mapping;
// immutable, safe to share between threads.
class AssetPack {
 public:
  // Copies a file, unless it has more than `most` bytes, and checks all of the copy. Each kind of
  // failure has a message of its own; `where` is the path. About a millisecond per megabyte.
  // `copy`, if not null, gets the copy's descriptor, which can only be read: for processes that
  // Adopt it, and to send from.
  static Result<AssetPack> Open(const std::string& path, CopyPlace place = CopyPlace::kMemory,
                                size_t most = kMaxAssetPackBytes, Descriptor* copy = nullptr);

  // The copy that another process has opened, checked and passed on, where its size and digest were
  // told. Its table is checked again, its bytes are not hashed again.
  static Result<AssetPack> Adopt(const Descriptor& copy, size_t size, const std::string& digest);

  AssetPack(AssetPack&&) noexcept = default;
  AssetPack& operator=(AssetPack&&) noexcept = default;

  size_t size() const { return count_; }
  AssetFile At(size_t index) const;
  // The file of a name. A search in halves, in mapped memory: allocates nothing.
  std::optional<AssetFile> Find(std::string_view name) const;
  bool Has(std::string_view name) const { return IndexOf(name).has_value(); }

  std::string_view rules() const { return rules_; }
  // The whole pack's.
  std::string_view bytes() const { return file_.bytes(); }
  const std::string& digest() const { return digest_; }
  bool in_memory() const { return file_.in_memory(); }

 private:
  AssetPack() = default;
  std::optional<size_t> IndexOf(std::string_view name) const;
  std::string_view NameAt(size_t index) const;
  Result<void> ReadFrame(const std::string& path);
  Result<void> ReadTable(const std::string& path);

  MappedFile file_;
  size_t count_ = 0;
  std::string_view rules_;
  std::string digest_;
};

}  // namespace nano::snapshot
