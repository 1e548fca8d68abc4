// Reading, compressing, packing. See asset_build.h for ownership and threads.
#include "compiler/assets/asset_build.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <list>
#include <optional>
#include <utility>

#include "assets/hashed_name.h"
#include "assets/media_type.h"
#include "assets/site_rules.h"
#include "base/file.h"
#include "compiler/assets/asset_checks.h"
#include "compiler/assets/asset_files.h"
#include "compiler/cache/compressed_record.h"
#include "runtime/precompression.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

// In the order of a pack's codings.
struct Coding {
  runtime::StoredCoding coding;
  const char* name;
};
constexpr std::array<Coding, snapshot::kAssetIdentity> kCodings = {
    {{runtime::StoredCoding::kBrotli, "br"},
     {runtime::StoredCoding::kZstd, "zstd"},
     {runtime::StoredCoding::kGzip, "gzip"}}};

// Of all files: the snapshot has what is compressed of them as well, and the code.
constexpr uint64_t kMostBytes = kMaxFileBytes / 2;

// How often it is told how far it is.
constexpr std::chrono::milliseconds kTellAgain{250};

// What is shorter fits into the first packets anyhow.
constexpr size_t kWorthIt = 512;

// Whether what was compressed is so much smaller that unpacking it is worth a client's while.
bool IsSmaller(size_t compressed, size_t whole) { return compressed + whole / 20 < whole; }

class AssetBuilder {
 public:
  AssetBuilder(const std::string& folder, const CompressedFiles& kept, std::string record)
      : folder_(folder), kept_(kept), small_(std::move(record)) {}

  Result<void> Add(const std::string& name, bool has_hash) {
    files_.push_back(TRY(MappedFile::Open(folder_ + name)));
    snapshot::AssetSource source{.name = name,
                                 .media_type = assets::MediaTypeOf(name),
                                 .has_hash = has_hash,
                                 .contents = files_.back().bytes()};
    if (source.contents.data() == nullptr) source.contents = "";
    bytes_ += source.contents.size();
    if (bytes_ > kMostBytes) {
      return Error{"with this file the assets have more than " + std::to_string(kMostBytes >> 20) +
                       " MiB" + ", which is what a version of an app may have",
                   folder_ + name,
                   "Serve large files from elsewhere, and name them in .assetsignore."};
    }
    if (assets::IsCompressible(source.media_type) && source.contents.size() >= kWorthIt)
      TRY(Compress(source));
    sources_.push_back(std::move(source));
    return {};
  }

  uint64_t bytes() const { return bytes_; }
  std::vector<snapshot::AssetSource> Take() { return std::move(sources_); }

 private:
  Result<void> Compress(snapshot::AssetSource& source) {
    const std::string digest = snapshot::Hex(snapshot::Sha256Of(source.contents));
    for (size_t i = 0; i < kCodings.size(); ++i) {
      std::string compressed;
      const bool is_small = source.contents.size() <= kSmallContents;
      if (std::optional<std::string> known =
              is_small ? small_.Find(digest, i) : kept_.Find(digest, kCodings[i].name)) {
        compressed = *std::move(known);
      } else {
        std::optional<std::string> made = runtime::Precompress(source.contents, kCodings[i].coding);
        if (!made) return Error{"there is no memory to compress it", folder_ + source.name, ""};
        if (IsSmaller(made->size(), source.contents.size())) compressed = *std::move(made);
        if (is_small) {
          small_.Store(digest, i, compressed);
        } else {
          kept_.Store(digest, kCodings[i].name, compressed);
        }
      }
      if (compressed.empty()) continue;
      source.coded[i] = compressed_.emplace_back(std::move(compressed));
    }
    return {};
  }

  const std::string& folder_;
  const CompressedFiles& kept_;
  CompressedRecord small_;  // What is done is kept, whatever becomes of the build.
  uint64_t bytes_ = 0;
  std::list<MappedFile> files_;
  std::list<std::string> compressed_;
  std::vector<snapshot::AssetSource> sources_;
};

bool IsAmong(const std::vector<std::string>& names, const std::string& folder,
             const std::string& path) {
  if (!path.starts_with(folder + "/")) return false;
  return std::binary_search(names.begin(), names.end(), path.substr(folder.size()));
}

// Adds all files, and says how far it is.
Result<void> AddAll(AssetBuilder& builder, const AssetFilesFound& found,
                    const AssetContext& context) {
  using Clock = std::chrono::steady_clock;
  const std::vector<bool> hashed = assets::HashedNames({found.names.begin(), found.names.end()});
  const std::string all = " of " + std::to_string(hashed.size());
  Clock::time_point told = Clock::now();
  for (size_t i = 0; i < hashed.size(); ++i) {
    const Clock::time_point now = Clock::now();
    if (now >= context.deadline) {
      return Error{"the build did not end in time: " + std::to_string(i) + all +
                       " files of the assets were packed",
                   found.folder,
                   "Give it longer by --timeout, or `build.timeout` in nano.yaml. What was "
                   "compressed is kept: the next build goes on from there."};
    }
    if (now - told >= kTellAgain) {
      context.report("packing assets, " + std::to_string(i) + all);
      told = now;
    }
    TRY(builder.Add(found.names[i], hashed[i]));
  }
  return {};
}

}  // namespace

bool BuiltAssets::Has(const std::string& path) const { return IsAmong(names, folder, path); }
bool BuiltAssets::Keeps(const std::string& path) const { return IsAmong(kept, folder, path); }

Result<BuiltAssets> BuildAssets(const config::AssetSettings& settings,
                                const std::string& app_directory, const AssetContext& context) {
  const std::string folder =
      (std::filesystem::path(app_directory) / settings.directory).lexically_normal().string();
  AssetFilesFound found = TRY(FindAssetFiles(folder, app_directory, context.own));
  AssetBuilder builder(folder, context.compressed, context.compressed.RecordPath(found.folder));
  TRY(AddAll(builder, found, context));
  const assets::SiteRules rules{.html = settings.html_handling,
                                .not_found = settings.not_found_handling,
                                .binding = settings.binding,
                                .worker_first = settings.worker_first,
                                .worker_first_paths = settings.worker_first_paths,
                                .redirects = std::move(found.redirects),
                                .headers = std::move(found.headers)};
  BuiltAssets built{.pack = {},
                    .folder = std::move(found.folder),
                    .names = std::move(found.names),
                    .kept = std::move(found.kept),
                    .bytes = builder.bytes(),
                    .ignored = found.ignored,
                    .warnings = std::move(found.warnings)};
  for (Error& warning : CheckSite(rules, folder, built.names))
    built.warnings.push_back(std::move(warning));
  built.pack = TRY(snapshot::EncodeAssetPack(builder.Take(), assets::EncodeRules(rules)));
  return built;
}

}  // namespace nano::compiler
