// esbuild says which modules it has read. What else has a part in finding them: the package.json
// and tsconfig.json on the way up from each module, with what those extend, the folders that
// modules lie in, and every node_modules on the way up.
#include "compiler/inputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "base/file.h"
#include "compiler/tsconfig.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;
using Kind = Input::Kind;

// Of the clock that the system stamps files with.
constexpr std::chrono::milliseconds kGranularity(10);
// Folders in which modules may be found by `paths` or `baseUrl` of tsconfig.json; beyond that
// nothing is recorded.
constexpr size_t kMostFolders = 1000;

bool IsLink(const fs::path& folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_LNK;
  std::error_code ignored;
  return fs::is_symlink(fs::symlink_status(folder / entry.d_name, ignored));
}

bool IsFolder(const fs::path& folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(folder / entry.d_name, ignored));
}

// The lines of a listing, sorted: names, with where links lead to.
void List(const fs::path& folder, const std::string& prefix, Kind kind,
          std::vector<std::string>& lines) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(opendir(folder.c_str()), closedir);
  if (list == nullptr) return;
  while (const dirent* entry = readdir(list.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const bool is_folder = IsFolder(folder, *entry);
    // A folder shadows no file: esbuild tries it last.
    if (is_folder && kind == Kind::kFiles) continue;
    std::string line = prefix + name;
    if (IsLink(folder, *entry)) {
      std::error_code ignored;
      line += " -> " + fs::read_symlink(folder / name, ignored).string();
    }
    lines.push_back(std::move(line));
    if (is_folder && name.front() == '@') List(folder / name, name + "/", kind, lines);
  }
}

std::string StateOf(Kind kind, const std::string& path) {
  if (kind == Kind::kFile) {
    const Result<std::string> text = ReadFile(path);
    return text ? snapshot::Hex(snapshot::Sha256Of(*text)) : std::string();
  }
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return {};
  std::vector<std::string> lines;
  List(path, "", kind, lines);
  std::sort(lines.begin(), lines.end());
  snapshot::Sha256 hash;
  for (const std::string& line : lines) {
    hash.Update(line);
    hash.Update(std::string_view("\0", 1));
  }
  return snapshot::Hex(hash.Finish());
}

bool HasChangedSince(const std::string& path, std::chrono::system_clock::time_point moment) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return false;
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(
      (moment - kGranularity).time_since_epoch());
  const auto at = [](const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  return at(status.st_mtim) >= since || at(status.st_ctim) >= since;
}

// The file of a module as esbuild names it: "src/a.ts", "(disabled):fs.js", "a.svg?raw". Empty: it
// is of no file.
std::string FileOf(std::string_view module) {
  constexpr std::string_view kDisabled = "(disabled):";
  if (module.starts_with(kDisabled)) module.remove_prefix(kDisabled.size());
  return std::string(module.substr(0, module.find('?')));
}

bool IsDist(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "manifest.json", ignored) && fs::exists(folder / "snapshots", ignored);
}

bool IsNodeModules(const fs::path& folder) { return folder.filename() == "node_modules"; }

// Collects paths, each once. All are absolute here.
class Collector {
 public:
  explicit Collector(std::string directory) : directory_(std::move(directory)) {}

  bool followed() const { return followed_; }
  const std::set<std::pair<Kind, std::string>>& inputs() const { return inputs_; }

  void AddModule(const fs::path& file) {
    Add(Kind::kFile, file);
    const std::string extension = file.extension().string();
    // Its source map, which is followed if there is one.
    if (extension.ends_with("js")) Add(Kind::kFile, file.string() + ".map");
    AddFolder(file.parent_path(), /*with_names=*/true);
  }

  // Modules are looked for in node_modules of `folder` and above; `with_names`: and by their names
  // in it, up to the first folder that holds the app, or to the package's.
  void AddFolder(const fs::path& folder, bool with_names) {
    if (!seen_.emplace(folder.string(), with_names).second) return;
    if (with_names) Add(Kind::kFiles, folder);
    Add(Kind::kFile, folder / "package.json");
    if (!IsNodeModules(folder)) Add(Kind::kPackages, folder / "node_modules");
    if (!IsPackage(folder)) AddSettings(folder);
    if (folder == folder.parent_path()) return;
    const bool is_top = HoldsApp(folder) || IsNodeModules(folder.parent_path());
    AddFolder(folder.parent_path(), with_names && !is_top);
  }

