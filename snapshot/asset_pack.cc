// Writing, checking and looking into packs of assets. See asset_pack.h for the format, ownership
// and threads.
#include "snapshot/asset_pack.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/byte_stream.h"
#include "snapshot/digest.h"

namespace nano::snapshot {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr size_t kHeaderSize = 24;
constexpr size_t kEntrySize = 128;
constexpr size_t kTagOffset = 32;
constexpr size_t kBytesOffset = kTagOffset + kAssetTagSize;
constexpr uint64_t kHasHash = 1;

static_assert(kBytesOffset + kAssetCodings * 16 == kEntrySize);
static_assert(std::endian::native == std::endian::little, "numbers are read where they are");

template <typename T>
T NumberAt(std::string_view bytes, size_t offset) {
  T number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

// Texts one after the other, from an offset on.
class Texts {
 public:
  explicit Texts(uint64_t offset) : offset_(offset) {}
  uint64_t Add(std::string_view text) {
    const uint64_t at = end();
    bytes_ += text;
    return at;
  }
  // One that several files have, of which there are few.
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
  std::vector<std::pair<std::string_view, uint64_t>> known_;
};

std::string TagOf(std::string_view contents) {
  return Hex(Sha256Of(contents)).substr(0, kAssetTagSize);
}

}  // namespace

Result<std::string> EncodeAssetPack(std::vector<AssetSource> files, std::string_view rules) {
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
  ByteWriter head;
  head.Number(kFormatVersion);
  head.Number(static_cast<uint32_t>(files.size()));
  head.Number(texts.Add(rules));
  head.Number(uint64_t{rules.size()});
  std::vector<std::pair<uint64_t, uint64_t>> named;  // The offsets of names and media types.
  named.reserve(files.size());
  for (const AssetSource& file : files) {
    const uint64_t name = texts.Add(file.name);
    named.emplace_back(name, texts.AddOnce(file.media_type));
  }
  uint64_t end = texts.end();
  for (size_t i = 0; i < files.size(); ++i) {
    const AssetSource& file = files[i];
    head.Number(named[i].first);
    head.Number(static_cast<uint32_t>(file.name.size()));
    head.Number(static_cast<uint32_t>(file.media_type.size()));
    head.Number(named[i].second);
    head.Number(file.has_hash ? kHasHash : uint64_t{0});
    for (const char digit : TagOf(file.contents)) head.Number(static_cast<uint8_t>(digit));
    const auto place = [&](std::string_view bytes, bool is_there) {
      head.Number(is_there ? end : uint64_t{0});
      head.Number(is_there ? uint64_t{bytes.size()} : uint64_t{0});
      if (is_there) end += bytes.size();
    };
    for (const std::string_view coded : file.coded) place(coded, coded.data() != nullptr);
    place(file.contents, true);
  }
  std::string pack;
  pack.reserve(end);
  pack += head.Take();
  pack += texts.bytes();
  for (const AssetSource& file : files) {
    for (const std::string_view coded : file.coded) pack += coded;
    pack += file.contents;
  }
  return pack;
}

Result<AssetPack> AssetPack::Read(std::string_view bytes) {
  AssetPack pack(bytes);
  if (bytes.size() >= sizeof(uint32_t) && NumberAt<uint32_t>(bytes, 0) != kFormatVersion) {
    return Error{"its assets have format version " + std::to_string(NumberAt<uint32_t>(bytes, 0)) +
                     ", this program reads " + std::to_string(kFormatVersion),
                 "", "Build it again with this version's nanoc."};
  }
  if (!pack.Check())
    return Error{"the table of its assets is malformed", "",
                 "Build it again with this version's nanoc."};
  return pack;
}

bool AssetPack::Check() {
  const auto is_inside = [this](uint64_t offset, uint64_t size) {
    return offset >= kHeaderSize && offset <= bytes_.size() && size <= bytes_.size() - offset;
  };
  if (bytes_.size() < kHeaderSize) return false;
  count_ = NumberAt<uint32_t>(bytes_, 4);
  const auto rules_at = NumberAt<uint64_t>(bytes_, 8);
  const auto rules_size = NumberAt<uint64_t>(bytes_, 16);
  if (count_ > kMaxAssetFiles || !is_inside(kHeaderSize, count_ * kEntrySize) ||
      !is_inside(rules_at, rules_size))
    return false;
  rules_ = bytes_.substr(rules_at, rules_size);
  std::string_view before;
  for (size_t i = 0; i < count_; ++i) {
    const size_t entry = kHeaderSize + i * kEntrySize;
    if (!is_inside(NumberAt<uint64_t>(bytes_, entry), NumberAt<uint32_t>(bytes_, entry + 8)) ||
        !is_inside(NumberAt<uint64_t>(bytes_, entry + 16),
                   NumberAt<uint32_t>(bytes_, entry + 12))) {
      return false;
    }
    const std::string_view name = NameAt(i);
    if (!name.starts_with('/') || (i > 0 && name <= before)) return false;
    before = name;
    for (size_t coding = 0; coding < kAssetCodings; ++coding) {
      const size_t at = entry + kBytesOffset + coding * 16;
      const auto offset = NumberAt<uint64_t>(bytes_, at);
      const bool absent = offset == 0 && coding != kAssetIdentity;
      if (!absent && !is_inside(offset, NumberAt<uint64_t>(bytes_, at + 8))) return false;
    }
  }
  return true;
}

std::string_view AssetPack::NameAt(size_t index) const {
  const size_t entry = kHeaderSize + index * kEntrySize;
  return bytes_.substr(NumberAt<uint64_t>(bytes_, entry), NumberAt<uint32_t>(bytes_, entry + 8));
}

AssetFile AssetPack::At(size_t index) const {
  const size_t entry = kHeaderSize + index * kEntrySize;
  AssetFile file;
  file.name = NameAt(index);
  file.media_type =
      bytes_.substr(NumberAt<uint64_t>(bytes_, entry + 16), NumberAt<uint32_t>(bytes_, entry + 12));
  file.has_hash = (NumberAt<uint64_t>(bytes_, entry + 24) & kHasHash) != 0;
  file.tag = bytes_.substr(entry + kTagOffset, kAssetTagSize);
  for (size_t coding = 0; coding < kAssetCodings; ++coding) {
    const size_t at = entry + kBytesOffset + coding * 16;
    const auto offset = NumberAt<uint64_t>(bytes_, at);
    if (offset != 0) file.bytes[coding] = AssetBytes{offset, NumberAt<uint64_t>(bytes_, at + 8)};
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
