// Names of groups. See groups.h.
#include "server/release/groups.h"

namespace nano::server {

namespace {

constexpr std::string_view kOfApp = "app:";  // No group that a file names has a colon.

}  // namespace

std::string GroupOf(const config::AppSettings& app) {
  const config::IsolationSettings& said = app.isolation;
  if (said.isolation == config::kOwnProcess) return std::string(kOfApp) + app.name;
  return said.isolation == config::kGroupWorker ? said.group : std::string();
}

std::string_view IsolationIn(std::string_view group) {
  if (group.empty()) return config::kSharedWorkers;
  return group.starts_with(kOfApp) ? config::kOwnProcess : config::kGroupWorker;
}

std::string IsolationWords(std::string_view group) {
  std::string words(IsolationIn(group));
  if (words == config::kGroupWorker) words += " (group " + std::string(group) + ")";
  return words;
}

std::set<std::string> GroupsOf(const std::vector<ServedApp>& apps) {
  std::set<std::string> groups;
  for (const ServedApp& app : apps) {
    if (!app.group.empty() && !app.leaving) groups.insert(app.group);
  }
  return groups;
}

Result<void> CheckGroups(const std::vector<ServedApp>& apps) {
  const size_t groups = GroupsOf(apps).size();
  if (groups <= kMaxGroups) return {};
  return Error{"the apps' `isolation` asks for " + std::to_string(groups) +
                   " processes besides the workers, and a server has " +
                   std::to_string(kMaxGroups) + " at most",
               "", "Put apps that may share a process into one `group`, with `isolation: worker`."};
}

}  // namespace nano::server
