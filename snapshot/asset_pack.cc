// Writing, checking and looking into packs of assets. See asset_pack.h for the format, ownership
// and threads.
#include "snapshot/asset_pack.h"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/byte_stream.h"
#include "base/system_error.h"
#include "snapshot/digest.h"

namespace nano::snapshot {
namespace {

constexpr std::string_view kMagic = "NANOASST";
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kHeaderSize = 40;
constexpr size_t kEntrySize = 128;
constexpr size_t kTagOffset = 32;
constexpr size_t kBytesOffset = kTagOffset + kAssetTagSize;
constexpr size_t kDigestSize = std::tuple_size_v<Digest>;
constexpr uint64_t kHasHash = 1;
constexpr char kCopy[] = "Copy or build it again.";
constexpr char kRebuild[] = "Build it again with this version's nanoc.";

static_assert(kBytesOffset + kAssetCodings * 16 == kEntrySize);
static_assert(std::endian::native == std::endian::little, "numbers are read where they are");

template <typename T>
T NumberAt(std::string_view bytes, size_t offset) {
  T number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

// Whether a part lies between the header and the digest of a pack of `total` bytes.
bool IsInside(uint64_t offset, uint64_t size, uint64_t total) {
  return offset >= kHeaderSize && offset <= total - kDigestSize &&
         size <= total - kDigestSize - offset;
}

// A file that is written from its front, with the digest of what has been.
class HashingFile {
 public:
  static Result<HashingFile> Create(const std::string& path) {
    Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.get() < 0) return SystemError(path, "create", errno);
    return HashingFile(std::move(file), path);
  }

  Result<void> Write(std::string_view bytes) {
    hash_.Update(bytes);
    return WriteOnly(bytes);
  }
  // The last of all.
  Result<Digest> WriteDigest() {
    const Digest digest = hash_.Finish();
    TRY(WriteOnly({reinterpret_cast<const char*>(digest.data()), digest.size()}));
    return digest;
  }

 private:
  HashingFile(Descriptor file, const std::string& path) : file_(std::move(file)), path_(&path) {}
  Result<void> WriteOnly(std::string_view bytes) {
    if (!WriteAll(file_.get(), bytes)) return SystemError(*path_, "write to", errno);
    return {};
  }

  Descriptor file_;
  const std::string* path_;
  Sha256 hash_;
};

// Texts that several files have, each once.
class Texts {
 public:
  explicit Texts(uint64_t offset) : offset_(offset) {}
  uint64_t Add(std::string_view text) {
    const uint64_t at = offset_ + bytes_.size();
    bytes_ += text;
    return at;
  }
  uint64_t AddOnce(std::string_view text) {
    for (const auto& [known, at] : known_) {
      if (known == text) return at;
    }
    known_.emplace_back(text, Add(text));
    return known_.back().second;
  }
  const std::string& bytes() const { return bytes_; }
  uint64_t end() const { return offset_ + bytes_.size(); }

