// Finding the file, and what a server needs to know of it.
#include "config/wrangler/project.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "config/schema/read_keys.h"
#include "config/wrangler/environment.h"
#include "config/wrangler/jsonc.h"
#include "config/wrangler/toml.h"
#include "config/yaml/json_of.h"
#include "config/yaml/reader.h"

namespace nano::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNames[] = {"wrangler.json", "wrangler.jsonc", "wrangler.toml"};
constexpr char kRedirection[] = ".wrangler/deploy/config.json";
constexpr size_t kMostBelow = 10;
constexpr int kDepthBelow = 3;
constexpr size_t kMaxFile = size_t{1} << 20;

// What a server gives an app, and a dist does not say elsewhere.
constexpr std::string_view kCarried[] = {"env", "services", "kv", "triggers"};

std::string Below(const std::string& directory, const std::string& path) {
  return (fs::path(directory) / path).lexically_normal().string();
}

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string DirectoryOf(const std::string& file) {
  const std::string parent = fs::path(file).parent_path().string();
  return parent.empty() ? "." : parent;
}

Result<std::shared_ptr<const Node>> Parse(const std::string& path) {
  std::string text = TRY(ReadFile(path, kMaxFile));
  auto source = std::make_shared<Source>(Source{path, std::move(text)});
  return path.ends_with(".toml") ? ParseToml(source) : ParseJsonc(source);
}

// The file that a framework's build has named instead; empty: none has. It is relative to the file
// that names it.
Result<std::string> RedirectedFrom(const std::string& directory) {
  const std::string redirection = Below(directory, kRedirection);
  if (!IsFile(redirection)) return std::string();
  const auto root = TRY(Parse(redirection));
  const Node::Entry* entry = FindEntry(*root, "configPath");
  if (entry == nullptr || entry->value->kind != Node::Kind::kScalar) return std::string();
  std::string path = Below(DirectoryOf(redirection), entry->value->scalar);
  if (IsFile(path)) return path;
  return ErrorAt(entry->value->place,
                 "there is no file " + path + ", which a build has written once",
                 "Run the framework's build again (npm run build), or remove " + redirection + ".");
}

// A file that developers keep beside it.
std::string SecretsBeside(const std::string& directory) {
  for (const char* name : {".dev.vars", ".env"}) {
    if (IsFile(Below(directory, name))) return Below(directory, name);
  }
  return {};
}

class ProjectReader {
 public:
  ProjectReader(const std::string& directory, const WranglerOptions& options)
      : directory_(directory), options_(options) {}

  WranglerProject Read(const std::string& file) {
    project_.directory = directory_;
    if (Result<void> read = TryRead(file); !read.ok()) {
      project_.errors.push_back(std::move(read).error());
    }
    return std::move(project_);
  }

 private:
  Result<void> TryRead(const std::string& file) {
    std::string path = file;
    if (const std::string other = TRY(RedirectedFrom(directory_)); !other.empty()) {
      Remember({}, file + ": " + other + " is read instead, which a build has written");
      path = other;
      project_.directory = DirectoryOf(other);
      options_.is_generated = true;
      options_.environment.clear();  // It was chosen when that build ran.
    }
    project_.app.wrangler = path;
    const auto root = TRY(Parse(path));
    WranglerSettings settings = SettingsOf(*root, options_);
    for (Remark& remark : settings.remarks) project_.remarks.push_back(std::move(remark));
    for (Error& error : settings.errors) project_.errors.push_back(std::move(error));
    TakeKeys(*settings.app);
    if (const std::string secrets = SecretsBeside(directory_); !secrets.empty()) {
      Remember({}, secrets +
                       " is for development and is not read: secrets come "
                       "from the server's environment (docs/wrangler.md)");
    }
    return {};
  }

  void Remember(const Place& place, std::string text) {
    project_.remarks.emplace_back().place = place;
    project_.remarks.back().text = std::move(text);
  }

  void TakeKeys(const Node& map) {
    AppSettings& app = project_.app;
    app.place = map.place;
    Reader reader;
    Json carried = Json::Object();
    for (const Node::Entry& entry : map.entries) {
      if (entry.key == "name" && !options_.takes_name) {
        Remember(entry.place, "name is ignored: nano.yaml, or the folder, names the app");
        continue;
      }
      ReadKey(reader, entry, AppKeys(AppScope::kFile), app, app.stated);
      for (const std::string_view name : kCarried) {
        if (entry.key == name) carried.Set(name, JsonOf(*entry.value));
      }
    }
    app.carried = carried.ToString();
    for (Error& error : reader.TakeErrors()) project_.errors.push_back(std::move(error));
  }

  const std::string directory_;
  WranglerOptions options_;
  WranglerProject project_;
};

bool IsProject(const std::string& directory) {
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const char* name) { return IsFile(Below(directory, name)); });
}

void AddProjectsBelow(const std::string& directory, int depth, std::vector<std::string>& found) {
  std::error_code ignored;
  std::vector<std::string> folders;
  for (fs::directory_iterator entry(directory, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    const bool is_made = name == "node_modules" || name == "dist" || name.starts_with('.');
    std::error_code unknown;
    if (!is_made && entry->is_directory(unknown)) folders.push_back(Below(directory, name));
  }
  std::sort(folders.begin(), folders.end());
  for (const std::string& folder : folders) {
    if (found.size() == kMostBelow) return;
    if (IsProject(folder)) {
      found.push_back(folder);
    } else if (depth > 1) {
      AddProjectsBelow(folder, depth - 1, found);
    }
  }
}

}  // namespace

std::vector<std::string> WranglerProjectsBelow(const std::string& directory) {
  std::vector<std::string> found;
  AddProjectsBelow(directory, kDepthBelow, found);
  return found;
}

std::optional<WranglerProject> ReadWranglerProject(const std::string& directory,
                                                   const WranglerOptions& options) {
  std::vector<std::string> found;
  for (const char* name : kNames) {
    const std::string path = Below(directory, name);
    if (IsFile(path)) found.push_back(path);
  }
  if (found.empty()) return std::nullopt;
  WranglerProject project = ProjectReader(directory, options).Read(found.front());
  for (size_t i = 1; i < found.size(); ++i) {
    project.remarks.push_back({{}, found[i] + " is not read: " + found.front() + " is there"});
  }
  return project;
}

}  // namespace nano::config
