// Entries as files.
#include "compiler/cache/build_cache.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/folder.h"
#include "base/system_error.h"
#include "compiler/cache/cache_record.h"
#include "compiler/cache/field_hash.h"
#include "compiler/project/jsx_runtime.h"
#include "compiler/project/paths.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

constexpr char kCompressed[] = "compressed";
constexpr std::string_view kRecord = ".json";
constexpr std::string_view kContainer = ".snap";
constexpr size_t kDigestDigits = 64;

constexpr uintmax_t kMostBytes = uintmax_t{2} << 30;
constexpr std::chrono::hours kUnused(24 * 30);
// What a build that goes on may be about to read, or is writing.
constexpr std::chrono::minutes kInUse(10);
// Of one app with the same settings: each is looked at before it is built.
constexpr size_t kMostEntries = 8;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// So that Trim knows what is used.
void Touch(const std::string& path) { utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

// The result of an entry if its inputs are what they were.
std::optional<AppResult> Read(const std::string& path, const std::string& app_directory,
                              const std::string& appearance) {
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) return std::nullopt;
  const std::optional<CacheRecord> record = DecodeRecord(*text);
  if (!record || (!record->appearance.empty() && record->appearance != appearance) ||
      !AreUnchanged(record->inputs, app_directory)) {
    return std::nullopt;
  }
  return DecodeRecordedResult(*text);
}

// The same file under another name if that can be, else a copy of it: neither is written to any
// more.
Result<void> Copy(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) return {};
  const MappedFile file = TRY(MappedFile::Open(from));
  return WriteFileAtomically(to, file.bytes());
}

// Whether what is told of a build has places in it.
bool HasPlaces(const AppResult& result) {
  return !result.warnings.empty() || !result.notes.empty() || !result.log.empty();
}

// The process that has not finished a file, by its name (base/folder.h); 0: it is another file.
pid_t WriterOf(const std::string& name) {
  constexpr std::string_view kTemporary = ".tmp";
  if (!name.ends_with(kTemporary)) return 0;
  const std::string whole = name.substr(0, name.size() - kTemporary.size());
  const size_t dot = whole.rfind('.');
  if (dot == std::string::npos || !Folder::IsTemporary(name, whole.substr(0, dot))) return 0;
  return static_cast<pid_t>(std::atoi(whole.c_str() + dot + 1));
}

struct Entry {
  fs::path path;
  fs::file_time_type used;
  uintmax_t bytes = 0;

  bool operator<(const Entry& other) const { return used < other.used; }
};

bool IsCompressed(const fs::path& file) {
  return CompressedFiles::IsOurs(file.filename().string());
}

// Of a shelf: "<digest>.json", "<digest>.snap", and what Write leaves of them.
bool IsOurs(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const std::string_view extension : {kRecord, kContainer}) {
    const size_t size = kDigestDigits + extension.size();
    const std::string_view whole = std::string_view(name).substr(0, size);
    if (!whole.ends_with(extension) || !snapshot::IsHexDigest(whole.substr(0, kDigestDigits)))
      continue;
    if (whole.size() == name.size() || Folder::IsTemporary(name, whole)) return true;
  }
  return false;
}