 private:
  const uint64_t offset_;
  std::string bytes_;
  std::vector<std::pair<std::string_view, uint64_t>> known_;  // Media types: some dozen at most.
};

std::string TagOf(std::string_view contents) {
  return Hex(Sha256Of(contents)).substr(0, kAssetTagSize);
}

}  // namespace

Result<WrittenPack> WriteAssetPack(const std::string& path, std::vector<AssetSource> files,
                                   std::string_view rules) {
  if (files.size() > kMaxAssetFiles) {
    return Error{"there are " + std::to_string(files.size()) + " files, and may be " +
                     std::to_string(kMaxAssetFiles),
                 "", ""};
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(
      files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != files.end()) return Error{"two files are called " + twice->name, "", ""};

  Texts texts(kHeaderSize + files.size() * kEntrySize);
  const uint64_t rules_at = texts.Add(rules);
  std::vector<std::pair<uint64_t, uint64_t>> named;  // The offsets of names and media types.
  named.reserve(files.size());
  for (const AssetSource& file : files)
    named.emplace_back(texts.Add(file.name), texts.AddOnce(file.media_type));
  uint64_t end = texts.end();
  ByteWriter table;
  for (size_t i = 0; i < files.size(); ++i) {
    const AssetSource& file = files[i];
    table.Number(named[i].first);
    table.Number(static_cast<uint32_t>(file.name.size()));
    table.Number(static_cast<uint32_t>(file.media_type.size()));
    table.Number(named[i].second);
    table.Number(file.has_hash ? kHasHash : uint64_t{0});
    for (const char digit : TagOf(file.contents)) table.Number(static_cast<uint8_t>(digit));
    const auto place = [&](std::string_view bytes, bool is_there) {
      table.Number(is_there ? end : uint64_t{0});
      table.Number(is_there ? uint64_t{bytes.size()} : uint64_t{0});
      if (is_there) end += bytes.size();
    };
    for (const std::string_view coded : file.coded) place(coded, coded.data() != nullptr);
    place(file.contents, true);
  }
  const uint64_t total = end + kDigestSize;
  if (total > kMaxAssetPackBytes) {
    return Error{"the files have " + std::to_string(total >> 20) +
                     " MiB with what is compressed of them, and may have " +
                     std::to_string(kMaxAssetPackBytes >> 20),
                 "", ""};
  }
  ByteWriter header;
  header.Number(kFormatVersion);
  header.Number(static_cast<uint32_t>(files.size()));
  header.Number(total);
  header.Number(rules_at);
  header.Number(uint64_t{rules.size()});

  HashingFile out = TRY(HashingFile::Create(path));
  TRY(out.Write(std::string(kMagic) + header.Take() + table.Take()));
  TRY(out.Write(texts.bytes()));
  for (const AssetSource& file : files) {
    for (const std::string_view coded : file.coded) TRY(out.Write(coded));
    TRY(out.Write(file.contents));
  }
  const Digest digest = TRY(out.WriteDigest());
  return WrittenPack{Hex(digest), total};
}

Result<void> AssetPack::ReadFrame(const std::string& path) {
  const std::string_view bytes = file_.bytes();
  const auto refuse = [&path](std::string message, const char* hint = kCopy) {
    return Error{std::move(message), path, hint};
  };
  if (bytes.empty()) return refuse("the pack of assets is empty");
  if (!bytes.starts_with(kMagic.substr(0, std::min(bytes.size(), kMagic.size())))) {
    return refuse("this is no pack of assets", "Name a file that nanoc made.");
  }
  const auto truncated = [&] {
    return refuse("the pack of assets is truncated: only " + std::to_string(bytes.size()) +
                  " bytes of it are there");
  };
  if (bytes.size() < kHeaderSize + kDigestSize) return truncated();
  const auto version = NumberAt<uint32_t>(bytes, 8);
  if (version != kFormatVersion) {
    return refuse("the pack of assets has format version " + std::to_string(version) +
                      ", this program reads " + std::to_string(kFormatVersion),
                  kRebuild);
  }
  const auto total = NumberAt<uint64_t>(bytes, 16);
  if (bytes.size() < total) return truncated();
  if (bytes.size() > total) {
    return refuse("the pack of assets is damaged: it has " + std::to_string(bytes.size()) +
                  " bytes and should have " + std::to_string(total));
  }
  Digest digest;
  std::memcpy(digest.data(), bytes.data() + bytes.size() - kDigestSize, kDigestSize);
  digest_ = Hex(digest);
  return {};
}

// Of one whose frame was read. Everything that a lookup relies on.
Result<void> AssetPack::ReadTable(const std::string& path) {
  const std::string_view bytes = file_.bytes();
  const Error malformed{"the pack's table is malformed", path, kRebuild};
  const auto is_inside = [&bytes](uint64_t offset, uint64_t size) {
    return IsInside(offset, size, bytes.size());
  };
  count_ = NumberAt<uint32_t>(bytes, 12);
  const auto rules_at = NumberAt<uint64_t>(bytes, 24);
  const auto rules_size = NumberAt<uint64_t>(bytes, 32);
  if (count_ > kMaxAssetFiles || !is_inside(kHeaderSize, count_ * kEntrySize) ||
      !is_inside(rules_at, rules_size))
    return malformed;
  rules_ = bytes.substr(rules_at, rules_size);
  std::string_view before;
  for (size_t i = 0; i < count_; ++i) {
    const size_t entry = kHeaderSize + i * kEntrySize;
    if (!is_inside(NumberAt<uint64_t>(bytes, entry), NumberAt<uint32_t>(bytes, entry + 8)) ||
        !is_inside(NumberAt<uint64_t>(bytes, entry + 16), NumberAt<uint32_t>(bytes, entry + 12))) {
      return malformed;
    }
    const std::string_view name = NameAt(i);
    if (!name.starts_with('/') || (i > 0 && name <= before)) return malformed;
    before = name;
    for (size_t coding = 0; coding < kAssetCodings; ++coding) {
      const size_t at = entry + kBytesOffset + coding * 16;
      const auto offset = NumberAt<uint64_t>(bytes, at);
      const bool absent = offset == 0 && coding != kAssetIdentity;
      if (!absent && !is_inside(offset, NumberAt<uint64_t>(bytes, at + 8))) return malformed;
    }
  }
  return {};
}

Result<AssetPack> AssetPack::Open(const std::string& path, CopyPlace place, size_t most,
                                  Descriptor* copy) {
  AssetPack pack;
  pack.file_ = TRY(MappedFile::OpenCopy(path, place, most, copy));
  TRY(pack.ReadFrame(path));
  const std::string_view bytes = pack.file_.bytes();
  const Digest digest = Sha256Of(bytes.substr(0, bytes.size() - kDigestSize));
  if (Hex(digest) != pack.digest_) {
    return Error{"the pack of assets is damaged: its SHA-256 does not match its contents", path,
                 kCopy};
  }
  TRY(pack.ReadTable(path));
  ReleasePages(bytes);
  return pack;
}

Result<AssetPack> AssetPack::Adopt(const Descriptor& copy, size_t size, const std::string& digest) {
  const std::string name = "assets " + digest;
  AssetPack pack;
  pack.file_ = TRY(MappedFile::Map(copy, size, name));
  TRY(pack.ReadFrame(name));
  if (pack.digest_ != digest)
    return Error{"this is another pack of assets than was told", name, ""};
  TRY(pack.ReadTable(name));
  ReleasePages(pack.file_.bytes());
  return pack;
}

std::string_view AssetPack::NameAt(size_t index) const {
  const std::string_view bytes = file_.bytes();
  const size_t entry = kHeaderSize + index * kEntrySize;
  return bytes.substr(NumberAt<uint64_t>(bytes, entry), NumberAt<uint32_t>(bytes, entry + 8));
}

AssetFile AssetPack::At(size_t index) const {
  const std::string_view bytes = file_.bytes();
  const size_t entry = kHeaderSize + index * kEntrySize;
  AssetFile file;
  file.name = NameAt(index);
  file.media_type =
      bytes.substr(NumberAt<uint64_t>(bytes, entry + 16), NumberAt<uint32_t>(bytes, entry + 12));
  file.has_hash = (NumberAt<uint64_t>(bytes, entry + 24) & kHasHash) != 0;
  file.tag = bytes.substr(entry + kTagOffset, kAssetTagSize);
  for (size_t coding = 0; coding < kAssetCodings; ++coding) {
    const size_t at = entry + kBytesOffset + coding * 16;
    const auto offset = NumberAt<uint64_t>(bytes, at);
    if (offset != 0) file.bytes[coding] = AssetBytes{offset, NumberAt<uint64_t>(bytes, at + 8)};
  }
  return file;
}

std::optional<size_t> AssetPack::IndexOf(std::string_view name) const {
  size_t low = 0;
  size_t high = count_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const int order = NameAt(middle).compare(name);
    if (order == 0) return middle;
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

std::optional<AssetFile> AssetPack::Find(std::string_view name) const {
  const std::optional<size_t> index = IndexOf(name);
  return index ? std::optional<AssetFile>(At(*index)) : std::nullopt;
}

}  // namespace nano::snapshot
