// Apps: what they are, and changes to them.
#include <optional>
#include <utility>
#include <vector>

#include "config/schema/app.h"
#include "config/values/template.h"
#include "server/admin/etag.h"
#include "server/admin/outcome.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {
namespace {

constexpr char kSecrets[] = "secrets";

// Takes the secrets out of a configuration, so that they are in no text of it.
Result<SecretChanges> TakeSecrets(Json& config) {
  SecretChanges changes;
  std::optional<Json> secrets = config.Take(kSecrets);
  if (!secrets.has_value()) return changes;
  if (secrets->object() == nullptr) {
    return Error{"it has to be a map of names and texts", kSecrets, ""};
  }
  for (Json::Member& member : *secrets->object()) {
    const std::string where = std::string(kSecrets) + "." + member.name;
    if (!config::IsEnvironmentName(member.name)) {
      return Error{"not a name that a variable can have", where,
                   "Use letters, digits and '_', not beginning with a digit."};
    }
    // What it is instead is not told: it may be the secret.
    if (!member.value.is_null() && member.value.text() == nullptr) {
      return Error{"it has to be a text, or null to take it away", where, ""};
    }
    std::optional<std::string> value;
    if (member.value.text() != nullptr) value = *member.value.text();
    changes.emplace_back(member.name, std::move(value));
  }
  return changes;
}

Outcome Invalid(Error error) {
  return {.kind = Outcome::Kind::kInvalid,
          .message = "The configuration is wrong.",
          .errors = {std::move(error)}};
}

}  // namespace

Reply ShowApps(const Request&, Deployments& deployments) {
  const Overview& overview = deployments.overview();
  Json::Array apps;
  for (const AppView& app : overview.apps) apps.push_back(AppJson(app));
  Json json = Json().Set("release", overview.release).Set("apps", std::move(apps));
  return JsonReply(200, json.Set("missing", overview.missing));
}

Reply ShowApp(const Request& request, Deployments& deployments) {
  const std::optional<AppView> app = deployments.app(request.parameter());
  if (!app) return Problem(Wrong::kNoSuchApp, "There is no app '" + request.parameter() + "'.");
  Reply reply = JsonReply(200, AppJson(*app));
  const bool is_calm = app->refusal.empty() && (!app->version || !app->version->circuit) &&
                       (!app->canary || !app->canary->version.circuit);
  reply.etag = is_calm ? app->etag : EtagBeside(app->etag, reply.body);
  return reply;
}

void PutAnApp(const Request& request, Input input, Deployments& deployments, Respond respond) {
  const std::string& name = request.parameter();
  if (!config::IsAppName(name)) {
    return respond(OutcomeReply(
        Invalid({"an app cannot have this name", "name",
                 "Use up to 63 letters, digits, '.', '_' and '-', beginning with a letter or a "
                 "digit."}),
        name, deployments));
  }
  if (!deployments.app(name) && !input.snapshot.has_value()) {
    return respond(OutcomeReply(
        Invalid({"a new app needs a snapshot", "snapshot", "Send it: -F snapshot=@FILE."}), name,
        deployments));
  }
  PutApp put;
  if (input.config.has_value()) {
    Result<SecretChanges> secrets = TakeSecrets(*input.config);
    if (!secrets.ok()) {
      return respond(OutcomeReply(Invalid(std::move(secrets).error()), name, deployments));
    }
    put.secrets = std::move(secrets).value();
  }
  put.snapshot = std::move(input.snapshot);
  put.config = std::move(input.config);
  ChangeApp({name, std::move(input.precondition), std::move(put)}, deployments, std::move(respond));
}

void PatchAnApp(const Request& request, Input input, Deployments& deployments, Respond respond) {
  const std::string& name = request.parameter();
  Result<SecretChanges> secrets = TakeSecrets(input.json);
  if (!secrets.ok()) {
    return respond(OutcomeReply(Invalid(std::move(secrets).error()), name, deployments));
  }
  PatchApp patch{.config = std::move(input.json), .secrets = std::move(secrets).value()};
  ChangeApp({name, std::move(input.precondition), std::move(patch)}, deployments,
            std::move(respond));
}

void RemoveAnApp(const Request& request, Input input, Deployments& deployments, Respond respond) {
  ChangeApp({request.parameter(), std::move(input.precondition), RemoveApp{}}, deployments,
            std::move(respond));
}

}  // namespace nano::server::admin
