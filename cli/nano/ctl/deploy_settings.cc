// The server's own reading of a manifest and a configuration. See deploy_settings.h.
#include "cli/nano/ctl/deploy_settings.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "cli/nano/ctl/words.h"
#include "config/load.h"
#include "server/release/app_config.h"
#include "server/release/served_files.h"

namespace nano::cli::ctl {
namespace {

// The file to read; empty: there is none.
Result<std::string> FindFile(const std::string& dist, const std::optional<std::string>& config) {
  if (config.has_value()) return *config;
  std::filesystem::path path = std::filesystem::path(dist).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "dist/"
  const std::string folder = path.parent_path().empty() ? "." : path.parent_path().string();
  return TRY(config::FindConfig(folder)).value_or("");
}

// The names of a build that nobody gives: "env.TOKEN".
std::vector<std::string> Lacking(const std::vector<std::string>& names, const Json& config,
                                 const std::string& group) {
  std::vector<std::string> lacking;
  for (const std::string& name : names) {
    if (MemberOf(config, group).Find(name) == nullptr) lacking.push_back(group + "." + name);
  }
  return lacking;
}

}  // namespace

Result<DeploySettings> DeploySettings::Read(const std::string& dist,
                                            const snapshot::Manifest& manifest,
                                            const std::optional<std::string>& config) {
  DeploySettings settings;
  settings.file_ = TRY(FindFile(dist, config));
  config::Config read;
  if (!settings.file_.empty()) read = TRY(config::LoadConfig(settings.file_));
  const server::ServedFiles files =
      TRY(server::ReadServedSettings(dist, manifest, std::move(read)));
  for (const server::ServedFiles::App& app : files.apps) {
    settings.found_[app.entry.name] = {server::ConfigOf(app.settings), app.why_without};
  }
  return settings;
}

Result<Json> DeploySettings::Of(const snapshot::ManifestApp& app) const {
  const auto found = found_.find(app.name);
  if (found == found_.end()) {
    return Error{
        file_ + " names no app '" + app.name + "', so there are no hosts and variables for it",
        app.name, "Add it there, or name the file that has it with --config."};
  }
  std::vector<std::string> lacking = Lacking(app.required_env, found->second.config, "env");
  for (std::string& name : Lacking(app.services, found->second.config, "services")) {
    lacking.push_back(std::move(name));
  }
  if (lacking.empty()) return found->second.config;
  return Error{"it was built with " + Joined(lacking) + ", and " +
                   (file_.empty() ? "there is no nano.yaml beside the dist that gives it"
                                  : file_ + " does not give it"),
               app.name, "Say it there, or name the file that does with --config."};
}

std::string DeploySettings::WarningOf(const snapshot::ManifestApp& app) const {
  const auto found = found_.find(app.name);
  if (found == found_.end() || found->second.why_without.empty()) return {};
  const std::vector<std::string> lacking = Lacking(app.optional_env, found->second.config, "env");
  if (lacking.empty()) return {};
  return app.name + " goes without " + Joined(lacking) +
         ", which it was built with: " + found->second.why_without +
         "; --config names the file that has it";
}

}  // namespace nano::cli::ctl
