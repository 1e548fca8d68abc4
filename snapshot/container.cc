// Encoding, decoding and checking of snapshot containers.
#include "snapshot/container.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "base/byte_stream.h"
#include "base/check.h"
#include "base/system_error.h"

namespace nano::snapshot {
namespace {

constexpr std::string_view kMagic = "NANOSNAP";
constexpr uint32_t kFormatVersion = 3;
constexpr size_t kFixedHeader = 24;
constexpr size_t kDigestSize = std::tuple_size_v<Digest>;
constexpr size_t kPage = 4096;
constexpr size_t kWord = 8;
constexpr char kRebuild[] = "Build it again with this version's nanoc.";
constexpr char kCopy[] = "Copy or build it again.";

enum SectionKind : uint32_t {
  kBlob = 1,
  kSource = 2,
  kSourceMap = 3,
  kAssets = 4,
  kEntryPoints = 5,
};
constexpr size_t kSectionCount = 5;
constexpr size_t kTableEntry = 4 + 8 + 8;

size_t AlignUp(size_t offset, size_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

std::string_view Trailer(std::string_view bytes) {
  return bytes.substr(bytes.size() - kDigestSize);
}

// What is compared, and what it means for the user if it differs.
std::optional<std::string> Difference(const runtime::Identity& found,
                                      const runtime::Identity& expected) {
  const auto other = [](const char* what, const std::string& found, const std::string& expected) {
    return std::string("it was made with ") + what + " '" + found + "', this program has '" +
           expected + "'";
  };
  if (found.engine_release != expected.engine_release) {
    return other("engine", found.engine_release, expected.engine_release);
  }
  if (found.v8_version != expected.v8_version) {
    return other("V8", found.v8_version, expected.v8_version);
  }
  if (found.flags != expected.flags) return other("V8 flags", found.flags, expected.flags);
  if (found.references_hash != expected.references_hash) {
    return "it was made with another table of native functions";
  }
  if (found.base_hash != expected.base_hash) return "it was made with other Web APIs";
  return std::nullopt;
}

// The size that the header of a container claims to have, if all of the container is there.
Result<size_t> CheckFrame(std::string_view bytes, const std::string& path) {
  const auto refuse = [&path](std::string message, std::string hint) {
    return Error{std::move(message), path, std::move(hint)};
  };
  if (bytes.empty()) return refuse("the snapshot is empty", kCopy);
  if (!bytes.starts_with(kMagic.substr(0, std::min(bytes.size(), kMagic.size())))) {
    return refuse("this is not a NANO snapshot", "Name a file that nanoc made.");
  }
  const auto truncated = [&] {
    return refuse("the snapshot is truncated: only " + std::to_string(bytes.size()) +
                      " bytes of it are there",
                  kCopy);
  };
  if (bytes.size() < kFixedHeader + kDigestSize) return truncated();

  ByteReader fixed(bytes.substr(kMagic.size(), kFixedHeader - kMagic.size()));
  const auto version = fixed.Number<uint32_t>();
  const auto header_size = fixed.Number<uint32_t>();
  const auto total = fixed.Number<uint64_t>();
  if (version != kFormatVersion) {
    return refuse("the snapshot has format version " + std::to_string(version) +
                      ", this program reads " + std::to_string(kFormatVersion),
                  kRebuild);
  }
  if (bytes.size() < total) return truncated();
  if (bytes.size() > total) {
    return refuse("the snapshot is damaged: it has " + std::to_string(bytes.size()) +
                      " bytes and should have " + std::to_string(total),
                  kCopy);
  }
  return size_t{header_size};
}

// Of one that is all there: whether every byte is as it was written.
Result<void> CheckDigest(std::string_view bytes, const std::string& path) {
  const Digest digest = Sha256Of(bytes.substr(0, bytes.size() - kDigestSize));
  if (std::memcmp(digest.data(), Trailer(bytes).data(), kDigestSize) == 0) return {};
  return Error{"the snapshot is damaged: its SHA-256 does not match its contents", path, kCopy};
}

Result<Descriptor> Duplicate(const Descriptor& descriptor, const std::string& path) {
  Descriptor own(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
  if (own.get() < 0) return SystemError(path, "open again", errno);
  return own;
}

struct Header {
  runtime::Identity identity;
  Sections sections;
};

// Of a container that is all there. None: it is malformed.
std::optional<Header> ReadHeader(std::string_view bytes, size_t header_size) {
  const size_t end = bytes.size() - kDigestSize;
  if (header_size < kFixedHeader || header_size > end) return std::nullopt;
  ByteReader cursor(bytes.substr(kFixedHeader, header_size - kFixedHeader));
  Header header;
  header.identity.v8_version = cursor.Text();
  header.identity.engine_release = cursor.Text();
  header.identity.references_hash = cursor.Text();
  header.identity.base_hash = cursor.Text();
  header.identity.flags = cursor.Text();
  if (cursor.Number<uint32_t>() != kSectionCount) return std::nullopt;
  Sections& sections = header.sections;
  size_t last = header_size;
  for (const auto& [kind, view, alignment] :
       {std::tuple(kBlob, &sections.blob, kPage), std::tuple(kSource, &sections.source, kPage),
        std::tuple(kSourceMap, &sections.source_map, kWord),
        std::tuple(kAssets, &sections.assets, kWord),
        std::tuple(kEntryPoints, &sections.entrypoints, kWord)}) {
    const auto actual_kind = cursor.Number<uint32_t>();
    const auto offset = cursor.Number<uint64_t>();
    const auto length = cursor.Number<uint64_t>();
    if (actual_kind != kind || offset % alignment != 0 || offset < last || offset > end ||
        length > end - offset) {
      return std::nullopt;
    }
    *view = bytes.substr(offset, length);
    last = offset + length;
  }
  if (!cursor.Done() || (sections.blob.empty() && sections.assets.empty())) return std::nullopt;
  return header;
}

// The sections of a container that is all there, if this engine made it. Without an identity, those
// of any engine's that are no engine's business: the assets.
Result<Sections> ReadSections(std::string_view bytes, size_t header_size,
                              const runtime::Identity* identity, const std::string& path) {
  const std::optional<Header> header = ReadHeader(bytes, header_size);
  if (!header.has_value()) return Error{"the snapshot's header is malformed", path, kRebuild};
  if (identity == nullptr) {
    if (header->sections.assets.empty()) return Error{"the snapshot has no assets", path, ""};
    return Sections{.blob = {}, .source = {}, .source_map = {}, .assets = header->sections.assets};
  }
  if (const std::optional<std::string> difference = Difference(header->identity, *identity)) {
    return Error{"the snapshot does not fit: " + *difference, path, kRebuild};
  }
  return header->sections;
}

}  // namespace

std::string EncodeContainer(const Sections& sections, const runtime::Identity& identity) {
  NANO_CHECK(!sections.blob.empty() || !sections.assets.empty());
  const std::array<const std::string*, 5> texts = {&identity.v8_version, &identity.engine_release,
                                                   &identity.references_hash, &identity.base_hash,
                                                   &identity.flags};
  size_t header = kFixedHeader + 4 + kSectionCount * kTableEntry;
  for (const std::string* text : texts) header += 4 + text->size();
  const size_t blob = AlignUp(header, kPage);
  const size_t source = AlignUp(blob + sections.blob.size(), kPage);
  const size_t source_map = AlignUp(source + sections.source.size(), kWord);
  const size_t assets = AlignUp(source_map + sections.source_map.size(), kWord);
  const size_t entrypoints = AlignUp(assets + sections.assets.size(), kWord);
  const size_t total = entrypoints + sections.entrypoints.size() + kDigestSize;

  ByteWriter writer;
  writer.Number(kFormatVersion);
  writer.Number(static_cast<uint32_t>(header));
  writer.Number(static_cast<uint64_t>(total));
  for (const std::string* text : texts) writer.Text(*text);
  writer.Number(static_cast<uint32_t>(kSectionCount));
  const auto list = [&writer](SectionKind kind, size_t offset, std::string_view section) {
    writer.Number(static_cast<uint32_t>(kind));
    writer.Number(static_cast<uint64_t>(offset));
    writer.Number(static_cast<uint64_t>(section.size()));
  };
  list(kBlob, blob, sections.blob);
  list(kSource, source, sections.source);
  list(kSourceMap, source_map, sections.source_map);
  list(kAssets, assets, sections.assets);
  list(kEntryPoints, entrypoints, sections.entrypoints);

  std::string out;
  out.reserve(total);
  out += kMagic;
  out += writer.Take();
  NANO_CHECK(out.size() == header);

  const auto place = [&out](size_t offset, std::string_view section) {
    out.resize(offset, '\0');
    out += section;
  };
  place(blob, sections.blob);
  place(source, sections.source);
  place(source_map, sections.source_map);
  place(assets, sections.assets);
  place(entrypoints, sections.entrypoints);
  const Digest digest = Sha256Of(out);
  out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  NANO_CHECK(out.size() == total);
  return out;
}

Result<std::string> WriteContainer(const std::string& path, const Sections& sections,
                                   const runtime::Identity& identity) {
  const std::string bytes = EncodeContainer(sections, identity);
  TRY(WriteFileAtomically(path, bytes));
  return ClaimedDigest(bytes);
}

std::string ClaimedDigest(std::string_view container) {
  if (container.size() < kFixedHeader + kDigestSize) return {};
  Digest digest;
  std::memcpy(digest.data(), Trailer(container).data(), digest.size());
  return Hex(digest);
}

Result<Sections> DecodeContainer(std::string_view bytes, const runtime::Identity& identity,
                                 const std::string& path) {
  const size_t header_size = TRY(CheckFrame(bytes, path));
  TRY(CheckDigest(bytes, path));
  return ReadSections(bytes, header_size, &identity, path);
}

Result<Container> Container::Open(const std::string& path, const runtime::Identity& identity,
                                  CopyPlace place, size_t most, Descriptor* copy) {
  Descriptor descriptor;
  MappedFile file = TRY(MappedFile::OpenCopy(path, place, most, &descriptor));
  const Sections sections = TRY(DecodeContainer(file.bytes(), identity, path));
  std::string digest = ClaimedDigest(file.bytes());
  Container container(std::move(file), sections, std::move(digest));
  container.modified_ = TRY(ModifiedAt(path));
  if (copy != nullptr) *copy = TRY(Duplicate(descriptor, path));
  TRY(container.TakeAssets(std::move(descriptor), path));
  // The digest took every page into memory, of this app and of hundreds beside it, most of which
  // this process may never need again.
  ReleasePages(container.bytes());
  return container;
}

Result<Container> Container::Adopt(const Descriptor& copy, size_t size, const std::string& digest,
                                   const runtime::Identity& identity) {
  return AdoptAs(copy, size, digest, &identity);
}

Result<Container> Container::AdoptAssets(const Descriptor& copy, size_t size,
                                         const std::string& digest) {
  return AdoptAs(copy, size, digest, nullptr);
}

Result<Container> Container::AdoptAs(const Descriptor& copy, size_t size, const std::string& digest,
                                     const runtime::Identity* identity) {
  const std::string name = "snapshot " + digest;
  MappedFile file = TRY(MappedFile::Map(copy, size, name));
  const size_t header_size = TRY(CheckFrame(file.bytes(), name));
  if (ClaimedDigest(file.bytes()) != digest) {
    return Error{"this is another snapshot than was told", name, ""};
  }
  const Sections sections = TRY(ReadSections(file.bytes(), header_size, identity, name));
  Container container(std::move(file), sections, digest);
  if (!sections.assets.empty()) TRY(container.TakeAssets(TRY(Duplicate(copy, name)), name));
  ReleasePages(container.bytes());
  return container;
}

// Keeps the descriptor, if there is something to send from it.
Result<void> Container::TakeAssets(Descriptor descriptor, const std::string& path) {
  if (sections_.assets.empty()) return {};
  Result<AssetPack> assets = AssetPack::Read(sections_.assets);
  if (!assets.ok()) {
    Error error = std::move(assets).error();
    error.where = path;
    return error;
  }
  assets_ = *assets;
  descriptor_ = std::move(descriptor);
  return {};
}

std::vector<std::string_view> Container::EntryPoints() const {
  std::vector<std::string_view> names;
  std::string_view rest = sections_.entrypoints;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return names;
}

runtime::AppImage Container::Image(std::string app_name) const {
  return {std::move(app_name), sections_.blob, sections_.source, sections_.source_map};
}

}  // namespace nano::snapshot
