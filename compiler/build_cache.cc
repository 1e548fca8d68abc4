// Entries as files.
#include "compiler/build_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/folder.h"
#include "compiler/field_hash.h"
#include "compiler/paths.h"
#include "runtime/identity.h"
#include "snapshot/container.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kRecord = ".json";
constexpr std::string_view kContainer = ".snap";

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

Json ToJson(const std::vector<Input>& inputs) {
  Json list = Json::array();
  for (const Input& input : inputs) {
    list.push_back({static_cast<int>(input.kind), input.path, input.state});
  }
  return list;
}

std::vector<Input> ReadInputs(const Json& list) {
  std::vector<Input> inputs;
  for (const Json& item : list) {
    inputs.push_back({.kind = static_cast<Input::Kind>(item.at(0).get<int>()),
                      .path = item.at(1),
                      .state = item.at(2)});
  }
  return inputs;
}

// So that Trim knows what is used.
void Touch(const std::string& path) { utimensat(AT_FDCWD, path.c_str(), nullptr, 0); }

std::string DigestOf(const std::vector<Input>& inputs) {
  FieldHash hash;
  for (const Input& input : inputs) {
    hash.AddNumber(static_cast<uint64_t>(input.kind));
    hash.Add(input.path);
    hash.Add(input.state);
  }
  return hash.Hex();
}

// The result of an entry if its inputs are what they were.
std::optional<AppResult> Read(const std::string& record, const std::string& app_directory) {
  const Result<std::string> text = ReadFile(record);
  if (!text) return std::nullopt;
  const size_t line = text->find('\n');
  const Json inputs = Json::parse(text->substr(0, line), nullptr, false);
  if (line == std::string::npos || !inputs.is_array()) return std::nullopt;
  try {
    if (!AreUnchanged(ReadInputs(inputs), app_directory)) return std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;  // Damaged: as good as none.
  }
  Result<AppResult> result = ParseAppResult(std::string_view(*text).substr(line + 1));
  if (!result) return std::nullopt;
  return std::move(*result);
}

struct Entry {
  fs::path path;
  fs::file_time_type used;
  uintmax_t bytes = 0;
};

// The oldest first.
std::vector<Entry> FilesBelow(const std::string& directory) {
  std::vector<Entry> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone) || gone) continue;
    files.push_back({entry->path(), entry->last_write_time(gone), entry->file_size(gone)});
  }
  std::sort(files.begin(), files.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  return files;
}

// Removes the oldest entries of a shelf.
void KeepNewest(const std::string& directory) {
  std::vector<Entry> records = FilesBelow(directory);
  std::erase_if(records, [](const Entry& file) { return file.path.extension() != kRecord; });
  for (size_t i = 0; i + kMostEntries < records.size(); ++i) {
    std::error_code ignored;
    fs::remove(records[i].path, ignored);
    fs::remove(records[i].path.replace_extension(kContainer), ignored);
  }
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
  if (Result<void> made = MakeDirectories(directory); !made) return std::move(made).error();
  if (!existed) chmod(directory.c_str(), 0700);
  struct stat status {};
  if (stat(directory.c_str(), &status) != 0) return SystemError(directory, "open", errno);
  if (status.st_uid != geteuid() || (status.st_mode & S_IWOTH) != 0) {
    return Error{"others may write to it", directory,
                 "Name another directory in NANO_CACHE_DIR, or change its owner and mode."};
  }
  if (access(directory.c_str(), W_OK | X_OK) != 0) return SystemError(directory, "write to", errno);
  cache.directory_ = directory;
  cache.program_ = std::move(program);
  return cache;
}

BuildCache::Shelf BuildCache::ShelfOf(const config::AppSettings& app, const EntryPoint& entry,
                                      bool color) const {
  if (directory_.empty()) return {};
  FieldHash hash;
  hash.Add(program_);
  hash.Add(app.name);
  hash.Add(entry.shown);
  hash.Add(DisplayPath(entry.directory));  // In messages.
  hash.AddNumber(color ? 1 : 0);
  hash.AddNumber(app.limits.memory);
  hash.AddNumber(app.hosts.size());
  for (const std::string& host : app.hosts) hash.Add(host);
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
    hash.Add(request.place.ToString());  // In messages.
  }
  return Shelf(directory_ + "/" + hash.Hex());
}

std::optional<AppResult> BuildCache::Shelf::Find(const std::string& app_directory) const {
  if (directory_.empty()) return std::nullopt;
  std::vector<Entry> files = FilesBelow(directory_);
  std::reverse(files.begin(), files.end());
  for (const Entry& file : files) {
    if (file.path.extension() != kRecord) continue;
    std::optional<AppResult> result = Read(file.path.string(), app_directory);
    if (!result) continue;
    result->container = fs::path(file.path).replace_extension(kContainer).string();
    const Result<MappedFile> container = MappedFile::Open(result->container);
    if (!container || snapshot::ClaimedDigest(container->bytes()) != result->digest ||
        !snapshot::DecodeContainer(container->bytes(), runtime::CurrentIdentity(),
                                   result->container)) {
      continue;
    }
    Touch(file.path.string());
    Touch(result->container);
    result->cached = true;
    return result;
  }
  return std::nullopt;
}

Result<void> BuildCache::Shelf::Store(const std::vector<Input>& inputs, AppResult& result) const {
  if (directory_.empty()) return {};
  if (Result<void> made = MakeDirectories(directory_); !made) return made;
  const std::string path = directory_ + "/" + DigestOf(inputs);
  const std::string container = path + std::string(kContainer);
  const std::string record = path + std::string(kRecord);
  // Usually another file system than that of the scratch folder.
  if (std::rename(result.container.c_str(), container.c_str()) != 0) {
    const Result<MappedFile> made = MappedFile::Open(result.container);
    if (!made) return made.error();
    if (Result<void> copied = WriteFileAtomically(container, made->bytes()); !copied) return copied;
  }
  result.container = container;
  const std::string text = ToJson(inputs).dump() + "\n" + SerializeAppResult(result);
  Result<void> written = WriteFileAtomically(record, text);
  if (written) KeepNewest(directory_);
  return written;
}

void BuildCache::Trim() const {
  if (directory_.empty()) return;
  const std::vector<Entry> files = FilesBelow(directory_);
  uintmax_t bytes = 0;
  for (const Entry& file : files) bytes += file.bytes;
  const auto now = fs::file_time_type::clock::now();
  for (const Entry& file : files) {
    if (now - file.used < kInUse || (bytes <= kMostBytes && now - file.used < kUnused)) break;
    std::error_code ignored;
    if (fs::remove(file.path, ignored)) bytes -= file.bytes;
    fs::remove(file.path.parent_path(), ignored);  // If that was the last one.
  }
}

}  // namespace nano::compiler