// The entries of a folder that are the cache's, the oldest first.
std::vector<Entry> FilesOf(const fs::path& folder, bool (*is_ours)(const fs::path&) = IsOurs) {
  std::vector<Entry> files;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    if (!is_ours(entry->path()) || !entry->is_regular_file(gone) || entry->is_symlink(gone))
      continue;
    files.push_back({entry->path(), entry->last_write_time(gone), entry->file_size(gone)});
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Those of all shelves, and what is compressed, the oldest first.
std::vector<Entry> FilesOfAll(const std::string& directory) {
  std::vector<Entry> files = FilesOf(fs::path(directory) / kCompressed, IsCompressed);
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    if (!snapshot::IsHexDigest(entry->path().filename().string()) || entry->is_symlink(gone))
      continue;
    for (Entry& file : FilesOf(entry->path())) files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Removes the oldest entries of a shelf.
void KeepNewest(const std::string& directory) {
  std::vector<Entry> records = FilesOf(directory);
  std::erase_if(records, [](const Entry& file) { return file.path.extension() != kRecord; });
  for (size_t i = 0; i + kMostEntries < records.size(); ++i) {
    std::error_code ignored;
    fs::remove(records[i].path, ignored);
    fs::remove(records[i].path.replace_extension(kContainer), ignored);
  }
}

void AddPairs(const config::BundleSettings::Pairs& pairs, FieldHash& hash) {
  hash.AddNumber(pairs.size());
  for (const auto& [name, value] : pairs) {
    hash.Add(name);
    hash.Add(value);
  }
}

// How the sources are bundled. What the command makes is among the inputs.
void AddSettings(const config::BundleSettings& bundle, FieldHash& hash) {
  AddPairs(bundle.define, hash);
  AddPairs(bundle.alias, hash);
  AddPairs(bundle.rules, hash);
  hash.Add(bundle.tsconfig);
  hash.Add(bundle.jsx_factory);
  hash.Add(bundle.jsx_fragment);
}

}  // namespace

std::string DefaultCacheDirectory() {
  if (std::getenv("NANO_CACHE_DIR") != nullptr) return Variable("NANO_CACHE_DIR");
  if (const std::string base = Variable("XDG_CACHE_HOME"); base.starts_with('/')) {
    return base + "/nano";
  }
  const std::string home = Variable("HOME");
  return home.starts_with('/') ? home + "/.cache/nano" : "";
}

Result<BuildCache> BuildCache::Open(const std::string& directory, std::string program) {
  BuildCache cache;
  if (directory.empty()) return cache;
  std::error_code ignored;
  const bool existed = fs::exists(directory, ignored);
  TRY(MakeDirectories(directory));
  if (!existed) chmod(directory.c_str(), 0700);
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return SystemError(directory, "open", errno);
  if (status.st_uid != geteuid() || (status.st_mode & (S_IWOTH | S_IWGRP)) != 0) {
    return Error{"others may write to it", directory,
                 "Name another directory in NANO_CACHE_DIR, or change its owner and mode."};
  }
  if (access(directory.c_str(), W_OK | X_OK) != 0) return SystemError(directory, "write to", errno);
  cache.directory_ = directory;
  cache.program_ = std::move(program);
  return cache;
}

BuildCache::Shelf BuildCache::ShelfOf(const config::AppSettings& app, const EntryPoint& entry,
                                      std::string_view assets, const Variables& variables,
                                      bool color) const {
  if (directory_.empty()) return {};
  FieldHash appearance;
  appearance.Add(DisplayPath(entry.directory));
  appearance.AddNumber(color ? 1 : 0);
  FieldHash hash;
  hash.Add(program_);
  hash.Add(app.name);
  hash.Add(entry.shown);
  // What nanoc looks for by itself.
  hash.Add(FindJsxRuntime(entry.directory));
  AddSettings(app.bundle, hash);
  hash.Add(assets.empty() ? "" : snapshot::Hex(snapshot::Sha256Of(assets)));
  for (const auto& key : config::AppLimitKeys()) {
    if (key.read_by != config::ReadBy::kServe) hash.AddNumber(key.value.get(app.limits));
  }
  hash.AddNumber(variables.size());
  for (const auto& [name, value] : variables) {
    hash.Add(name);
    hash.Add(value);
  }
  hash.AddNumber(app.hosts.size());
  for (const std::string& host : app.hosts) hash.Add(host);
  // Whether the app has a handler for them is told.
  hash.AddNumber(app.triggers.crons.empty() ? 0 : 1);
  hash.AddNumber(app.warmup.size());
  for (const config::WarmupRequest& request : app.warmup) {
    hash.Add(request.method);
    hash.Add(request.path);
    hash.AddNumber(request.headers.size());
    for (const auto& [name, value] : request.headers) {
      hash.Add(name);
      hash.Add(value);
    }
    hash.Add(request.body);
    appearance.Add(request.place.ToString());
  }
  return {directory_ + "/" + hash.Hex(), appearance.Hex()};
}

CompressedFiles BuildCache::Compressed() const {
  if (directory_.empty()) return {};
  const std::string folder = directory_ + "/" + kCompressed;
  return MakeDirectories(folder).ok() ? CompressedFiles(folder) : CompressedFiles();
}

std::optional<AppResult> BuildCache::Shelf::Find(const std::string& app_directory) const {
  if (directory_.empty()) return std::nullopt;
  std::vector<Entry> files = FilesOf(directory_);
  std::reverse(files.begin(), files.end());
  for (const Entry& file : files) {
    if (file.path.extension() != kRecord) continue;
    std::optional<AppResult> result = Read(file.path.string(), app_directory, appearance_);
    if (!result) continue;
    result->container = fs::path(file.path).replace_extension(kContainer).string();
    const Result<MappedFile> container = MappedFile::Open(result->container);
    if (!container.ok() || snapshot::ClaimedDigest(container->bytes()) != result->digest ||
        !snapshot::DecodeContainer(container->bytes(), runtime::CurrentIdentity(),
                                   result->container)
             .ok()) {
      continue;
    }
    Touch(file.path.string());
    Touch(result->container);
    result->cached = true;
    return result;
  }
  return std::nullopt;
}

Result<void> BuildCache::Shelf::Store(const Inputs& inputs, AppResult& result) const {
  if (directory_.empty()) return {};
  TRY(MakeDirectories(directory_));
  const std::string path = directory_ + "/" + DigestOf(inputs);
  const std::string container = path + std::string(kContainer);
  const std::string record = path + std::string(kRecord);
  TRY(Copy(result.container, container));
  const CacheRecord entry{.inputs = inputs,
                          .appearance = HasPlaces(result) ? appearance_ : std::string()};
  TRY(WriteFileAtomically(record, EncodeRecord(entry, result)));
  KeepNewest(directory_);
  return {};
}

void BuildCache::Trim() const {
  if (directory_.empty()) return;
  const std::vector<Entry> files = FilesOfAll(directory_);
  uintmax_t bytes = 0;
  for (const Entry& file : files) {
    bytes += file.bytes;
    // Of a build that was killed.
    const pid_t writer = WriterOf(file.path.filename().string());
    std::error_code ignored;
    if (writer > 0 && kill(writer, 0) != 0 && errno == ESRCH) fs::remove(file.path, ignored);
  }
  const auto now = fs::file_time_type::clock::now();
  for (const Entry& file : files) {
    if (now - file.used < kInUse || (bytes <= kMostBytes && now - file.used < kUnused)) break;
    std::error_code ignored;
    if (fs::remove(file.path, ignored)) bytes -= file.bytes;
    fs::remove(file.path.parent_path(), ignored);  // If that was the last one.
  }
}

}  // namespace nano::compiler
