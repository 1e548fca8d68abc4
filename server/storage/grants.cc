// A look at a table. See grants.h.
#include "server/storage/grants.h"

#include <algorithm>
#include <set>
#include <utility>

namespace nano::server {

const StoreScope* Grants::Granted(const StoreUser& user, uint32_t scope) const {
  const auto found = scopes_.find(scope);
  if (found == scopes_.end()) return nullptr;
  const StoreScope& of = found->second;
  if (!user.is_probe && std::ranges::find(of.groups, user.group) == of.groups.end()) return nullptr;
  return &of;
}

const StoreBinding* Grants::Find(const StoreUser& user, uint32_t scope, size_t binding) const {
  const StoreScope* const of = Granted(user, scope);
  return of != nullptr && binding < of->kv.size() ? &of->kv[binding] : nullptr;
}

const std::string* Grants::AppOf(const StoreUser& user, uint32_t scope) const {
  const StoreScope* const of = Granted(user, scope);
  return of == nullptr ? nullptr : &of->app;
}

const StoreBinding* Grants::FindNamed(std::string_view name) const {
  for (const auto& [id, scope] : scopes_) {
    for (const StoreBinding& binding : scope.kv) {
      if (binding.name == name) return &binding;
    }
  }
  return nullptr;
}

void Grants::Set(StoreScopes scopes) {
  scopes_.clear();
  for (StoreScope& scope : scopes.scopes) {
    const uint32_t id = scope.id;
    scopes_.emplace(id, std::move(scope));
  }
}

std::vector<StoreBinding> Grants::Bindings() const {
  std::vector<StoreBinding> bindings;
  for (const auto& [id, scope] : scopes_) {
    bindings.insert(bindings.end(), scope.kv.begin(), scope.kv.end());
  }
  return bindings;
}

std::vector<std::string> Grants::Names() const {
  std::set<std::string> names;
  for (const auto& [id, scope] : scopes_) {
    for (const StoreBinding& binding : scope.kv) names.insert(binding.name);
  }
  return {names.begin(), names.end()};
}

}  // namespace nano::server
