// The file format of one app's snapshot, and the checks without which V8 must not see it: V8 trusts
// a blob, so a damaged or foreign one runs wild.
//
// Layout, all numbers little-endian:
//   0   magic "NANOSNAP"
//   8   u32 format version
//   12  u32 length of the header, from the first byte of the file to the end of the section table
//   16  u64 length of the file
//   24  identity: five texts, each a u32 length and its bytes: V8's version, the engine's release,
//   the
//       hash of the external references, the hash of the base script, V8's flags
//       section table: u32 count; for each a u32 kind, u64 offset, u64 length
//       zeros up to a page (4096 bytes), the blob, zeros up to a page, the source, zeros up to 8
//       bytes, the source map, zeros up to 8 bytes, the assets (snapshot/asset_pack.h), zeros up
//       to 8 bytes, the names of the entry points
//   last 32 bytes: SHA-256 of all bytes in front of them
// Blob and source are used where the file is mapped; their pages are shared by all processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/result.h"
#include "runtime/identity.h"
#include "runtime/image.h"
#include "snapshot/asset_pack.h"
#include "snapshot/digest.h"

namespace nano::snapshot {

// What a container holds, apart from its identity.
struct Sections {
  std::string_view blob;        // V8's startup data; empty for an app of assets alone.
  std::string_view source;      // The bundle: Latin-1, or UTF-16 behind a byte order mark.
  std::string_view source_map;  // May be empty.
  std::string_view assets{};    // The same. Not where there is no blob either.
  // The exports that other apps can call, "default" among them, each with a line feed after it;
  // empty: they are not known, or there is no code.
  std::string_view entrypoints{};
};

// The bytes of a container. Equal arguments give equal bytes.
std::string EncodeContainer(const Sections& sections, const runtime::Identity& identity);

// Encodes and writes a file atomically; returns its digest in hex.
Result<std::string> WriteContainer(const std::string& path, const Sections& sections,
                                   const runtime::Identity& identity);

// A checked container: a copy of its file, so that what was checked is what is used,
// whatever becomes of the file. Owns the mapping; immutable, safe to share between threads.
class Container {
 public:
  // Copies a file, unless it has more than `most` bytes, and checks all of the copy: magic,
  // version, length, digest over every byte, section bounds, and that it was made by the engine
  // that `identity` describes. Each kind of failure has a message of its own; `where` is the path.
  // Reads the whole file, about a millisecond per megabyte, but leaves no page of it in the
  // process's memory. `copy`, if not null, gets the copy's descriptor, which can only be read: for
  // processes that Adopt it.
  static Result<Container> Open(const std::string& path, const runtime::Identity& identity,
                                CopyPlace place = CopyPlace::kMemory, size_t most = kMaxFileBytes,
                                Descriptor* copy = nullptr);

  // The copy that another process has opened, checked and passed on, where its size and digest were
  // told. Every length is checked again, and that it claims to be the one that was told; but its
  // bytes are not hashed again. Costs as little for a large one as for a small one. The descriptor
  // may be closed afterwards.
  static Result<Container> Adopt(const Descriptor& copy, size_t size, const std::string& digest,
                                 const runtime::Identity& identity);
  // As Adopt, for its assets alone, which any engine may have packed: all other sections are empty.
  // An error if it has none.
  static Result<Container> AdoptAssets(const Descriptor& copy, size_t size,
                                       const std::string& digest);

  Container(Container&&) noexcept = default;
  Container& operator=(Container&&) noexcept = default;

  // Views into the mapping, valid while the container lives (moving it is fine).
  const Sections& sections() const { return sections_; }
  runtime::AppImage Image(std::string app_name) const;
  // Of Sections::entrypoints.
  std::vector<std::string_view> EntryPoints() const;

  // The assets; null: it has none. The pack is a view of the mapping as well.
  const AssetPack* assets() const { return assets_ ? &*assets_ : nullptr; }
  // Where the assets are in the copy's descriptor, to be sent from there without being read. Of one
  // with assets.
  int descriptor() const { return descriptor_.get(); }
  uint64_t assets_offset() const {
    return static_cast<uint64_t>(sections_.assets.data() - file_.bytes().data());
  }

  // When the file was last written, in seconds since 1970; 0 of one that was adopted, since its
  // copy does not know.
  int64_t modified() const { return modified_; }

  // Takes its pages out of this process's memory until they are used again, for who has read all of
  // it (base/file.h).
  void Release() const { ReleasePages(file_.bytes()); }

  // In hex, the name of the file in dist/snapshots.
  const std::string& digest() const { return digest_; }
  size_t size() const { return file_.bytes().size(); }
  // The whole file's, which were checked, whatever has become of the file since.
  std::string_view bytes() const { return file_.bytes(); }
  bool in_memory() const { return file_.in_memory(); }

 private:
  Container(MappedFile file, const Sections& sections, std::string digest)
      : file_(std::move(file)), sections_(sections), digest_(std::move(digest)) {}
  static Result<Container> AdoptAs(const Descriptor& copy, size_t size, const std::string& digest,
                                   const runtime::Identity* identity);
  Result<void> TakeAssets(Descriptor descriptor, const std::string& path);

  MappedFile file_;
  Sections sections_;
  std::string digest_;
  int64_t modified_ = 0;
  std::optional<AssetPack> assets_;
  Descriptor descriptor_;  // Of one with assets.
};

// The digest that a container's last bytes claim, in hex; empty if it is too short to be one.
// Nothing is checked.
std::string ClaimedDigest(std::string_view container);

// Checks the bytes of a container as Container::Open does and finds its sections. The Error's
// `where` is `path`.
Result<Sections> DecodeContainer(std::string_view bytes, const runtime::Identity& identity,
                                 const std::string& path);

}  // namespace nano::snapshot
