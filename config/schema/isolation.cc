// The keys of an app's isolation.
#include "config/schema/isolation.h"

#include <algorithm>

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using enum ReadBy;

constexpr size_t kMaxGroupName = 32;

Result<void> CheckIsolation(const std::string& isolation) {
  for (const std::string_view known : {kSharedWorkers, kGroupWorker, kOwnProcess}) {
    if (isolation == known) return {};
  }
  return Error{"'" + isolation + "' is no isolation of an app", "",
               "Write 'shared', 'worker' or 'process'."};
}

Result<void> CheckGroup(const std::string& group) {
  const bool is_name = std::all_of(group.begin(), group.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (is_name && !group.empty() && group.size() <= kMaxGroupName) return {};
  return Error{"'" + group + "' cannot be a group's name", "",
               "Use up to 32 letters, digits, '.', '_' and '-'."};
}

}  // namespace

const Table<IsolationSettings>& IsolationKeys() {
  using Settings = IsolationSettings;
  static const Table<Settings> keys = {
      {"isolation", Text(&Settings::isolation, CheckIsolation), kServe,
       "Which worker processes run the app: `shared`, those that all apps have; `worker`, one that "
       "the apps of its `group` have; `process`, one of its own. See "
       "[isolation.md](isolation.md)."},
      {"group", Text(&Settings::group, CheckGroup), kServe,
       "With `isolation: worker`: apps of the same group run in the same process."},
  };
  return keys;
}

}  // namespace nano::config
