// The walk through the folder. See asset_files.h for ownership and threads.
#include "compiler/assets/asset_files.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"
#include "compiler/assets/ignore_patterns.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

constexpr char kIgnoreFile[] = ".assetsignore";
constexpr char kRedirectsFile[] = "_redirects";
constexpr char kHeadersFile[] = "_headers";
constexpr size_t kMostRuleBytes = size_t{1} << 20;

// Wherever it lies.
bool IsPrivate(std::string_view name) {
  return name == ".git" || name == ".hg" || name == ".svn" || name == ".DS_Store" ||
         name == "node_modules" || name == ".wrangler" || name == ".env" || name == ".npmrc" ||
         name == "nano.yaml" || name == "wrangler.toml" || name == "wrangler.json" ||
         name == "wrangler.jsonc" || name.starts_with(".env.") || name == ".dev.vars" ||
         name.starts_with(".dev.vars.");
}

// In the folder of a project.
bool IsProjects(std::string_view name) {
  constexpr std::string_view kNames[] = {"package.json", "package-lock.json", "npm-shrinkwrap.json",
                                         "yarn.lock",    "pnpm-lock.yaml",    "pnpm-workspace.yaml",
                                         "bun.lock",     "bun.lockb",         "tsconfig.json",
                                         "deno.json",    "deno.lock"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Result<std::string> ReadIfThere(const fs::path& path) {
  if (!TRY(IsThere(path.string()))) return std::string();
  return ReadFile(path.string(), kMostRuleBytes);
}

class Walk {
 public:
  Walk(const fs::path& root, bool is_project, const std::vector<std::string>& own,
       const IgnorePatterns& ignored, AssetFilesFound& found)
      : root_(root), is_project_(is_project), own_(own), ignored_(ignored), found_(found) {}

  Result<void> Look(const fs::path& folder, const std::string& relative) {
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
      TRY(Take(*entries, relative));
    }
    if (failure) return Error{"it cannot be read: " + failure.message(), folder.string(), ""};
    return {};
  }

 private:
  Result<void> Take(const fs::directory_entry& entry, const std::string& relative) {
    const std::string name = entry.path().filename().string();
    const std::string path = relative.empty() ? name : relative + "/" + name;
    const bool is_rule =
        relative.empty() && (name == kIgnoreFile || name == kRedirectsFile || name == kHeadersFile);
    if (is_rule || IsPrivate(name) || IsOwn(entry.path())) return {};
    std::error_code failure;
    const bool is_link = entry.is_symlink(failure);
    const bool is_folder = entry.is_directory(failure);
    if (ignored_.Ignores(path, is_folder)) {
      ++found_.ignored;
      return {};
    }
    const bool keeps = ignored_.Keeps(path, is_folder);
    if (is_project_ && relative.empty() && IsProjects(name) && !keeps) return {};
    if (!IsUtf8(name)) return Skip(path, "its name is not UTF-8");
    if (is_link) {
      const fs::path target = fs::canonical(entry.path(), failure);
      if (failure) return Skip(path, "it is a symbolic link that leads nowhere");
      if (is_folder) return Skip(path, "it is a symbolic link to a folder");
      if (!IsBelowRoot(target))
        return Skip(path, "it is a symbolic link that leads out of the folder");
    }
    if (is_folder) {
      if (relative.empty() && name == "_worker.js") return Worker(entry.path());
      return Look(entry.path(), path);
    }
    if (!entry.is_regular_file(failure)) return Skip(path, "it is no regular file");
    if (relative.empty() && name == "_worker.js") return Worker(entry.path());
    found_.names.push_back("/" + path);
    if (keeps) found_.kept.push_back("/" + path);
    return {};
  }

  bool IsOwn(const fs::path& path) const {
    return std::find(own_.begin(), own_.end(), path.string()) != own_.end();
  }

  Result<void> Skip(const std::string& path, std::string why) {
    found_.warnings.push_back({"it is not served: " + std::move(why), (root_ / path).string(), ""});
    return {};
  }

  static Error Worker(const fs::path& path) {
    return {"the app's code would be given to everybody", path.string(),
            "Name it in .assetsignore, and as the app's `entry`; or take it out of the assets' "
            "folder."};
  }

  bool IsBelowRoot(const fs::path& target) const {
    const auto [end, at] = std::mismatch(root_.begin(), root_.end(), target.begin(), target.end());
    return end == root_.end();
  }

  const fs::path& root_;  // Canonical.
  const bool is_project_;
  const std::vector<std::string>& own_;
  const IgnorePatterns& ignored_;
  AssetFilesFound& found_;
};

}  // namespace

Result<AssetFilesFound> FindAssetFiles(const std::string& folder, const std::string& project,
                                       const std::vector<std::string>& own) {
  std::error_code failure;
  const fs::path root = fs::canonical(folder, failure);
  if (!failure && fs::is_regular_file(root, failure)) {
    return Error{
        "it is a file, and `assets.directory` a folder", folder,
        "Name the folder that the file is in: " + DisplayPath(root.parent_path().string()) + "."};
  }
  if (failure || !fs::is_directory(root, failure)) {
    return Error{"there is no such folder", folder,
                 "Build the app's files first, or name another folder in `assets.directory`."};
  }
  for (const std::string& path : own) {
    if ((root.string() + "/").starts_with(path + "/")) {
      return Error{"the build's own files are written there, and would be given to everybody",
                   root.string(), "Name another folder for them: `build.out`, or --out."};
    }
  }
  AssetFilesFound found;
  found.folder = root.string();
  found.redirects = TRY(ReadIfThere(root / kRedirectsFile));
  found.headers = TRY(ReadIfThere(root / kHeadersFile));
  const IgnorePatterns ignored(TRY(ReadIfThere(root / kIgnoreFile)));
  const bool is_project = !project.empty() && fs::equivalent(root, project, failure);
  TRY(Walk(root, is_project, own, ignored, found).Look(root, ""));
  std::sort(found.names.begin(), found.names.end());
  std::sort(found.kept.begin(), found.kept.end());
  return found;
}

}  // namespace nano::compiler