  // A relative import of what is not there: it may come.
  void AddMissing(const fs::path& path) {
    fs::path folder = path.parent_path();
    std::error_code ignored;
    while (!fs::is_directory(folder, ignored) && folder != folder.parent_path()) {
      folder = folder.parent_path();
    }
    Add(Kind::kPackages, folder);  // With its folders: one of them may be meant.
  }

 private:
  bool HoldsApp(const fs::path& folder) const {
    return (directory_ + "/").starts_with((folder / "").string());
  }

  static bool IsPackage(const fs::path& folder) {
    return (folder / "").string().find("/node_modules/") != std::string::npos;
  }

  void Add(Kind kind, const fs::path& path) { inputs_.emplace(kind, path.string()); }

  void AddSettings(const fs::path& folder) {
    std::error_code ignored;
    for (const char* name : {".pnp.cjs", ".pnp.js", ".pnp.data.json"}) {
      if (fs::exists(folder / name, ignored)) followed_ = false;
    }
    for (const char* name : {"tsconfig.json", "jsconfig.json"}) {
      Add(Kind::kFile, folder / name);
      const TsconfigFiles settings = ReadTsconfig((folder / name).string());
      for (const std::string& file : settings.files) Add(Kind::kFile, file);
      if (settings.maps_modules) AddTree(folder);
    }
  }

  // Modules may be anywhere below.
  void AddTree(const fs::path& folder) {
    if (++folders_ > kMostFolders) {
      followed_ = false;
      return;
    }
    Add(Kind::kFiles, folder);
    std::error_code failure;
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      const std::string name = entry->path().filename().string();
      std::error_code ignored;
      if (name.starts_with('.') || name == "node_modules" ||
          !fs::is_directory(fs::symlink_status(entry->path(), ignored)) || IsDist(entry->path())) {
        continue;
      }
      AddTree(entry->path());
    }
  }

  const std::string directory_;
  std::set<std::pair<Kind, std::string>> inputs_;
  std::set<std::pair<std::string, bool>> seen_;
  size_t folders_ = 0;
  bool followed_ = true;
};

}  // namespace

std::optional<std::vector<Input>> RecordInputs(const Metafile& metafile, const EntryPoint& entry,
                                               std::chrono::system_clock::time_point begin) {
  if (const char* path = std::getenv("NODE_PATH"); path != nullptr && *path != '\0') {
    return std::nullopt;
  }
  Collector collector(entry.directory);
  const fs::path directory(entry.directory);
  collector.AddModule(entry.file);
  collector.AddFolder(directory, /*with_names=*/true);
  for (const BundledModule& module : metafile.modules) {
    const fs::path file = (directory / FileOf(module.path)).lexically_normal();
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) continue;  // Of text that esbuild was given.
    collector.AddModule(file);
    for (const ModuleImport& import : module.imports) {
      if (!import.external || !import.path.starts_with('.')) continue;
      for (const fs::path& from : {file.parent_path(), directory}) {
        collector.AddMissing((from / import.path).lexically_normal());
      }
    }
  }
  std::vector<Input> inputs;
  for (const auto& [kind, path] : collector.inputs()) {
    if (HasChangedSince(path, begin)) return std::nullopt;
    inputs.push_back({.kind = kind,
                      .path = fs::path(path).lexically_relative(directory).string(),
                      .state = StateOf(kind, path)});
  }
  if (!collector.followed()) return std::nullopt;
  return inputs;
}

bool AreUnchanged(const std::vector<Input>& inputs, const std::string& directory) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const Input& input) {
    const std::string path = (fs::path(directory) / input.path).lexically_normal().string();
    return StateOf(input.kind, path) == input.state;
  });
}

}  // namespace nano::compiler
