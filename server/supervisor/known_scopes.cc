// Versions and what they may reach. See known_scopes.h for ownership and threads.
#include "server/supervisor/known_scopes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nano::server {
namespace {

StoreScope ScopeOf(const AppVersion& version) {
  StoreScope scope{.id = version.id, .app = version.name};
  for (const KvBinding& binding : version.kv) {
    scope.kv.push_back({.name = binding.space, .url = binding.url});
  }
  return scope;
}

}  // namespace

bool KnownScopes::Allow(const Release& served, const Release& next, uint64_t now_ms) {
  std::map<uint32_t, StoreScope> named;
  for (const Release* release : {&served, &next}) {
    for (const ServedApp& app : release->apps()) {
      app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
        const auto [entry, is_new] = named.try_emplace(version->id);
        if (is_new) entry->second = ScopeOf(*version);
        std::vector<std::string>& groups = entry->second.groups;
        if (std::ranges::find(groups, app.group) == groups.end()) groups.push_back(app.group);
      });
    }
  }
  bool changed =
      std::erase_if(known_, [&](const auto& entry) {
        return !named.contains(entry.first) && entry.second.seen_ms + kRememberMs < now_ms;
      }) != 0;
  for (auto& [id, scope] : named) {
    Known& known = known_[id];
    known.seen_ms = now_ms;
    if (known.scope == scope) continue;
    known.scope = std::move(scope);
    changed = true;
  }
  return changed;
}

bool KnownScopes::NeedStore() const {
  return std::ranges::any_of(known_,
                             [](const auto& entry) { return !entry.second.scope.kv.empty(); });
}

StoreScopes KnownScopes::scopes() const {
  StoreScopes scopes;
  for (const auto& [id, known] : known_) scopes.scopes.push_back(known.scope);
  return scopes;
}

}  // namespace nano::server
