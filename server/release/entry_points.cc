// Looking up what a snapshot says that its app exports.
#include "server/release/entry_points.h"

#include <algorithm>

namespace nano::server {
namespace {

bool IsBoundSo(const std::string& caller, const config::ServiceBinding& binding,
               const AppVersion& callee, const Release* base) {
  if (base == nullptr) return false;
  const ServedApp* before = base->Find(caller);
  const ServedApp* called = base->Find(binding.app);
  if (before == nullptr || called == nullptr || called->version->digest != callee.digest) {
    return false;
  }
  const auto& services = before->version->services;
  return std::any_of(services.begin(), services.end(), [&](const Service& service) {
    return service.name == binding.name && service.app == binding.app &&
           service.entrypoint == binding.entrypoint;
  });
}

}  // namespace

std::optional<std::string> MissingEntryPoint(const std::string& caller,
                                             const config::ServiceBinding& binding,
                                             const AppVersion& callee, const Release* base) {
  if (callee.snapshot == nullptr) return std::nullopt;
  std::optional<Error> lacks = config::LacksEntryPoint(binding, callee.snapshot->EntryPoints());
  if (!lacks || IsBoundSo(caller, binding, callee, base)) return std::nullopt;
  lacks->message = "app '" + caller + "', " + lacks->message;
  return lacks->ToString();
}

}  // namespace nano::server
