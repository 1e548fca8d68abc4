// Releases: those that were served, what the next one would change, reloads, and what goes on after
// a swap.
#include <utility>

#include "server/admin/outcome.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {

Reply ShowReleases(const Request&, Deployments& deployments) {
  Json::Array releases;
  for (const ReleaseView& release : deployments.releases()) {
    releases.push_back(ReleaseJson(release));
  }
  return JsonReply(
      200,
      Json().Set("release", deployments.overview().release).Set("releases", std::move(releases)));
}

Reply ShowDiff(const Request&, Deployments& deployments) {
  Result<DiffView> diff = deployments.Diff();
  if (!diff.ok()) {
    const Error& error = diff.error();
    Json more;
    more.Set("step", "read").Set("errors", ErrorsJson({error}));
    const std::string where = error.where.empty() ? "" : error.where + ": ";
    return Problem(Wrong::kRefused, "The files cannot be served: " + where + error.message,
                   std::move(more));
  }
  Json::Array apps;
  bool changes = false;
  for (const AppDifference& app : diff->apps) {
    apps.push_back(DifferenceJson(app));
    changes = changes || app.kind != AppDifference::Kind::kUnchanged;
  }
  return JsonReply(
      200, Json().Set("changes", changes).Set("apps", std::move(apps)).Set("notes", diff->notes));
}

void ShowOperation(const Request& request, Input, Deployments& deployments, Respond respond) {
  const auto show = [id = request.parameter(), &deployments] {
    const OperationView* operation = deployments.operation(id);
    if (operation == nullptr) {
      return Problem(Wrong::kNoSuchOperation, "There is none of this name, or it ended long ago.");
    }
    return JsonReply(200, OperationJson(*operation));
  };
  const OperationView* operation = deployments.operation(request.parameter());
  if (operation == nullptr || operation->state != OperationView::State::kRunning) {
    return respond(show());
  }
  // What holds it now is what the workers say.
  deployments.AskStatus([show, respond = std::move(respond)](const Status&) { respond(show()); });
}

void ReloadFiles(const Request&, Input input, Deployments& deployments, Respond respond) {
  ReloadRequest reload;
  for (const Json::Member& member : *input.json.object()) {
    if (member.name != "drop_state" || member.value.flag() == nullptr) {
      return respond(Problem(Wrong::kInvalid,
                             "The body can have `drop_state`, true or false, and nothing else."));
    }
    reload.drop_state = *member.value.flag();
  }
  deployments.Reload(reload, [&deployments, respond = std::move(respond)](const Outcome& outcome) {
    respond(OutcomeReply(outcome, "", deployments));
  });
}

}  // namespace nano::server::admin
