// Versions of an app: those that are kept, the way back, canaries.
#include <optional>
#include <utility>
#include <vector>

#include "server/admin/members.h"
#include "server/admin/outcome.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {

Reply ShowVersions(const Request& request, Deployments& deployments) {
  if (!deployments.app(request.parameter())) {
    return Problem(Wrong::kNoSuchApp, "There is no app '" + request.parameter() + "'.");
  }
  Result<std::vector<KeptVersion>> versions = deployments.Versions(request.parameter());
  if (!versions.ok()) {
    return Problem(Wrong::kFailed, versions.error().where + ": " + versions.error().message);
  }
  Json::Array list;
  for (const KeptVersion& version : *versions) list.push_back(KeptVersionJson(version));
  return JsonReply(200, Json().Set("versions", std::move(list)));
}

void RollAnAppBack(const Request& request, Input input, Deployments& deployments, Respond respond) {
  if (!HasOnly(input.json, {"version"}, respond)) return;
  std::string version = "previous";
  if (const Json* said = input.json.Find("version"); said != nullptr && !said->is_null()) {
    if (said->text() == nullptr || said->text()->empty()) {
      return RefuseMember("version", "it has to be a digest, its first digits, or \"previous\"",
                          respond);
    }
    version = *said->text();
  }
  ChangeApp({request.parameter(), std::move(input.precondition), RollBack{std::move(version)}},
            deployments, std::move(respond));
}

void ChangeCanary(const Request& request, Input input, Deployments& deployments, Respond respond) {
  if (!HasOnly(input.json, {"version", "percent", "promote"}, respond)) return;
  const Json* version = input.json.Find("version");
  const Json* percent = input.json.Find("percent");
  AppChange change{request.parameter(), std::move(input.precondition), PromoteCanary{}};
  if (const Json* promote = input.json.Find("promote"); promote != nullptr) {
    if (promote->flag() == nullptr || !*promote->flag()) {
      return RefuseMember("promote", "it can be true, or not be there", respond);
    }
    if (version != nullptr || percent != nullptr) {
      return RefuseMember("promote",
                          "it stands alone: the canary's version becomes the current one", respond);
    }
    return ChangeApp(std::move(change), deployments, std::move(respond));
  }
  SetCanary canary;
  if (version == nullptr || version->text() == nullptr || version->text()->empty()) {
    // A canary that is there is asked for by its percentage alone.
    const std::optional<AppView> app = deployments.app(request.parameter());
    if (version != nullptr || (app && !app->canary.has_value())) {
      return RefuseMember("version",
                          version != nullptr
                              ? "it has to be a digest, or its first digits"
                              : "there is no canary yet: it has to say of which version",
                          respond);
    }
    if (app) canary.version = app->canary->version.digest;
  } else {
    canary.version = *version->text();
  }
  const std::optional<int64_t> number = percent == nullptr ? std::nullopt : percent->integer();
  if (!number.has_value() || *number < 0 || *number > 100) {
    return RefuseMember("percent", "it has to be a whole number, 0 to 100", respond);
  }
  canary.percent = static_cast<uint32_t>(*number);
  change.action = std::move(canary);
  ChangeApp(std::move(change), deployments, std::move(respond));
}

void DropCanary(const Request& request, Input input, Deployments& deployments, Respond respond) {
  ChangeApp({request.parameter(), std::move(input.precondition), EndCanary{}}, deployments,
            std::move(respond));
}

}  // namespace nano::server::admin
