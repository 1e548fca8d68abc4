// Names of groups. See groups.h.
#include "server/release/groups.h"

namespace nano::server {

std::string GroupOf(const config::AppSettings& app) {
  const config::IsolationSettings& said = app.isolation;
  if (said.isolation == config::kOwnProcess) return "app:" + app.name;
  return said.isolation == config::kGroupWorker ? said.group : std::string();
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
