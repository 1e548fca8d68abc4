// What whoever talks to the store may use of it, as the supervisor has said: nobody's own word
// counts.
//
// A channel is of a worker: of one that runs the apps that all share, of a group's, or of the
// probe, which tries all. A scope is a version of an app, with the groups that run it and what it
// is bound to. So a worker reaches what its own apps may reach, and nothing else.
//
// Owns its values. Thread: any one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/control/messages.h"

namespace nano::server {

class Grants {
 public:
  // The binding's namespace; null: there is none, or it is not for this channel.
  const StoreBinding* Find(const StoreUser& user, uint32_t scope, size_t binding) const;
  // The app's name; null: it is not for this channel.
  const std::string* AppOf(const StoreUser& user, uint32_t scope) const;
  // The one of that name which any app has; null: no app has.
  const StoreBinding* FindNamed(std::string_view name) const;
  // Takes the place of what was said before.
  void Set(StoreScopes scopes);
  // Whether the scope is known at all.
  bool knows(uint32_t scope) const { return scopes_.contains(scope); }
  std::vector<StoreBinding> Bindings() const;
  // Their names, each once, in their order.
  std::vector<std::string> Names() const;

 private:
  const StoreScope* Granted(const StoreUser& user, uint32_t scope) const;

  std::map<uint32_t, StoreScope> scopes_;
};

}  // namespace nano::server
