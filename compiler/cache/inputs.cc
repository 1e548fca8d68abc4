// The state of what was looked up, then and now.
#include "compiler/cache/inputs.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "compiler/cache/field_hash.h"
#include "compiler/cache/module_names.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

// Of the clock that the system stamps files with.
constexpr std::chrono::milliseconds kGranularity(10);

// What the kernel makes up is nobody's source.
constexpr std::string_view kSystem[] = {"/proc/", "/sys/", "/dev/"};

// The digest of the names that matter in a folder.
std::string Listing(const std::string& folder, const ModuleNames& names) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir(folder.c_str()), closedir);
  if (list == nullptr) return "unreadable";
  std::set<std::string> entries;
  const ModuleNames::InFolder names_here = names.In(folder);
  while (const dirent* entry = readdir(list.get())) {
    if (names_here.Has(entry->d_name)) entries.emplace(entry->d_name);
  }
  entries.erase(".");
  entries.erase("..");
  FieldHash hash;
  for (const std::string& entry : entries) hash.Add(entry);
  return hash.Hex();
}

std::string StateOf(const std::string& path, bool opened, const ModuleNames& names) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return "none";
  std::string state;
  if (S_ISLNK(status.st_mode)) {
    std::error_code ignored;
    state = "link " + fs::read_symlink(path, ignored).string() + " ";
    if (stat(path.c_str(), &status) != 0) return state + "none";
  }
  if (S_ISDIR(status.st_mode)) return state + "folder " + (opened ? Listing(path, names) : "");
  if (!S_ISREG(status.st_mode)) return state + "other";
  state += "file ";
  if (!opened) return state;
  const Result<std::string> text = ReadFile(path);
  return state + (text.ok() ? snapshot::Hex(snapshot::Sha256Of(*text)) : "unreadable");
}

// Whether a file, or a link to one, was made or changed after a moment. Folders change when files
// come and go that have no part in the bundle.
bool HasChangedSince(const std::string& path, std::chrono::system_clock::time_point moment) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(
      (moment - kGranularity).time_since_epoch());
  const auto is_later = [&](const timespec& time) {
    // Some file systems stamp whole seconds.
    const auto at = std::chrono::seconds(time.tv_sec + (time.tv_nsec == 0 ? 1 : 0)) +
                    std::chrono::nanoseconds(time.tv_nsec);
    return at >= since;
  };
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return false;
  if (S_ISLNK(status.st_mode)) {
    if (is_later(status.st_ctim)) return true;
    if (stat(path.c_str(), &status) != 0) return false;
  }
  return !S_ISDIR(status.st_mode) && (is_later(status.st_mtim) || is_later(status.st_ctim));
}

bool IsSystem(const std::string& path) {
  return std::any_of(std::begin(kSystem), std::end(kSystem),
                     [&](std::string_view folder) { return path.starts_with(folder); });
}

}  // namespace

std::optional<Inputs> RecordInputs(const std::vector<FileLookup>& lookups, const Metafile& metafile,
                                   const EntryPoint& entry, const std::string& ignored,
                                   std::chrono::system_clock::time_point begin) {
  const ModuleNames names = ModuleNames::Of(metafile, lookups, entry);
  Inputs inputs{.list = {}, .names = names.ByFolder(entry.directory), .all_names = names.all()};
  for (const FileLookup& lookup : lookups) {
    if (IsSystem(lookup.path) || lookup.path.starts_with(ignored)) continue;
    const std::string path = fs::path(lookup.path).lexically_relative(entry.directory).string();
    inputs.list.push_back({.lookup = {.path = path, .opened = lookup.opened},
                           .state = StateOf(lookup.path, lookup.opened, names)});
    // After the state was taken: a change that is not seen here comes later, and is seen then.
    if (HasChangedSince(lookup.path, begin)) return std::nullopt;
  }
  // One that was there a moment ago.
  for (const BundledModule& module : metafile.modules) {
    const fs::path file = fs::path(entry.directory) / module.path;
    if (std::binary_search(lookups.begin(), lookups.end(),
                           FileLookup{.path = file.lexically_normal().string(), .opened = true}) &&
        access(file.c_str(), R_OK) != 0) {
      return std::nullopt;
    }
  }
  return inputs;
}

bool AreUnchanged(const Inputs& inputs, const std::string& directory) {
  const ModuleNames names(directory, inputs.names, inputs.all_names);
  return std::all_of(inputs.list.begin(), inputs.list.end(), [&](const Input& input) {
    const std::string path = (fs::path(directory) / input.lookup.path).lexically_normal().string();
    return StateOf(path, input.lookup.opened, names) == input.state;
  });
}

}  // namespace nano::compiler
